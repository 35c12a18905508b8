"""A trainer forks: Ray and others start their processes that way, with something to do between fork and exec."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PACKAGE_ROOT = Path(__file__).parents[2]

FORKS = """
import os, subprocess, sys
from pathlib import Path
from spice_conformance.client import Client
from spice_trainer.server.wire import pb
from tests.server.harness import Trainer

trainer = Trainer(Path(sys.argv[1]))
client = Client(trainer.address)
for _ in range(10):
    client.call("InfoService/GetInfo", pb.GetInfoRequest())
    # A function before exec, or Python calls vfork, which runs no handlers.
    subprocess.run([sys.executable, "-c", ""], preexec_fn=os.getpid, check=True)
trainer.stop()
print("forked")
"""


def test_a_fork_runs_none_of_grpcs_handlers(tmp_path: Path) -> None:
    """They say so when they run, and now and then the fork loses the child and every later call."""
    ended = subprocess.run(
        [sys.executable, "-c", FORKS, str(tmp_path)],
        cwd=PACKAGE_ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stdout == "forked\n", ended.stderr
    assert "fork_posix" not in ended.stderr
