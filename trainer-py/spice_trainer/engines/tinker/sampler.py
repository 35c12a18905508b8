"""The sampler half of the trainers `tinker` and `tinker-hosted`: frozen copies of the adapter on
the server."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

from spice_trainer.api import (
    F32,
    I32,
    Generation,
    OptimSpec,
    PolicyVersion,
    ProgressSink,
    SampleEvent,
    SampleRequest,
)
from spice_trainer.engines.shared.parts import Opening
from spice_trainer.engines.tinker.learner import TinkerLearner
from spice_trainer.engines.tinker.publishing import Copies, Publisher, Snapshots
from spice_trainer.engines.tinker.requests import Dispatcher, Job
from spice_trainer.engines.tinker.trained_model import unsupported_temperature
from spice_trainer.engines.tinker.versions import Versions


class TinkerSampler:
    """Implements `parts.Sampler`."""

    def __init__(self, opening: Opening, learner: TinkerLearner) -> None:
        self._learner, self._profile = learner, learner.profile
        self._decode, self._max_context = opening.text.decode, opening.spec.max_context_tokens
        self._publisher = _publisher(learner, opening.spec.seed)
        self.published = Versions(learner.settings.keep_versions, self._publisher.retire)
        self._dispatcher = Dispatcher(2 * learner.settings.sample_sequences, self.published)
        learner.on_failure(self._dispatcher.fail)

    def submit(
        self,
        request: SampleRequest,
        prompt_ids: tuple[I32, ...],
        stop_ids: tuple[int, ...],
        sink: Callable[[SampleEvent], None],
    ) -> Generation:
        """Starts to sample. Raises also UNIMPLEMENTED (TEMPERATURE_UNSUPPORTED)."""
        if request.params.temperature != 1:
            raise unsupported_temperature("sampling at", request.params.temperature)
        samples = sum(len(spec.seeds) for spec in request.prompts)
        version, slot = self.published.hold(request.policy_version, samples)
        job = Job(
            request,
            prompt_ids,
            stop_ids,
            self._max_context,
            version,
            slot,
            sink,
            self._decode,
            self._profile.compiles,
        )
        self._dispatcher.submit(job)
        return _Generation(self._dispatcher, job)

    def score(
        self,
        version: int,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        model = self.published.find(version).model
        return self._learner.score_model(model, prompts, sequences, temperature, progress)

    def publish(self) -> PolicyVersion:
        """Publishes. Versions with equal weights share one copy on the server."""
        self.published.sweep()
        trained, slot = self._learner.trained, self.published.newest_slot()
        if slot is None or slot.changes != trained.changes:
            slot, size = self._publisher.take(trained.model, trained.changes)
            self._learner.adapter_bytes = size or self._learner.adapter_bytes
        return self.published.add(slot, trained.step)

    def versions(self) -> list[PolicyVersion]:
        return self.published.infos()

    def release(self, version: int) -> None:
        self.published.release(version)

    @contextmanager
    def keep_versions(self, update: OptimSpec | None) -> Generator[None]:
        """Makes the published versions again after the update, because the weight decay of SkyRL
        changes every adapter of the server."""
        decays = update is not None and update.weight_decay != 0 and update.learning_rate != 0
        if not decays or not self._profile.decays_all:
            yield
            return
        self._dispatcher.pause()
        try:
            yield
            for slot in self.published.slots():
                self._publisher.rebuild(slot)
        finally:
            self._dispatcher.resume()


class _Generation:
    """Implements `Generation`."""

    def __init__(self, dispatcher: Dispatcher, job: Job) -> None:
        self._dispatcher, self._job = dispatcher, job

    def cancel(self, prompt_index: int | None = None) -> None:
        self._dispatcher.cancel(self._job, prompt_index)


def _publisher(learner: TinkerLearner, seed: int) -> Publisher:
    if learner.profile.decays_all:
        return Copies(learner.service, learner.server, learner.rank, seed, learner.probe, learner.unique_name)
    return Snapshots(learner.probe, learner.unique_name)
