"""Publishes that do not deliver, checkpoints that do not restore."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from mutants.registry import mutant
from spice_trainer.engines.fake import generator, table, trainer
from spice_trainer.engines.fake.learner import Learner
from spice_trainer.engines.fake.trainer import FakeBackend
from spice_trainer.toolkit import checkpoint_files


def _publish_with(weights: Any) -> None:
    """The sampler gets `weights(backend)` instead of the training weights; number and digest are as
    they should be."""
    true = FakeBackend._publish

    def wrong(self: Any) -> Any:
        chosen = weights(self)
        version = true(self)
        if chosen is not None:
            self._writers[version.version] = replace(self._writers[version.version], weights=chosen)
        return version

    FakeBackend._publish = wrong


@mutant("publish.delivers")
def publishes_nothing() -> None:
    """Publish makes a new version of the base model's weights."""
    _publish_with(lambda backend: backend._base)


@mutant("logprobs.agree")
def publishes_late() -> None:
    """Publish delivers the weights of the publish before."""

    def weights(backend: Any) -> Any:
        before = backend.__dict__.get("_late")
        backend.__dict__["_late"] = backend._learner.weights
        return before

    _publish_with(weights)


@mutant("publish.digest")
def has_one_digest() -> None:
    """Every version has the same digest."""
    table.digest = lambda weights: "0" * 64


@mutant("publish.digest")
def never_repeats_a_digest() -> None:
    """Equal weights have different digests."""
    true = table.digest
    count = iter(range(1 << 30))
    table.digest = lambda weights: true(weights + np.float32(next(count)))


@mutant("publish.only_then")
def trains_in_place() -> None:
    """Versions share the training weights, and change with them."""
    true = Learner.optim_step

    def wrong(self: Learner, spec: Any) -> Any:
        shared = self.weights
        result = true(self, spec)
        shared[:] = self.weights
        self.weights = shared
        return result

    Learner.optim_step = wrong


@mutant("publish.pinned")
def ignores_pinned_version() -> None:
    """An exact version is taken for the newest one."""
    true = FakeBackend.submit
    FakeBackend.submit = lambda self, request, sink: true(self, replace(request, policy_version=None), sink)


@mutant("publish.pinned")
def names_wrong_version() -> None:
    """Samples name version 0, whichever made them."""
    true = generator.SampleFinished
    generator.SampleFinished = lambda *values: replace(true(*values), policy_version=0)


@mutant("publish.scored")
def scores_current_as_version() -> None:
    """Scoring under a version uses the training weights."""
    true = FakeBackend.score

    def wrong(self: Any, prompts: Any, sequences: Any, target: Any, *rest: Any) -> Any:
        return true(self, prompts, sequences, target if isinstance(target, str) else "current", *rest)

    FakeBackend.score = wrong


@mutant("isolation.reference")
def moves_reference() -> None:
    """The reference policy is the current one."""
    true = FakeBackend.score

    def wrong(self: Any, prompts: Any, sequences: Any, target: Any, *rest: Any) -> Any:
        return true(self, prompts, sequences, "current" if target == "reference" else target, *rest)

    FakeBackend.score = wrong


@mutant("checkpoints.moments")
def saves_no_moments() -> None:
    """A checkpoint holds weights and step, but empty moments."""
    true = trainer.storage.write

    def wrong(path: Any, tensors: Any) -> None:
        empty = {name: np.zeros_like(tensors[name]) for name in ("first", "second")}
        true(path, {**tensors, **empty})

    trainer.storage.write = wrong


@mutant("checkpoints.resume")
def keeps_step_on_load() -> None:
    """Load restores weights and leaves the step counter."""
    true = FakeBackend.load

    def wrong(self: Any, directory: Any) -> Any:
        step = self._learner.step
        info = true(self, directory)
        self._learner.step = step
        return info

    FakeBackend.load = wrong


@mutant("checkpoints.publishes_nothing")
def publishes_on_load() -> None:
    """Load activates the loaded weights at once."""
    true = FakeBackend.load

    def wrong(self: Any, directory: Any) -> Any:
        info = true(self, directory)
        self._publish()
        return info

    FakeBackend.load = wrong


@mutant("checkpoints.damaged")
def loads_damaged_files() -> None:
    """Hashes are not compared when a checkpoint is loaded."""
    checkpoint_files.verify = checkpoint_files.read
