"""The life of a session, with halves that only write down what is asked of them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from spice_trainer.api import (
    BackendError,
    BackendErrorCode,
    CrossEntropyLoss,
    OpenSpec,
    OptimSpec,
    PolicyVersion,
    Prompt,
    PromptSpec,
    SampleRequest,
    SamplingParams,
    TrainBatch,
)
from spice_trainer.engines.shared.engine_backend import Engine, EngineBackend
from spice_trainer.engines.shared.parts import ModelFacts, Opening
from spice_trainer.engines.shared.silent import Silent

PROPERTIES = {"size": {"type": "integer", "default": 3, "minimum": 1, "maximum": 9, "description": "A number."}}
IDS = np.array([4, 5], dtype=np.int32)


class Text:
    vocabulary, eos_ids = 10, (9, 8)

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prompt_ids(self, prompt: Prompt) -> np.ndarray:
        return IDS

    def completion_ids(self, text: str, append_eos: bool) -> np.ndarray:
        return IDS

    def decode(self, ids: list[int]) -> str:
        return ""

    def check(self, ids: np.ndarray, what: str) -> None:
        """Every id is fine."""


class Learner:
    step, failure = 0, None

    def __init__(self, opening: Opening) -> None:
        self.log: list[object] = [("learner", opening.settings["size"])]
        opening.stage("load")
        opening.resources.callback(self.log.append, "learner closed")
        self.facts = ModelFacts(7, 6, "float32", "float32", "cpu")

    def score(self, prompts: object, sequences: object, target: str, *rest: object) -> list[object]:
        self.log.append(("score", target))
        return []

    def optim_step(self, spec: OptimSpec) -> None:
        self.log.append("update")

    def load(self, directory: Path) -> None:
        self.log.append("load")


class Sampler:
    def __init__(self, opening: Opening, learner: Learner) -> None:
        self.log = learner.log
        opening.resources.callback(self.log.append, "sampler closed")

    def publish(self) -> PolicyVersion:
        self.log.append("publish")
        return PolicyVersion(0, 0, "digest", "full")

    def submit(self, request: object, prompt_ids: object, stop_ids: tuple[int, ...], sink: object) -> None:
        self.log.append(("submit", stop_ids))

    def score(self, version: int, *rest: object) -> list[object]:
        self.log.append(("score version", version))
        return []

    @contextmanager
    def keep_versions(self, update: OptimSpec | None) -> Generator[None]:
        self.log.append("keep")
        yield
        self.log.append("kept")


class Progress(Silent):
    def __init__(self) -> None:
        self.seen: list[tuple[str, int, int]] = []

    def progress(self, phase: str, done: int, total: int) -> None:
        self.seen.append((phase, done, total))


@pytest.fixture
def spec(tmp_path: Path) -> OpenSpec:
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (tmp_path / name).touch()
    return OpenSpec(str(tmp_path), 1, max_context_tokens=16)


def make(
    sampler: type = Sampler, learner: type = Learner, check: object = lambda spec, settings: None
) -> EngineBackend:
    declare = lambda learner, sampler: SimpleNamespace(open=learner is not None)  # noqa: E731
    engine = Engine("test", PROPERTIES, ("load", "publish it"), declare, check)  # type: ignore[arg-type]
    return EngineBackend(engine, learner, sampler, Text)


@pytest.fixture
def opened(spec: OpenSpec) -> EngineBackend:
    backend = make()
    backend.open(spec, Silent())
    backend.session.learner.log.clear()
    return backend


def test_opening_makes_the_halves_publishes_and_reports_each_phase(spec: OpenSpec) -> None:
    backend, progress = make(), Progress()
    info = backend.open(spec, progress)
    assert backend.session.learner.log == [("learner", 3), "publish"]
    assert progress.seen == [("resolve model", 0, 3), ("load", 1, 3), ("publish it", 2, 3), ("ready", 3, 3)]
    assert (info.parameters, info.trainable_parameters, info.vocabulary, info.eos_token_ids) == (7, 6, 10, (9, 8))
    assert (info.max_context_tokens, info.tokenizer_path) == (16, str(Path(spec.model).resolve()))


def test_capabilities_are_those_of_the_open_session(spec: OpenSpec) -> None:
    backend = make()
    assert not backend.capabilities().open
    backend.open(spec, Silent())
    assert backend.capabilities().open


def test_closing_ends_what_was_started_in_reverse_order_and_works_twice(opened: EngineBackend) -> None:
    log = opened.session.learner.log
    opened.close()
    opened.close()
    assert log == ["sampler closed", "learner closed"]
    with pytest.raises(BackendError, match="no model is loaded"):
        opened.publish()


def test_a_failure_to_open_ends_what_was_started_and_another_session_may_follow(spec: OpenSpec) -> None:
    logs: list[list[object]] = []

    class Broken(Sampler):
        def publish(self) -> PolicyVersion:
            logs.append(self.log)
            if len(logs) == 1:
                raise BackendError(BackendErrorCode.UNAVAILABLE, "BROKEN", "it broke")
            return super().publish()

    backend = make(Broken)
    with pytest.raises(BackendError, match="it broke"):
        backend.open(spec, Silent())
    assert logs[0][-2:] == ["sampler closed", "learner closed"]
    backend.open(spec, Silent())
    assert backend.session.learner.log == [("learner", 3), "publish"]


def test_settings_and_the_engines_own_check_come_before_the_model_is_looked_for() -> None:
    def refuse(spec: OpenSpec, settings: dict[str, object]) -> None:
        raise BackendError(BackendErrorCode.UNIMPLEMENTED, "REFUSED", f"size {settings['size']}")

    backend = make(check=refuse)
    for engine, said in (
        ({"length": 1}, "engine.length"),
        ({"size": 10}, "engine.size is 10"),
        ({"size": 9}, "size 9"),
    ):
        with pytest.raises(BackendError, match=said):
            backend.open(OpenSpec("/nowhere", 1, engine=engine), Silent())


def test_a_process_has_one_session(opened: EngineBackend, spec: OpenSpec) -> None:
    with pytest.raises(BackendError) as refused:
        opened.open(spec, Silent())
    assert refused.value.reason == "ALREADY_OPEN"


def test_every_call_raises_the_failure_of_the_learner(opened: EngineBackend) -> None:
    learner = opened.session.learner
    learner.failure = BackendError(BackendErrorCode.UNAVAILABLE, "SERVER_DIED", "it ended")
    batch = TrainBatch((), ())
    for call in (
        opened.publish,
        opened.versions,
        lambda: opened.tokenize([]),
        lambda: opened.forward_backward(batch, CrossEntropyLoss(), 1.0, False, Silent()),
    ):
        with pytest.raises(BackendError, match="it ended"):
            call()
    assert learner.log == []


def test_updates_and_loads_run_where_the_sampler_keeps_its_versions(opened: EngineBackend, tmp_path: Path) -> None:
    opened.optim_step(OptimSpec(0.1))
    opened.load(tmp_path)
    assert opened.session.learner.log == ["keep", "update", "kept", "keep", "load", "kept"]


def test_an_update_that_is_refused_reaches_neither_half(opened: EngineBackend) -> None:
    with pytest.raises(BackendError) as refused:
        opened.optim_step(OptimSpec(-1.0))
    assert refused.value.reason == "OPTIMIZER_INVALID"
    assert opened.session.learner.log == []


def test_scores_of_a_version_come_through_the_sampler(opened: EngineBackend) -> None:
    for target in ("current", "reference", 4):
        opened.score([IDS], [(0, IDS)], target, 1.0, Silent())  # type: ignore[arg-type]
    assert opened.session.learner.log == [("score", "current"), ("score", "reference"), ("score version", 4)]


@pytest.mark.parametrize(("ignore", "stops"), [(False, (3, 9, 8)), (True, (3, 9))])
def test_the_models_own_ends_are_stop_ids_unless_the_request_ignores_them(
    opened: EngineBackend, ignore: bool, stops: tuple[int, ...]
) -> None:
    params = SamplingParams(2, stop_token_ids=(3, 9), ignore_eos=ignore)
    opened.submit(SampleRequest((PromptSpec(Prompt(text="x"), (1,)),), params), print)
    assert opened.session.learner.log == [("submit", stops)]
