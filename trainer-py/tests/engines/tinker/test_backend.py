"""The whole adapter on a server in memory: versions, checkpoints, decay."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bench import byte_model
from spice_trainer.api import (
    Backend,
    BackendError,
    BackendErrorCode,
    CrossEntropyLoss,
    LoraSpec,
    OpenSpec,
    OptimSpec,
    Prompt,
    PromptSpec,
    SampleEvent,
    SampleRequest,
    SamplingParams,
    TrainBatch,
    TrainSequence,
)
from spice_trainer.engines.shared.weight_probe import PROBE_TEXT
from spice_trainer.engines.tinker.backend import create as create_tinker
from spice_trainer.engines.tinker.connection import Connection, Wanted
from tests.engines.tinker.fake_service import FakeModel, FakeService
from tests.engines.tinker.progress import Silent

PROMPT = np.array([20, 21], dtype=np.int32)
IDS = np.array([30, 31, 32], dtype=np.int32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a model whose tokenizer and configuration are read; the weights are not."""
    path = tmp_path_factory.mktemp("tiny")
    byte_model.write(path)
    return path


@pytest.fixture
def service() -> FakeService:
    return FakeService(vocabulary=258)


@pytest.fixture
def backend(folder: Path, service: FakeService) -> Backend:
    made = create_tinker(lambda wanted: Connection(service))
    made.open(OpenSpec(str(folder), 1, LoraSpec(8, 32.0), max_context_tokens=64), Silent())
    return made


def step(backend: Backend, ids: np.ndarray = IDS, **fields: float) -> None:
    ones = np.ones(len(ids), dtype=np.float32)
    one = TrainSequence(0, ids, ones, ones, None, None, None, 1.0, "", "", "")
    backend.forward_backward(TrainBatch((PROMPT,), (one,)), CrossEntropyLoss(), 3.0, False, Silent())
    backend.optim_step(OptimSpec(**{"learning_rate": 0.1, **fields}))  # type: ignore[arg-type]


def score(backend: Backend, target: object) -> np.ndarray:
    return backend.score([PROMPT], [(0, IDS)], target, 1.0, Silent())[0]  # type: ignore[arg-type]


def test_opening_publishes_version_0_of_the_base_model(backend: Backend, service: FakeService) -> None:
    assert [one.version for one in backend.versions()] == [0]
    assert backend.step == 0
    assert np.allclose(score(backend, "current"), -np.log(258), atol=1e-5)
    # The reference model was probed; its weights did not move.
    assert not service.models[0].state.weights.any()


def test_a_version_and_the_reference_stay_while_the_learner_moves(backend: Backend) -> None:
    before = score(backend, "current")
    step(backend)
    version = backend.publish().version
    published = score(backend, version)
    step(backend)
    assert (score(backend, "current") > published).all()
    assert (published > before).all()
    assert (score(backend, version) == published).all()
    assert (score(backend, "reference") == before).all()
    assert (score(backend, 0) == before).all()


def test_equal_weights_share_a_slot_and_a_digest(backend: Backend, service: FakeService) -> None:
    models = len(service.models)
    one = backend.publish()
    assert one.digest == backend.versions()[0].digest
    assert len(service.models) == models
    # A table, unlike a network, shows a step at the contexts of the step alone: those of the text that is scored.
    step(backend, backend.tokenize([Prompt(text=PROBE_TEXT)])[0][:8])
    assert backend.publish().digest != one.digest
    assert len(service.models) == models + 1


def test_old_versions_are_unloaded_once_nobody_samples_them(backend: Backend, service: FakeService) -> None:
    first = backend.session.sampler.published.find(0).model
    service.held = []
    events: list[SampleEvent] = []
    backend.submit(
        SampleRequest((PromptSpec(Prompt(token_ids=PROMPT), (1,)),), SamplingParams(4), policy_version=0), events.append
    )
    for _ in range(2):
        step(backend)
        backend.publish()
    assert [one.version for one in backend.versions()] == [1, 2]
    assert first.model_id not in service.unloaded
    service.held.pop()()
    step(backend)
    backend.publish()
    assert first.model_id in service.unloaded
    assert events[-1].kind == "done"
    with pytest.raises(BackendError) as unknown:
        score(backend, 0)
    assert unknown.value.code is BackendErrorCode.NOT_FOUND


def test_release_keeps_the_newest(backend: Backend) -> None:
    step(backend)
    newest = backend.publish().version
    with pytest.raises(BackendError) as refused:
        backend.release(newest)
    assert refused.value.reason == "VERSION_IN_USE"
    backend.release(0)
    assert [one.version for one in backend.versions()] == [newest]


class Decaying(FakeModel):
    """Decays every model of the server, as SkyRL's optimiser does."""

    def optim_step(self, adam, max_norm=None):
        for other in self.service.models:
            if other is not self:
                other.state.weights = other.state.weights * (1 - adam.learning_rate * adam.weight_decay)
        return super().optim_step(adam)


class DecayingService(FakeService):
    """Makes such models."""

    def create_model(self, rank: int, seed: int) -> FakeModel:
        self.models.append(Decaying(self, f"model_{len(self.models)}"))
        return self.models[-1]


def test_weight_decay_does_not_reach_published_versions(folder: Path) -> None:
    service = DecayingService(vocabulary=258)
    backend = create_tinker(lambda wanted: Connection(service))
    backend.open(OpenSpec(str(folder), 1, LoraSpec(8, 32.0), max_context_tokens=64), Silent())
    step(backend)
    version = backend.publish().version
    published = score(backend, version)
    step(backend, weight_decay=0.5)
    assert (score(backend, version) == published).all()


def test_a_checkpoint_brings_back_weights_moments_and_step(backend: Backend, tmp_path: Path) -> None:
    step(backend)
    saved = backend.save(tmp_path / "one", {"run": "seven"})
    assert saved.step == 1
    step(backend)
    first = score(backend, "current")
    loaded = backend.load(tmp_path / "one")
    assert (loaded.digest, backend.step) == (saved.digest, 1)
    step(backend)
    np.testing.assert_allclose(score(backend, "current"), first, atol=1e-6)


def test_a_checkpoint_of_another_adapter_is_refused(backend: Backend, folder: Path, tmp_path: Path) -> None:
    backend.save(tmp_path / "one", {})
    other = create_tinker(lambda wanted: Connection(FakeService(vocabulary=258)))
    other.open(OpenSpec(str(folder), 1, LoraSpec(4, 32.0), max_context_tokens=64), Silent())
    with pytest.raises(BackendError) as refused:
        other.load(tmp_path / "one")
    assert refused.value.reason == "CHECKPOINT_MISMATCH"


@pytest.mark.parametrize("name", ["manifest.json", "tinker.json"])
def test_a_checkpoint_whose_pointer_was_changed_is_damaged_and_not_merely_anothers(
    backend: Backend, tmp_path: Path, name: str
) -> None:
    backend.save(tmp_path / "one", {})
    file = tmp_path / "one" / name
    file.write_text(file.read_text().replace('"rank"', '"bank"'))
    with pytest.raises(BackendError) as refused:
        backend.load(tmp_path / "one")
    assert refused.value.code is BackendErrorCode.DATA_LOSS


def test_temperatures_other_than_1_are_refused(backend: Backend) -> None:
    calls: list[Callable[[], object]] = [
        lambda: backend.score([PROMPT], [(0, IDS)], "current", 0.7, Silent()),
        lambda: backend.submit(
            SampleRequest((PromptSpec(Prompt(token_ids=PROMPT), (1,)),), SamplingParams(4, temperature=0.7)), print
        ),
    ]
    for call in calls:
        with pytest.raises(BackendError) as refused:
            call()
        assert refused.value.reason == "TEMPERATURE_UNSUPPORTED"


def test_a_server_that_ends_makes_everything_unavailable(folder: Path) -> None:
    tell: list[Callable[[BackendError], None]] = []
    service = FakeService(vocabulary=258, held=[])

    def connect(wanted: Wanted) -> Connection:
        tell.append(wanted.on_end)
        return Connection(service)

    backend = create_tinker(connect)
    backend.open(OpenSpec(str(folder), 1, LoraSpec(8, 32.0), max_context_tokens=64), Silent())
    events: list[SampleEvent] = []
    request = SampleRequest((PromptSpec(Prompt(token_ids=PROMPT), (1,)),), SamplingParams(4))
    backend.submit(request, events.append)
    gone = BackendError(BackendErrorCode.UNAVAILABLE, "SERVER_DIED", "it ended")
    tell[0](gone)
    assert events[-1].kind == "done"
    assert events[-1].error is gone
    for call in (backend.publish, lambda: score(backend, "current"), lambda: backend.submit(request, events.append)):
        with pytest.raises(BackendError) as refused:
            call()
        assert refused.value is gone
