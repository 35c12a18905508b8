"""Wrong updates and a leaking accumulator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mutants.registry import mutant
from spice_trainer.api import OptimSpec
from spice_trainer.engines.fake.learner import Learner
from spice_trainer.server.session.engine import Engine


def _change_settings(change: Callable[[OptimSpec], OptimSpec]) -> None:
    """Take every step with other settings than asked for."""
    true = Learner.optim_step
    Learner.optim_step = lambda self, spec: true(self, change(spec))


@mutant("optimizer.max_grad_norm")
def ignores_norm_clip() -> None:
    """max_grad_norm is ignored."""
    _change_settings(lambda spec: replace(spec, max_grad_norm=None))


@mutant("nulls.zero_rate")
def ignores_rate() -> None:
    """The learning rate is always 0.01."""
    _change_settings(lambda spec: replace(spec, learning_rate=0.01))


@mutant("optimizer.learning_rate")
def caps_rate() -> None:
    """Rates above 0 are all the same."""
    _change_settings(lambda spec: replace(spec, learning_rate=0.1 if spec.learning_rate > 0 else 0.0))


@mutant("optimizer.beta1")
def ignores_beta1() -> None:
    """beta1 is always 0.9."""
    _change_settings(lambda spec: replace(spec, beta1=0.9))


@mutant("optimizer.beta2")
def ignores_beta2() -> None:
    """beta2 is always 0.95."""
    _change_settings(lambda spec: replace(spec, beta2=0.95))


@mutant("nulls.zero_advantage")
def always_decays() -> None:
    """Weights decay whether asked to or not."""
    _change_settings(lambda spec: replace(spec, weight_decay=0.01))


@mutant("optimizer.weight_decay")
def never_decays() -> None:
    """weight_decay is ignored."""
    _change_settings(lambda spec: replace(spec, weight_decay=0.0))


@mutant("optimizer.reset_moments")
def remembers_moments() -> None:
    """reset_moments is ignored."""
    _change_settings(lambda spec: replace(spec, reset_moments=False))


@mutant("gradients.accumulate")
def keeps_used_gradient() -> None:
    """An update leaves its gradient in the accumulator."""
    true = Learner.optim_step

    def wrong(self: Learner, spec: OptimSpec) -> Any:
        kept = self.gradient.copy()
        result = true(self, spec)
        self.gradient = kept
        return result

    Learner.optim_step = wrong


@mutant("gradients.accumulate")
def replaces_gradient() -> None:
    """A second ForwardBackward replaces the first one's gradient."""
    true = Learner.forward_backward

    def wrong(self: Learner, *rest: Any) -> Any:
        self.gradient[:] = 0
        return true(self, *rest)

    Learner.forward_backward = wrong


@mutant("gradients.discard")
def discards_nothing() -> None:
    """DiscardGradients answers and leaves the gradient where it is."""
    Learner.discard = lambda self: None


@mutant("gradients.cancelled")
def never_asks_to_stop() -> None:
    """Training never asks whether it must stop."""
    true = Learner.forward_backward

    class Deaf:
        def __init__(self, progress: Any) -> None:
            self.progress = progress.progress

        def cancelled(self) -> bool:
            return False

    def wrong(self: Learner, *rest: Any) -> Any:
        *others, progress, settings = rest
        return true(self, *others, Deaf(progress), settings)

    Learner.forward_backward = wrong


@mutant("isolation.gradients")
def leaks_gradients() -> None:
    """A new session inherits the older one's gradient, though nothing tells so."""
    true = Engine.open

    async def wrong(self: Engine, spec: Any, progress: Any) -> Any:
        discard = self.discard

        async def forget() -> None:
            self.has_gradients = self.poisoned = False

        self.discard = forget
        try:
            return await true(self, spec, progress)
        finally:
            self.discard = discard

    Engine.open = wrong
