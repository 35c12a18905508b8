"""The sampler half of the trainer `torch`: published versions in this process, sampled by `BatchEngine`."""

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
from spice_trainer.engines.shared.engine_settings import pick
from spice_trainer.engines.shared.parts import Opening
from spice_trainer.engines.shared.torch_learner import TorchLearner
from spice_trainer.engines.torch_local.policy_weights import Versions
from spice_trainer.engines.torch_local.sampler.engine import Engine
from spice_trainer.engines.torch_local.sampler.finish import Finisher
from spice_trainer.engines.torch_local.sampler.job import RequestJob
from spice_trainer.engines.torch_local.sampler_settings import LocalSamplerSettings


class LocalSampler:
    """Implements `parts.Sampler`."""

    def __init__(self, opening: Opening, learner: TorchLearner) -> None:
        settings = pick(LocalSamplerSettings, opening.settings)
        self._learner = learner
        self.policy_weights = Versions(learner.copy_weights, learner.base_weights, settings.keep_versions)
        self.engine = Engine(
            learner.inference,
            learner.inference_lock,
            Finisher(opening.text.decode),
            settings.max_batch_rows,
            settings.prefill_tokens,
            opening.spec.max_context_tokens,
            settings.prefix_cache_mb << 20,
            settings.threads,
        )
        opening.resources.callback(self.engine.close)

    def submit(
        self,
        request: SampleRequest,
        prompt_ids: tuple[I32, ...],
        stop_ids: tuple[int, ...],
        sink: Callable[[SampleEvent], None],
    ) -> Generation:
        weights = self.policy_weights.acquire(request.policy_version)
        job = RequestJob(request, prompt_ids, weights.info.version, weights.get, sink, frozenset(stop_ids))
        self.engine.submit(job)
        return _Generation(self.engine, job)

    def score(
        self,
        version: int,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        weights = self.policy_weights.acquire(version).get()
        return self._learner.score_weights(weights, prompts, sequences, temperature, progress)

    def publish(self) -> PolicyVersion:
        info = self._learner.describe(self.policy_weights.next_version)
        released = self.policy_weights.publish(info)
        for version in (*released, *(one.version for one in self.policy_weights.list() if one.version != info.version)):
            self.engine.forget(version)
        return info

    def versions(self) -> list[PolicyVersion]:
        return self.policy_weights.list()

    def release(self, version: int) -> None:
        self.policy_weights.release(version)
        self.engine.forget(version)

    @contextmanager
    def keep_versions(self, update: OptimSpec | None) -> Generator[None]:
        self.policy_weights.freeze()
        yield


class _Generation:
    """Implements `Generation`."""

    def __init__(self, engine: Engine, job: RequestJob) -> None:
        self._engine, self._job = engine, job

    def cancel(self, prompt_index: int | None = None) -> None:
        self._engine.cancel(self._job, prompt_index)
