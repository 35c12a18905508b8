"""AdamW as defined in training.proto (OptimSpec), on the parameters of a module."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from spice_trainer.api import BackendError, BackendErrorCode, OptimResult, OptimSpec


class AdamW:
    """The optimizer of some named parameters. The accumulator is the `grad` of each parameter, so
    `backward()` fills it. Every setting comes with each update. Moments are float32."""

    def __init__(self, parameters: Mapping[str, nn.Parameter]) -> None:
        """`parameters`: what is trained, by name, float32, in a fixed order. Use
        `dict(model.named_parameters())`: tied weights are in it once."""
        self.parameters = dict(parameters)
        self.first = {name: torch.zeros_like(one) for name, one in self.parameters.items()}
        self.second = {name: torch.zeros_like(one) for name, one in self.parameters.items()}
        self.step = 0
        """Number of updates since the base model."""
        self.updates = 0
        """Number of updates since the moments were reset."""

    def weights(self) -> dict[str, Tensor]:
        """Returns a copy of the weights by name. A published version must be such a copy."""
        return {name: one.detach().clone() for name, one in self.parameters.items()}

    def discard(self) -> None:
        """Empties the accumulator."""
        for one in self.parameters.values():
            one.grad = None

    def update(self, spec: OptimSpec) -> OptimResult:
        """Applies the accumulated gradient in place, and empties the accumulator. A gradient that
        is not finite changes nothing, and the result says `skipped`.

        Raises `BackendError` FAILED_PRECONDITION (NO_GRADIENT).
        """
        began = time.monotonic()
        gradients = {name: one.grad for name, one in self.parameters.items() if one.grad is not None}
        if not gradients:
            raise BackendError(BackendErrorCode.PRECONDITION, "NO_GRADIENT", "there is no gradient to apply")
        norm = math.sqrt(sum(float(one.double().square().sum()) for one in gradients.values()))
        self.discard()
        if not math.isfinite(norm):
            return OptimResult(self.step, math.nan, skipped=True, seconds=time.monotonic() - began)
        limit = spec.max_grad_norm
        scale = limit / norm if limit is not None and norm > limit else 1.0
        if spec.reset_moments:
            self._reset()
        self.step, self.updates = self.step + 1, self.updates + 1
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                self._apply(name, parameter, gradients.get(name), scale, spec)
        return OptimResult(self.step, norm, skipped=False, seconds=time.monotonic() - began)

    def _apply(self, name: str, weight: Tensor, gradient: Tensor | None, scale: float, spec: OptimSpec) -> None:
        """One parameter. A parameter without a gradient has the gradient 0: its moments decay."""
        first, second = self.first[name], self.second[name]
        first.mul_(spec.beta1)
        second.mul_(spec.beta2)
        if gradient is not None:
            scaled = gradient.float() * scale
            first.add_(scaled, alpha=1 - spec.beta1)
            second.addcmul_(scaled, scaled, value=1 - spec.beta2)
        mean = first / (1 - spec.beta1**self.updates)
        spread = (second / (1 - spec.beta2**self.updates)).sqrt_().add_(spec.epsilon)
        weight.mul_(1 - spec.learning_rate * spec.weight_decay)
        weight.addcdiv_(mean, spread, value=-spec.learning_rate)

    def _reset(self) -> None:
        for moments in (self.first, self.second):
            for one in moments.values():
                one.zero_()
        self.updates = 0

    def state(self) -> dict[str, Tensor]:
        """Returns weights, moments and counters for a checkpoint: `weights.NAME`, `first.NAME`,
        `second.NAME`, and `counts` int64 [2]."""
        parts = {"weights": self.parameters, "first": self.first, "second": self.second}
        tensors = {f"{part}.{name}": one.detach() for part, named in parts.items() for name, one in named.items()}
        return {**tensors, "counts": torch.tensor([self.step, self.updates], dtype=torch.int64)}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Restores what `state` returned, in place, and discards gradients.

        Raises `BackendError` FAILED_PRECONDITION (CHECKPOINT_MISMATCH) when the tensors belong to
        another model.
        """
        expected = {name: tuple(one.shape) for name, one in self.state().items()}
        if expected != {name: tuple(one.shape) for name, one in state.items()}:
            raise BackendError(
                BackendErrorCode.PRECONDITION,
                "CHECKPOINT_MISMATCH",
                "the tensors of the checkpoint belong to another model",
                "open the model that the checkpoint was saved with",
            )
        with torch.no_grad():
            for part, named in (("weights", self.parameters), ("first", self.first), ("second", self.second)):
                for name, one in named.items():
                    one.copy_(state[f"{part}.{name}"])
        self.step, self.updates = (int(one) for one in state["counts"])
        self.discard()
