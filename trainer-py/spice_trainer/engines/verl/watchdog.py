"""Ends the rest of the Ray cluster of a sidecar that was killed. Run as `python watchdog.py PID
FOLDER`.

Most processes of Ray ask the kernel to end them with their parent, but its agents and its folder
remain. This process records the processes of the cluster while the cluster runs. When its stdin
ends, which happens however the sidecar ends, it ends the rest. Nothing of this package is imported,
because a watchdog that takes seconds to start may be too late.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import subprocess
import sys
from pathlib import Path

import psutil

LOOK_SECONDS = 2.0
"""Seconds between two updates of the list of processes."""
GRACE_SECONDS = 5.0
"""Seconds for processes that end by themselves."""


def start(folder: Path) -> subprocess.Popen[bytes]:
    """Starts a watchdog for the cluster of this process, whose processes have `folder` on their
    command lines."""
    return subprocess.Popen(
        [sys.executable, "-P", __file__, str(os.getpid()), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        # A signal to the process group of the sidecar must not end the watchdog.
        start_new_session=True,
    )


def family(parent: int, folder: Path) -> set[psutil.Process]:
    """Returns the processes of the cluster among the descendants of `parent`. The command lines of
    processes with their own names do not contain the folder."""
    found: set[psutil.Process] = set()
    with contextlib.suppress(psutil.Error):
        for child in psutil.Process(parent).children():
            with contextlib.suppress(psutil.Error):
                words = child.cmdline()
                if __file__ not in words and any(str(folder) in word for word in words):
                    found |= {child, *child.children(recursive=True)}
    return found


def end(processes: set[psutil.Process], folder: Path, grace: float = GRACE_SECONDS) -> None:
    """Waits, kills the processes, and removes the folder."""
    for one in set(processes):
        with contextlib.suppress(psutil.Error):
            processes |= set(one.children(recursive=True))
    _, alive = psutil.wait_procs(list(processes), timeout=grace)
    for one in alive:
        with contextlib.suppress(psutil.Error):
            one.kill()
    psutil.wait_procs(alive, timeout=grace)
    shutil.rmtree(folder, ignore_errors=True)


def main(parent: int, folder: Path) -> None:
    """Runs until stdin ends."""
    known: set[psutil.Process] = set()
    while True:
        known = {one for one in known if one.is_running()} | family(parent, folder)
        ready, _, _ = select.select([sys.stdin], [], [], LOOK_SECONDS)
        if ready and not os.read(sys.stdin.fileno(), 1):
            end(known, folder)
            return


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
