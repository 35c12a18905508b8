"""What a killed process leaves of its cluster is ended."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from spice_trainer.engines.verl import watchdog

# A process that names the folder starts one that does not, as the raylet does its agents; both
# ignore their parent's end. The watchdog's file is loaded alone: importing its package takes many
# seconds.
PARENT = """
import importlib.util, subprocess, sys, time
from pathlib import Path
spec = importlib.util.spec_from_file_location("watchdog", sys.argv[2])
watchdog = importlib.util.module_from_spec(spec)
spec.loader.exec_module(watchdog)
grandchild = "import time; time.sleep(120)"
child = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', sys.argv[2]]); time.sleep(120)"
one = subprocess.Popen([sys.executable, "-c", child, sys.argv[1], grandchild])
dog = watchdog.start(Path(sys.argv[1]))
print(dog.pid, flush=True)
time.sleep(120)
"""


def test_after_a_kill_the_family_and_the_folder_are_gone(tmp_path: Path) -> None:
    folder = tmp_path / "ray"
    folder.mkdir()
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(folder), watchdog.__file__],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    dog = psutil.Process(int(parent.stdout.readline()))
    wait_until(lambda: len(watchdog.family(parent.pid, folder)) >= 2)
    family = [*watchdog.family(parent.pid, folder)]
    assert dog not in family
    time.sleep(3 * watchdog.LOOK_SECONDS)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    _, alive = psutil.wait_procs([*family, dog], timeout=30)
    assert alive == []
    assert not folder.exists()


def wait_until(fulfilled) -> None:  # type: ignore[no-untyped-def]
    for _ in range(200):
        if fulfilled():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come to be")
