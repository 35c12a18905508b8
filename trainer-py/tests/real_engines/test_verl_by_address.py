"""The verl trainer on a Ray cluster that others started: two nodes, one worker on each, over the machine's outside address.

Both nodes are on this machine, which is all that a test has; for Ray, gloo and torch's rendezvous they are two.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from bench import byte_model
from spice_trainer.api import BackendError, BackendErrorCode
from spice_trainer.engines.shared.silent import Silent
from tests.real_engines.reach import family, name_of, words_of
from tests.real_engines.verl_steps import LOGPROB, NEEDED, assert_trains_alike, distance, scores, spec, train

pytestmark = NEEDED


@dataclass(frozen=True)
class Nodes:
    """Two Ray nodes of one processor each, and how to reach the first."""

    address: str
    variables: Mapping[str, str]
    head: psutil.Process
    second: psutil.Process

    def workers(self, node: psutil.Process) -> list[psutil.Process]:
        """The learner's workers on a node."""
        return [one for one in node.children(recursive=True) if name_of(one).startswith("ray::LearnerWorker")]


def start_node(environment: Mapping[str, str], log: Path, *arguments: str) -> psutil.Process:
    """`ray start`, which stays and ends its processes when it is ended."""
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--num-cpus=1", "--disable-usage-stats"]
    free = ["--dashboard-agent-listen-port=0", f"--object-store-memory={100 << 20}", f"--temp-dir={log.parent}"]
    with log.open("w") as output:
        return psutil.Process(
            subprocess.Popen([*command, *free, *arguments], env=environment, stdout=output, stderr=output).pid
        )


def wait_for(node: psutil.Process, log: Path) -> str:
    """Until it is up; what it printed. An open port says that the control service listens, not that the node is there."""
    for _ in range(240):
        said = log.read_text()
        if "Ray runtime started." in said:
            return said
        if node.status() == psutil.STATUS_ZOMBIE:
            break
        time.sleep(0.5)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    from ray._private.services import get_node_ip_address

    folder = Path("/tmp") / f"spice-nodes-{secrets.token_hex(4)}"  # Ray's sockets need short names
    folder.mkdir(mode=0o700)
    token = folder / "token"
    token.write_text(secrets.token_hex(32))
    variables = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token)}
    ours = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    environment = {**ours, **variables, "RAY_worker_niceness": "0"}
    host = get_node_ip_address()
    head = start_node(environment, folder / "head.log", "--head", "--port=0", "--include-dashboard=false")
    started = [head]
    try:
        address = re.search(rf"{re.escape(host)}:\d+", wait_for(head, folder / "head.log"))
        assert address is not None
        second = start_node(environment, folder / "second.log", f"--address={address[0]}")
        started.append(second)
        wait_for(second, folder / "second.log")
        yield Nodes(address[0], variables, head, second)
    finally:
        every = [each for one in started if one.is_running() for each in [one, *one.children(recursive=True)]]
        for one in started:
            if one.is_running():
                one.send_signal(signal.SIGTERM)
        for one in psutil.wait_procs(every, timeout=30)[1]:
            one.kill()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bytes")
    byte_model.write(made, head_size=64)  # vLLM on a processor refuses 16
    return made


@pytest.fixture
def verl(nodes: Nodes, folder: Path) -> Iterator:
    from spice_trainer.engines.shared.ray_access import read_again
    from spice_trainer.engines.verl.backend import create as create_verl

    backend = create_verl()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in nodes.variables.items():
            patch.setenv(name, value)
        read_again(loopback_only=False)  # another module of these tests had a cluster in this process
        backend.open(spec(folder, train_tokens=64, ray_address=nodes.address, nodes=2, workers=2), Silent())
        yield backend
        backend.close()


def test_the_workers_are_spread_over_the_nodes_and_train_as_one_process(
    nodes: Nodes, verl, folder: Path, tmp_path: Path
) -> None:
    from spice_trainer.engines.torch_local.backend import create as create_torch

    ((one,), (other,)) = (nodes.workers(node) for node in (nodes.head, nodes.second))
    reference = create_torch()
    reference.open(spec(folder), Silent())
    assert_trains_alike(verl, reference, "ppo", tmp_path)
    assert distance(scores(verl), scores(reference)) < LOGPROB
    reference.close()
    assert verl.publish().parent_step == verl.step
    # The cluster is not ours: its processes stay, and the learner's workers on it go.
    samplers = [each for each in family() if "vllm_engine" in words_of(each)]
    assert samplers
    verl.close()
    # Ray ends them, after `close` has asked for it.
    assert psutil.wait_procs([one, other, *samplers], timeout=60)[1] == []
    for node in (nodes.head, nodes.second):
        assert node.is_running()
        assert nodes.workers(node) == []
    assert [each for each in family() if "vllm_engine" in words_of(each)] == []


def test_a_node_that_is_lost_makes_the_trainer_unavailable(nodes: Nodes, verl) -> None:
    """Last: the cluster has one node afterwards."""
    for one in nodes.second.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    with pytest.raises(BackendError) as lost:
        train(verl, "cross_entropy")
    assert (lost.value.code, lost.value.reason) == (BackendErrorCode.UNAVAILABLE, "WORKER_DIED")
