"""The adapter from the contract to Tinker's verbs."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from spice_trainer.api import (
    F32,
    I32,
    Backend,
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
from spice_trainer.engines.shared.text import Text
from spice_trainer.engines.tinker import checkpoint
from spice_trainer.engines.tinker.capabilities import declare
from spice_trainer.engines.tinker.learner import Learner, forward, unsupported_temperature
from spice_trainer.engines.tinker.loading import adapter_parameters, check_adapter, describe, read_config
from spice_trainer.engines.tinker.normalisation import Detected, detect, detect_clip
from spice_trainer.engines.tinker.profiles import SKYRL, Profile
from spice_trainer.engines.tinker.publishing import Copies, Publisher, Snapshots, forget
from spice_trainer.engines.tinker.requests import Dispatcher, Job
from spice_trainer.engines.tinker.sdk import SdkService
from spice_trainer.engines.tinker.server import SkyrlServer
from spice_trainer.engines.tinker.service import Row, Scorer, TinkerModel, TinkerService
from spice_trainer.engines.tinker.settings import TinkerSettings, parse_settings
from spice_trainer.engines.tinker.versions import Versions
from spice_trainer.models import ModelSource, resolve

CANARY_TEXT = "In 1969 three people left for the Moon; two of them walked on it, and all of them came home."

Connect = Callable[[ModelSource, int, TinkerSettings, ProgressSink, Callable[[BackendError], None]], TinkerService]
"""How a service comes about; tests put one of their own here."""


@dataclass
class _Open:
    """Everything that exists once a model is loaded."""

    spec: OpenSpec
    settings: TinkerSettings
    info: ModelInfo
    text: Text
    service: TinkerService
    reference: TinkerModel
    """Never trained, so it is the base model."""
    learner: Learner
    versions: Versions
    dispatcher: Dispatcher
    publisher: Publisher
    detected: Detected
    identity: dict[str, str]

    @property
    def rank(self) -> int:
        assert self.spec.lora is not None
        return self.spec.lora.rank


class _Generation:
    """See `Generation`."""

    def __init__(self, dispatcher: Dispatcher, job: Job) -> None:
        self._dispatcher, self._job = dispatcher, job

    def cancel(self, prompt_index: int | None = None) -> None:
        self._dispatcher.cancel(self._job, prompt_index)


class TinkerBackend:
    """Implements `spice_trainer.api.Backend`; see there for each method's contract. `profile`: the kind of server."""

    profile: Profile = SKYRL

    def __init__(self, connect: Connect | None = None) -> None:
        """`connect`: for tests; by default the SDK, on a server of our own or at `base_url`."""
        self._open: _Open | None = None
        self._connect = connect or self._connect_sdk
        self._server: SkyrlServer | None = None
        self._dead: BackendError | None = None
        self._dispatcher: Dispatcher | None = None
        self._names = 0
        self._lock = threading.Lock()

    @classmethod
    def create(cls) -> Backend:
        """For the registry."""
        return cls()

    def capabilities(self) -> Capabilities:
        if self._open is None:
            return declare(parse_settings({}, self.profile), self.profile)
        return declare(self._open.settings, self.profile, self._open.detected)

    def open(self, spec: OpenSpec, progress: ProgressSink) -> ModelInfo:
        if self._open is not None:
            raise BackendError(BackendErrorCode.PRECONDITION, "ALREADY_OPEN", "a model is loaded already")
        settings = self._settings(spec.engine)
        lora = check_adapter(spec)
        progress.progress("resolve model", 0, 5)
        source = resolve(spec.model)
        config = read_config(source, spec)
        text = Text(source.path, config)
        try:
            progress.progress("connect", 1, 5)
            service = self._connect(source, lora.rank, settings, progress, self._server_ended)
            progress.progress("create model", 2, 5)
            reference = service.create_model(lora.rank, spec.seed)
            progress.progress("probe gradients", 3, 5)
            canary = self._canary(text, spec)
            detected = detect(reference, canary, self.profile.slack, self.profile.otherwise, self.profile.candidates)
            if not self.profile.bounds_norm:
                detected = detect_clip(reference, canary, self.profile.slack, detected)
            learner = Learner(
                service.create_model(lora.rank, spec.seed),
                detected.normalisation,
                settings.train_sequences,
                self.profile,
                detected.clips,
            )
            progress.progress("publish", 4, 5)
            publisher = self._publisher(service, lora.rank, spec.seed, canary)
            versions = Versions(settings.keep_versions, publisher.retire)
            dispatcher = Dispatcher(2 * settings.sample_sequences, versions)
            facts = f"server, profile {self.profile.name}; {detected.describe()}"
            self._open = _Open(
                spec,
                settings,
                describe(source, config, text, spec, 0, facts),
                text,
                service,
                reference,
                learner,
                versions,
                dispatcher,
                publisher,
                detected,
                {
                    "model": source.model_fingerprint,
                    "kind": self.profile.kind,
                    "rank": str(lora.rank),
                    "server": settings.base_url or "local",
                },
            )
            self._dispatcher = dispatcher
            size = self._publish_slot() or 4 * adapter_parameters(config, lora.rank)
            self._open.info = describe(source, config, text, spec, size, facts)
            return self._open.info
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        state, self._open = self._open, None
        if state is not None:
            with contextlib.suppress(Exception):
                state.service.close()
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    # --------------------------------------------------------------------------------------------------- text, samples

    def tokenize(self, prompts: Sequence[Prompt]) -> list[I32]:
        text = self._require().text
        return [text.prompt_ids(prompt) for prompt in prompts]

    def encode_completions(self, texts: Sequence[str], append_eos: bool) -> list[I32]:
        text = self._require().text
        return [text.completion_ids(one, append_eos) for one in texts]

    def submit(self, request: SampleRequest, sink: Callable[[SampleEvent], None]) -> Generation:
        state = self._require()
        prompts = tuple(state.text.prompt_ids(spec.prompt) for spec in request.prompts)
        check_sample(request, prompts, state.spec.max_context_tokens)
        if request.params.temperature != 1:
            raise unsupported_temperature("sampling at", request.params.temperature)
        stops = dict.fromkeys(request.params.stop_token_ids)
        if not request.params.ignore_eos:
            stops.update(dict.fromkeys(state.text.eos_ids))
        samples = sum(len(spec.seeds) for spec in request.prompts)
        version, slot = state.versions.hold(request.policy_version, samples)
        job = Job(
            request,
            prompts,
            tuple(stops),
            state.spec.max_context_tokens,
            version,
            slot,
            sink,
            lambda ids: state.text.decode(ids),
            self.profile.compiles,
        )
        state.dispatcher.submit(job)
        return _Generation(state.dispatcher, job)

    def score(
        self,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        target: Literal["current", "reference"] | int,
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        state = self._require()
        check_score(prompts, sequences, temperature, state.text, state.spec.max_context_tokens)
        if temperature != 1:
            raise unsupported_temperature("scoring at", temperature)
        if target == "current":
            model: Scorer = state.learner.model
        elif target == "reference":
            model = state.reference
        else:
            model = state.versions.find(target).model
        rows = [Row(prompts[prompt], completion) for prompt, completion in sequences]
        return forward(model, rows, state.settings.train_sequences, progress, self.profile.compiles)

    # --------------------------------------------------------------------------------------------------------- training

    def forward_backward(
        self, batch: TrainBatch, loss: LossSpec, normalizer: float, want_logprobs: bool, progress: ProgressSink
    ) -> TrainResult:
        state = self._require()
        check_train(batch, loss, normalizer, state.text, state.spec.max_context_tokens)
        return state.learner.accumulate(batch, loss, normalizer, want_logprobs, progress)

    def optim_step(self, spec: OptimSpec) -> OptimResult:
        state = self._require()
        check_optim(spec)
        if spec.weight_decay == 0 or spec.learning_rate == 0 or not self.profile.decays_all:
            return state.learner.update(spec)
        # SkyRL's optimiser decays every adapter it holds, the published ones as well: they are made again afterwards.
        state.dispatcher.pause()
        try:
            result = state.learner.update(spec)
            for slot in state.versions.slots():
                state.publisher.rebuild(slot)
            return result
        finally:
            state.dispatcher.resume()

    def discard_gradients(self) -> None:
        self._require().learner.discard()

    @property
    def step(self) -> int:
        return self._require().learner.step

    # --------------------------------------------------------------------------------------------------------- versions

    def publish(self) -> PolicyVersion:
        self._publish_slot()
        return self._require().versions.infos()[-1]

    def versions(self) -> list[PolicyVersion]:
        return self._require().versions.infos()

    def release(self, version: int) -> None:
        self._require().versions.release(version)

    def _publish_slot(self) -> int:
        """Publish, and tell the adapter's size in bytes (0: not known, or nothing was copied)."""
        state = self._require()
        state.versions.sweep()
        slot, size = state.versions.newest_slot(), 0
        if slot is None or slot.changes != state.learner.changes:
            slot, size = state.publisher.take(state.learner.model, state.learner.changes)
        state.versions.add(slot, state.learner.step)
        return size

    def _publisher(self, service: TinkerService, rank: int, seed: int, canary: Row) -> Publisher:
        if self.profile.decays_all:
            return Copies(service, self._server, rank, seed, canary, self._name)
        return Snapshots(canary, self._name)

    # ------------------------------------------------------------------------------------------------------ checkpoints

    def save(self, directory: Path, metadata: Mapping[str, str]) -> CheckpointInfo:
        state = self._require()
        path = state.learner.model.save_state(self._name("checkpoint"))
        saved = checkpoint.Saved(state.learner.step, state.learner.moments, path)
        held = None if self._server is None else self._server.state_file(path)
        info = checkpoint.save(directory, saved, held, state.identity, metadata)
        forget(self._server, path)
        return info

    def load(self, directory: Path) -> CheckpointInfo:
        state = self._require()
        saved, archive, info = checkpoint.load(directory, state.identity)
        path = saved.path
        if self._server is not None and archive is not None:
            # The server reads states that it wrote itself: one of the reference gives its place to the checkpoint's.
            path = state.reference.save_state(self._name("restore"))
            checkpoint.put_back(archive, self._server.state_file(path))
        model = state.service.restore_model(path, state.rank, state.spec.seed, moments=True)
        old = state.learner.model
        state.learner.discard()
        state.learner.replace(model, saved.step, saved.moments)
        old.unload()
        if path != saved.path:
            forget(self._server, path)
        return info

    # ---------------------------------------------------------------------------------------------------------- helpers

    def _require(self) -> _Open:
        if self._dead is not None:
            raise self._dead
        if self._open is None:
            raise BackendError(BackendErrorCode.PRECONDITION, "NOT_OPEN", "no model is loaded")
        return self._open

    def _settings(self, engine: Mapping[str, object]) -> TinkerSettings:
        return parse_settings(engine, self.profile)

    def _name(self, what: str) -> str:
        """A name on the server that was not used before."""
        self._names += 1
        return f"{what}-{self._names:06}"

    def _canary(self, text: Text, spec: OpenSpec) -> Row:
        ids = text.prompt_ids(Prompt(text=CANARY_TEXT))
        ids = ids[: min(len(ids), spec.max_context_tokens, 21)]
        # An odd number after the first keeps an even completion: half of it is the probe's unit.
        return Row(ids[:1], np.ascontiguousarray(ids[1 : 1 + (len(ids) - 1) // 2 * 2]))

    def _connect_sdk(
        self,
        source: ModelSource,
        rank: int,
        settings: TinkerSettings,
        progress: ProgressSink,
        ended: Callable[[BackendError], None],
    ) -> TinkerService:
        if settings.base_url:
            return SdkService(settings.base_url, settings.base_model or source.name, lambda: self._dead)
        self._server = SkyrlServer(source.path, rank, settings, ended)
        self._server.wait_for_api(settings.start_seconds, progress)
        return SdkService(self._server.url, str(source.path), lambda: self._dead)

    def _server_ended(self, error: BackendError) -> None:
        with self._lock:
            self._dead = error
        if self._dispatcher is not None:
            self._dispatcher.fail(error)
