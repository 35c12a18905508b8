"""Direct transfers, against a process that stands in for vLLM: the order of phases, what a failure leaves behind, who has
the weights when the engine must start again."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from spice_trainer.api import BackendError, BackendErrorCode
from spice_trainer.engines.shared.vllm_engine.link import EngineGoneError, EngineLink
from spice_trainer.engines.shared.vllm_engine.supervisor import EngineSupervisor
from spice_trainer.engines.shared.vllm_engine.transfer import DirectTransfer
from spice_trainer.engines.shared.vllm_engine.weight_file import WeightFile
from tests.engines.shared.vllm_engine.asking import Make, expected, submit


class Learner:
    """Weights that are one number, and the learner's end of a direct way, as vLLM's trainer engines drive it."""

    def __init__(self, link: EngineLink, weights: Callable[[], float]) -> None:
        self.link, self.weights = link, weights
        self.abandoned = threading.Event()
        link.init_weight_transfer_engine({})

    def send(self) -> None:
        self.link.start_weight_update()
        self.link.update_weights({"value": self.weights()})
        self.link.finish_weight_update()

    def abandon(self) -> None:
        self.abandoned.set()


class Broadcasting(Learner):
    """One that hangs in its collective when its peer dies, until it is torn down: NCCL's behaviour."""

    def send(self) -> None:
        self.link.start_weight_update()
        try:
            self.link.update_weights({"value": self.weights()})
        except EngineGoneError:
            assert self.abandoned.wait(10), "nobody aborted the communicator"
            raise
        self.link.finish_weight_update()


class Setup:
    """A sampler, a direct way to it, and the present weights of a learner that trains on."""

    def __init__(self, sampler: EngineSupervisor, folder: Path, kind: type[Learner] = Learner) -> None:
        self.sampler, self.folder = sampler, folder
        self.value = 0.0
        self.connected: list[Learner] = []
        self.files: list[WeightFile] = []
        self.written: list[str] = []
        sampler.open(expected(0.0))

        def connect(link: EngineLink) -> Learner:
            made = kind(link, lambda: self.value)
            self.connected.append(made)
            return made

        self.transfer = DirectTransfer("nccl", sampler, connect)

    def publish(self, version: int, value: float) -> None:
        self.value = value

        def write(path: Path) -> None:
            self.written.append(path.name)
            path.write_text(str(self.value))

        self.files.append(WeightFile(self.folder / f"version-{version}", write))
        self.transfer.deliver(version, self.files[-1], expected(value))

    def train(self, value: float) -> None:
        """As `VllmPublisher.before_change` and an optimiser step."""
        self.files[-1].settle()
        self.value = value

    def phases(self) -> list[str]:
        return (self.folder / "phases").read_text().split()

    def served(self) -> tuple[set[int], set[float]]:
        """Versions and log-probabilities of new samples; once more when they met a dead engine."""
        for _ in range(2):
            _, events = submit(self.sampler)
            if events.done().error is None:
                break
        samples = events.finished()
        return (
            {one.policy_version for one in samples},
            {float(one.logprobs[0]) for one in samples if one.logprobs is not None},
        )


def test_phases_come_in_order_and_init_once(make: Make, tmp_path: Path) -> None:
    setup = Setup(make("good"), tmp_path)
    setup.publish(1, 0.25)
    setup.train(0.5)
    setup.publish(2, 0.5)
    assert setup.phases() == ["init", "start", "update", "finish", "start", "update", "finish"]
    assert setup.served() == ({2}, {0.5})


def test_the_file_is_written_behind_and_before_the_weights_change(make: Make, tmp_path: Path) -> None:
    setup = Setup(make("good"), tmp_path)
    setup.publish(1, 0.25)
    setup.train(0.75)
    assert setup.written == ["version-1"]
    assert (tmp_path / "version-1").read_text() == "0.25"


def test_a_killed_engine_gets_the_served_version_although_the_learner_moved_on(make: Make, tmp_path: Path) -> None:
    setup = Setup(make("good"), tmp_path)
    setup.publish(1, 0.25)
    setup.train(0.75)
    kill_and_wait(setup.sampler)
    assert setup.served() == ({1}, {0.25})
    assert setup.phases()[-1] == "file"


def test_a_new_engine_is_initialised_again(make: Make, tmp_path: Path) -> None:
    setup = Setup(make("good"), tmp_path)
    setup.publish(1, 0.25)
    kill_and_wait(setup.sampler)
    assert setup.served() == ({1}, {0.25})
    setup.publish(2, 0.5)
    assert setup.phases() == ["init", "start", "update", "finish", "file", "init", "start", "update", "finish"]
    assert [one.abandoned.is_set() for one in setup.connected] == [True, False]
    assert setup.served() == ({2}, {0.5})


@pytest.mark.parametrize("kind", [Learner, Broadcasting])
def test_an_engine_that_dies_half_way_gets_the_version_from_a_file(
    make: Make, tmp_path: Path, kind: type[Learner]
) -> None:
    setup = Setup(make("torn"), tmp_path, kind)
    setup.publish(1, 0.25)
    assert setup.phases() == ["init", "start", "update", "file"]
    assert setup.served() == ({1}, {0.25})
    assert setup.connected[0].abandoned.wait(10)
    setup.publish(2, 0.5)  # directly again: nothing hangs from the first
    assert setup.phases()[-4:] == ["init", "start", "update", "finish"]


def test_an_engine_that_does_not_answer_is_killed_and_the_version_before_served_on(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup = Setup(make("hanging"), tmp_path)
    before = setup.sampler.pid
    monkeypatch.setattr(setup.sampler, "_start_seconds", 1.0)
    with pytest.raises(BackendError) as late:
        setup.publish(1, 0.25)
    monkeypatch.setattr(setup.sampler, "_start_seconds", 20.0)
    assert (late.value.code, late.value.reason) == (BackendErrorCode.UNAVAILABLE, "SAMPLER_DIED")
    wait_for(lambda: setup.sampler.pid not in (None, before))
    assert setup.served() == ({0}, {0.0})
    setup.publish(1, 0.25)
    assert setup.served() == ({1}, {0.25})


def test_a_learner_that_fails_half_way_poisons_the_engine(make: Make, tmp_path: Path) -> None:
    class Failing(Learner):
        def send(self) -> None:
            self.link.start_weight_update()
            self.link.update_weights({"value": 99.0})
            raise MemoryError("no room to pack")

    setup = Setup(make("good"), tmp_path, Failing)
    before = setup.sampler.pid
    setup.publish(1, 0.25)
    assert setup.sampler.pid != before
    assert setup.served() == ({1}, {0.25})


def test_a_transport_that_cannot_be_set_up_costs_a_restart_and_no_version(make: Make, tmp_path: Path) -> None:
    setup = Setup(make("broken"), tmp_path)
    setup.publish(1, 0.25)
    assert setup.phases() == ["init", "file"]
    assert setup.served() == ({1}, {0.25})


def test_mixed_weights_are_caught_and_never_sampled_from(make: Make, tmp_path: Path) -> None:
    setup = Setup(make("garbled"), tmp_path)
    before = setup.sampler.pid
    with pytest.raises(BackendError) as caught:
        setup.publish(1, 0.5)
    assert (caught.value.code, caught.value.reason) == (BackendErrorCode.DATA_LOSS, "CANARY_DIFFERS")
    wait_for(lambda: setup.sampler.pid not in (None, before))
    assert setup.served() == ({0}, {0.0})


def test_a_full_disk_shows_before_the_weights_change_and_not_in_the_publish(make: Make, tmp_path: Path) -> None:
    setup = Setup(make("good"), tmp_path)
    full = True

    def write(path: Path) -> None:
        if full:
            raise OSError(28, "No space left on device")
        path.write_text("0.25")

    setup.value = 0.25
    file = WeightFile(tmp_path / "version-1", write)
    setup.transfer.deliver(1, file, expected(0.25))
    with pytest.raises(BackendError) as refused:
        file.settle()
    assert (refused.value.code, refused.value.reason) == (BackendErrorCode.MEMORY, "DISK_FULL")
    full = False
    assert file.settle().read_text() == "0.25"


def test_a_removed_file_is_never_written_with_newer_weights(tmp_path: Path) -> None:
    file = WeightFile(tmp_path / "version-1", lambda path: path.write_text("newer") and None)
    file.remove()
    with pytest.raises(BackendError) as gone:
        file.settle()
    assert gone.value.reason == "VERSION_GONE"
    assert not (tmp_path / "version-1").exists()


def test_a_send_that_hangs_for_good_leaves_files_as_the_way(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()

    class Hanging(Learner):
        def send(self) -> None:
            super().send()
            release.wait(30)

    monkeypatch.setattr("spice_trainer.engines.shared.vllm_engine.transfer._END_SECONDS", 0.2)
    setup = Setup(make("good"), tmp_path, Hanging)
    setup.publish(1, 0.25)
    setup.publish(2, 0.5)
    assert setup.phases() == ["init", "start", "update", "finish", "file"]
    assert setup.served() == ({2}, {0.5})
    release.set()


def kill_and_wait(sampler: EngineSupervisor) -> None:
    before = sampler.pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: sampler.pid not in (None, before))


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert condition()
