"""Ends what a sidecar that was killed leaves of its own Ray cluster. Run as
`python watchdog.py PID FOLDER`.

Most of Ray's processes ask the kernel to end them with their parent; its agents and its folder
stay. This process notes the cluster's family while it lives, and when its stdin ends, which happens
however the sidecar goes, it ends the rest.

Nothing of this package is imported: a watchdog that takes seconds to start misses what it is there
for.
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
"""Between two looks at the family."""
GRACE_SECONDS = 5.0
"""For processes that are ending by themselves."""


def start(folder: Path) -> subprocess.Popen[bytes]:
    """Watch over this process's cluster, whose processes name `folder` on their command lines."""
    return subprocess.Popen(
        [sys.executable, "-P", __file__, str(os.getpid()), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        # A signal to the sidecar's group must not take the watchdog along.
        start_new_session=True,
    )


def family(parent: int, folder: Path) -> set[psutil.Process]:
    """The cluster's processes among the descendants of `parent`. Under their own names they do not
    tell the folder."""
    found: set[psutil.Process] = set()
    with contextlib.suppress(psutil.Error):
        for child in psutil.Process(parent).children():
            with contextlib.suppress(psutil.Error):
                words = child.cmdline()
                if __file__ not in words and any(str(folder) in word for word in words):
                    found |= {child, *child.children(recursive=True)}
    return found


def end(processes: set[psutil.Process], folder: Path, grace: float = GRACE_SECONDS) -> None:
    """Wait, kill, and remove the folder."""
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
    """Until stdin ends."""
    known: set[psutil.Process] = set()
    while True:
        known = {one for one in known if one.is_running()} | family(parent, folder)
        ready, _, _ = select.select([sys.stdin], [], [], LOOK_SECONDS)
        if ready and not os.read(sys.stdin.fileno(), 1):
            end(known, folder)
            return


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
