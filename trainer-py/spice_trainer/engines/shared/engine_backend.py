"""`EngineBackend`: a trainer that consists of a learner, a sampler and a tokenizer. This file has
the parts that every engine needs: start and end of a session, tokens, checks of requests, facts of
the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import numpy as np

from spice_trainer.api import (
    F32,
    I32,
    BackendError,
    BackendErrorCode,
    Capabilities,
    CheckpointInfo,
    Generation,
    LossSpec,
    ModelInfo,
    OpenSpec,
    OptimResult,
    OptimSpec,
    PolicyVersion,
    ProgressSink,
    Prompt,
    SampleEvent,
    SampleRequest,
    TrainBatch,
    TrainResult,
)
from spice_trainer.engines.shared.checks import check_optim, check_sample, check_score, check_train
from spice_trainer.engines.shared.engine_settings import Properties, read_settings
from spice_trainer.engines.shared.parts import Learner, Opening, Sampler, Text
from spice_trainer.models import ModelSource, resolve

L = TypeVar("L", bound=Learner)
S = TypeVar("S", bound=Sampler)

FIRST_PHASE, LAST_PHASE = "resolve model", "ready"


def accept(spec: OpenSpec, settings: Mapping[str, Any]) -> None:
    """Accepts every session."""


@dataclass(frozen=True)
class Engine(Generic[L, S]):
    """Declarations of one engine."""

    name: str
    """Name of the trainer, as in `--backend`."""
    properties: Properties
    """Its settings (`OpenSpec.engine`)."""
    phases: tuple[str, ...]
    """Phases of opening a session between `FIRST_PHASE` and `LAST_PHASE`. The learner reports all
    phases except the last, which is the first publish."""
    declare: Callable[[L | None, S | None], Capabilities]
    """Returns the capabilities for the halves of an open session. With None twice: the capabilities
    of a session with default settings."""
    check: Callable[[OpenSpec, Mapping[str, Any]], None] = accept
    """Refuses a session that this engine does not support. It gets the checked settings and runs
    before anything is loaded."""


@dataclass(frozen=True)
class Session(Generic[L, S]):
    """All objects of an open session."""

    spec: OpenSpec
    info: ModelInfo
    text: Text
    learner: L
    sampler: S


class EngineBackend(Generic[L, S]):
    """Implements `spice_trainer.api.Backend`, which documents each method."""

    def __init__(
        self,
        engine: Engine[L, S],
        learner: Callable[[Opening], L],
        sampler: Callable[[Opening, L], S],
        text: Callable[[Path], Text],
    ) -> None:
        """`learner`, `sampler` and `text` make the halves and the tokenizer of a session. They are
        usually classes."""
        self._engine = engine
        self._make_learner, self._make_sampler, self._read_text = learner, sampler, text
        self._session: Session[L, S] | None = None
        self._resources = ExitStack()

    @property
    def session(self) -> Session[L, S]:
        """Returns the open session. Raises FAILED_PRECONDITION (NOT_OPEN), or the failure of its
        learner."""
        if self._session is None:
            raise BackendError(BackendErrorCode.PRECONDITION, "NOT_OPEN", "no model is loaded", "open a session first")
        if self._session.learner.failure is not None:
            raise self._session.learner.failure
        return self._session

    def capabilities(self) -> Capabilities:
        session = self._session
        return self._engine.declare(session and session.learner, session and session.sampler)

    # --------------------------------------------------------------- start and end of a session

    def open(self, spec: OpenSpec, progress: ProgressSink) -> ModelInfo:
        if self._session is not None:
            raise BackendError(BackendErrorCode.PRECONDITION, "ALREADY_OPEN", "a model is loaded already")
        settings = read_settings(spec.engine, self._engine.properties, self._engine.name)
        self._engine.check(spec, settings)
        phases = (FIRST_PHASE, *self._engine.phases, LAST_PHASE)
        progress.progress(FIRST_PHASE, 0, len(phases) - 1)
        source = resolve(spec.model)
        opening = Opening(spec, settings, source, self._read_text, progress, phases, self._resources)
        try:
            learner = self._make_learner(opening)
            sampler = self._make_sampler(opening, learner)
            opening.stage(phases[-2])
            sampler.publish()
        except BaseException:
            self._resources.close()
            raise
        info = _describe(spec, source, opening.text, learner)
        self._session = Session(spec, info, opening.text, learner, sampler)
        opening.stage(LAST_PHASE)
        return info

    def close(self) -> None:
        self._session = None
        self._resources.close()

    # ----------------------------------------------------------------------------- text and samples

    def tokenize(self, prompts: Sequence[Prompt]) -> list[I32]:
        text = self.session.text
        return [text.prompt_ids(prompt) for prompt in prompts]

    def encode_completions(self, texts: Sequence[str], append_eos: bool) -> list[I32]:
        text = self.session.text
        return [text.completion_ids(part, append_eos) for part in texts]

    def submit(self, request: SampleRequest, sink: Callable[[SampleEvent], None]) -> Generation:
        session = self.session
        prompt_ids = tuple(session.text.prompt_ids(spec.prompt) for spec in request.prompts)
        check_sample(request, prompt_ids, session.spec.max_context_tokens)
        own_stops = () if request.params.ignore_eos else session.text.eos_ids
        stop_ids = tuple(dict.fromkeys((*request.params.stop_token_ids, *own_stops)))
        return session.sampler.submit(request, prompt_ids, stop_ids, sink)

    # ------------------------------------------------------------------------------------- training

    def score(
        self,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        target: Literal["current", "reference"] | int,
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        session = self.session
        prompts, sequences = [_ids(prompt) for prompt in prompts], [(ref, _ids(ids)) for ref, ids in sequences]
        check_score(prompts, sequences, temperature, session.text, session.spec.max_context_tokens)
        if isinstance(target, str):
            return session.learner.score(prompts, sequences, target, temperature, progress)
        return session.sampler.score(target, prompts, sequences, temperature, progress)

    def forward_backward(
        self, batch: TrainBatch, loss: LossSpec, normalizer: float, want_logprobs: bool, progress: ProgressSink
    ) -> TrainResult:
        session = self.session
        check_train(batch, loss, normalizer, session.text, session.spec.max_context_tokens)
        return session.learner.forward_backward(batch, loss, normalizer, want_logprobs, progress)

    def optim_step(self, spec: OptimSpec) -> OptimResult:
        session = self.session
        check_optim(spec)
        with session.sampler.keep_versions(spec):
            return session.learner.optim_step(spec)

    def discard_gradients(self) -> None:
        self.session.learner.discard_gradients()

    @property
    def step(self) -> int:
        return self.session.learner.step

    # ------------------------------------------------------------------------- weights, checkpoints

    def publish(self) -> PolicyVersion:
        return self.session.sampler.publish()

    def versions(self) -> list[PolicyVersion]:
        return self.session.sampler.versions()

    def release(self, version: int) -> None:
        self.session.sampler.release(version)

    def save(self, directory: Path, metadata: Mapping[str, str]) -> CheckpointInfo:
        return self.session.learner.save(directory, metadata)

    def load(self, directory: Path) -> CheckpointInfo:
        session = self.session
        with session.sampler.keep_versions(None):
            return session.learner.load(directory)


def _describe(spec: OpenSpec, source: ModelSource, text: Text, learner: Learner) -> ModelInfo:
    facts = learner.facts
    return ModelInfo(
        name=source.name,
        parameters=facts.parameters,
        trainable_parameters=facts.trainable_parameters,
        vocabulary=text.vocabulary,
        max_context_tokens=spec.max_context_tokens,
        weights_dtype=facts.weights_dtype,
        compute_dtype=facts.compute_dtype,
        device=facts.device,
        model_fingerprint=source.model_fingerprint,
        tokenizer_fingerprint=source.tokenizer_fingerprint,
        tokenizer_path=str(source.path),
        eos_token_ids=text.eos_ids,
    )


def _ids(ids: I32) -> I32:
    return np.ascontiguousarray(ids, dtype=np.int32)
