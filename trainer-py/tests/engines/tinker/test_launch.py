"""What is left of a server whose sidecar was killed goes, folder included."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from spice_trainer.engines.tinker import launch

STUBBORN = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
while True:
    pathlib.Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    print("writing", flush=True)
    time.sleep(0.02)
"""


def test_a_group_that_goes_on_writing_is_killed_before_its_folder_goes(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    command = [sys.executable, "-c", STUBBORN, str(folder / "ray" / "session")]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    assert writer.stdout is not None
    writer.stdout.readline()
    sweeper = subprocess.Popen([sys.executable, "-P", launch.__file__, "sweep", str(writer.pid), str(folder)])
    writer.stdout.close()
    assert writer.wait(60) != 0
    assert sweeper.wait(60) == 0
    assert not folder.exists()
