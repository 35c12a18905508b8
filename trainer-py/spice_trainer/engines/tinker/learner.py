"""The learner half of the trainers `tinker` and `tinker-hosted`: adapters on a server."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from spice_trainer.api import (
    F32,
    I32,
    BackendError,
    CheckpointInfo,
    LossSpec,
    OpenSpec,
    OptimResult,
    OptimSpec,
    ProgressSink,
    Prompt,
    TrainBatch,
    TrainResult,
)
from spice_trainer.engines.shared.parts import ModelFacts, Opening, Text
from spice_trainer.engines.shared.weight_probe import PROBE_TEXT
from spice_trainer.engines.tinker import checkpoint
from spice_trainer.engines.tinker.connection import Connect, Wanted
from spice_trainer.engines.tinker.loading import adapter_parameters, check_adapter, model_facts, read_config
from spice_trainer.engines.tinker.normalization import detect, detect_clip
from spice_trainer.engines.tinker.profiles import Profile
from spice_trainer.engines.tinker.publishing import forget
from spice_trainer.engines.tinker.service import Row, Scorer, TinkerService
from spice_trainer.engines.tinker.settings import TinkerSettings
from spice_trainer.engines.tinker.trained_model import TrainedModel, forward, unsupported_temperature

PHASES = ("connect", "create model", "probe gradients")
_PROBE_TOKENS = 21


class TinkerLearner:
    """Implements `parts.Learner`."""

    def __init__(self, opening: Opening, profile: Profile, connect: Connect) -> None:
        """Opens. Raises the errors of `check_adapter`, `read_config`, `connect` and `detect`."""
        spec, source = opening.spec, opening.source
        self.profile, self.settings = profile, TinkerSettings(**opening.settings)
        self.rank, self._seed = check_adapter(spec).rank, spec.seed
        self._source, self._config = source, read_config(source, spec)
        self.failure: BackendError | None = None
        self._lock = threading.Lock()
        self._on_failure: list[Callable[[BackendError], None]] = []
        self._names = 0
        self.probe = _weight_probe(opening.text, spec)
        """Its scores show which weights a server has. The sequence is also used to measure
        gradients."""
        opening.stage(PHASES[0])
        connection = connect(
            Wanted(
                source,
                self.rank,
                self.settings,
                opening.progress,
                lambda: self.failure,
                self._fail,
                opening.resources,
            )
        )
        self.service, self.server = connection.service, connection.server
        opening.resources.callback(_close_quietly, self.service)
        opening.stage(PHASES[1])
        self.reference = self.service.create_model(self.rank, spec.seed)
        """A model that is never trained: the base model."""
        opening.stage(PHASES[2])
        detected = detect(self.reference, self.probe, profile.slack, profile.otherwise, profile.candidates)
        if not profile.bounds_norm:
            detected = detect_clip(self.reference, self.probe, profile.slack, detected)
        self.detected = detected
        self.trained = TrainedModel(
            self.service.create_model(self.rank, spec.seed),
            detected.normalization,
            self.settings.train_sequences,
            profile,
            detected.clips,
        )
        self.adapter_bytes = 4 * adapter_parameters(self._config, self.rank)
        """Size of the adapter in float32: computed from the configuration of the model until the
        server reports it."""
        self._identity = {
            "model": source.model_fingerprint,
            "kind": profile.kind,
            "rank": str(self.rank),
            "server": connection.address,
        }

    @property
    def facts(self) -> ModelFacts:
        server = f"server, profile {self.profile.name}; {self.detected.describe()}"
        return model_facts(self._source, self._config, self.adapter_bytes, server)

    def on_failure(self, tell: Callable[[BackendError], None]) -> None:
        """Calls `tell` when the server ended; immediately, if it already has."""
        with self._lock:
            self._on_failure.append(tell)
            failure = self.failure
        if failure is not None:
            tell(failure)

    def unique_name(self, prefix: str) -> str:
        """Returns a name on the server that this session has not used."""
        self._names += 1
        return f"{prefix}-{self._names:06}"

    # -------------------------------------------------------------------------------------- scoring

    def score(
        self,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        target: Literal["current", "reference"],
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        model = self.trained.model if target == "current" else self.reference
        return self.score_model(model, prompts, sequences, temperature, progress)

    def score_model(
        self,
        model: Scorer,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        """Returns log-probabilities under any weights on the server. Raises UNIMPLEMENTED
        (TEMPERATURE_UNSUPPORTED)."""
        if temperature != 1:
            raise unsupported_temperature("scoring at", temperature)
        rows = [Row(prompts[prompt], completion) for prompt, completion in sequences]
        return forward(model, rows, self.settings.train_sequences, progress, self.profile.compiles)

    # ------------------------------------------------------------------------------------- training

    def forward_backward(
        self, batch: TrainBatch, loss: LossSpec, normalizer: float, want_logprobs: bool, progress: ProgressSink
    ) -> TrainResult:
        return self.trained.accumulate(batch, loss, normalizer, want_logprobs, progress)

    def optim_step(self, spec: OptimSpec) -> OptimResult:
        return self.trained.update(spec)

    def discard_gradients(self) -> None:
        self.trained.discard()

    @property
    def step(self) -> int:
        return self.trained.step

    # ---------------------------------------------------------------------------------- checkpoints

    def save(self, directory: Path, metadata: Mapping[str, str]) -> CheckpointInfo:
        path = self.trained.model.save_state(self.unique_name("checkpoint"))
        saved = checkpoint.Saved(self.trained.step, self.trained.moments, path)
        held = None if self.server is None else self.server.state_file(path)
        info = checkpoint.save(directory, saved, held, self._identity, metadata)
        forget(self.server, path)
        return info

    def load(self, directory: Path) -> CheckpointInfo:
        saved, archive, info = checkpoint.load(directory, self._identity)
        path = saved.path
        if self.server is not None and archive is not None:
            # The server reads only states that it wrote itself. So a state of the reference is
            # replaced by the state of the checkpoint.
            path = self.reference.save_state(self.unique_name("restore"))
            checkpoint.put_back(archive, self.server.state_file(path))
        model = self.service.restore_model(path, self.rank, self._seed, moments=True)
        old = self.trained.model
        self.trained.discard()
        self.trained.replace(model, saved.step, saved.moments)
        old.unload()
        if path != saved.path:
            forget(self.server, path)
        return info

    def _fail(self, error: BackendError) -> None:
        with self._lock:
            self.failure = error
            listeners = list(self._on_failure)
        for tell in listeners:
            tell(error)


def _close_quietly(service: TinkerService) -> None:
    with contextlib.suppress(Exception):
        service.close()


def _weight_probe(text: Text, spec: OpenSpec) -> Row:
    ids = text.prompt_ids(Prompt(text=PROBE_TEXT))
    ids = ids[: min(len(ids), spec.max_context_tokens, _PROBE_TOKENS)]
    # An odd number of tokens after the first gives an even completion. Half of it is the unit for
    # measuring gradients.
    return Row(ids[:1], np.ascontiguousarray(ids[1 : 1 + (len(ids) - 1) // 2 * 2]))
