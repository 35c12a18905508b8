"""AdamW as training.proto (OptimSpec) writes it, on one array."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from spice_trainer.api import BackendError, BackendErrorCode, OptimResult, OptimSpec

F64 = NDArray[np.float64]


class AdamW:
    """Weights, the accumulated gradient, both moments and the step count. All float64, all of the
    weights' shape."""

    def __init__(self, weights: F64) -> None:
        self.weights = weights
        self.gradient: F64 | None = None
        """None: nothing was accumulated."""
        self.first, self.second = np.zeros_like(weights), np.zeros_like(weights)
        self.step = 0
        """Updates since the base model."""
        self.updates = 0
        """Updates since the moments were empty."""

    def accumulate(self, gradient: F64) -> bool:
        """Add a gradient. One that is not finite is not kept, and False comes back."""
        if not np.isfinite(gradient).all():
            return False
        self.gradient = gradient if self.gradient is None else self.gradient + gradient
        return True

    def update(self, spec: OptimSpec) -> OptimResult:
        """One step; the gradient is then empty. `weights` becomes a new array, so a published one
        never changes.

        Raises `BackendError` FAILED_PRECONDITION (NO_GRADIENT)."""
        began = time.monotonic()
        if self.gradient is None:
            raise BackendError(BackendErrorCode.PRECONDITION, "NO_GRADIENT", "there is no gradient to apply")
        gradient, self.gradient = self.gradient, None
        norm = float(np.sqrt((gradient * gradient).sum()))
        if spec.max_grad_norm is not None and norm > spec.max_grad_norm:
            gradient = gradient * (spec.max_grad_norm / norm)
        if spec.reset_moments:
            self.first, self.second, self.updates = np.zeros_like(gradient), np.zeros_like(gradient), 0
        self.step, self.updates = self.step + 1, self.updates + 1
        self.first = spec.beta1 * self.first + (1 - spec.beta1) * gradient
        self.second = spec.beta2 * self.second + (1 - spec.beta2) * gradient * gradient
        mean = self.first / (1 - spec.beta1**self.updates)
        spread = np.sqrt(self.second / (1 - spec.beta2**self.updates)) + spec.epsilon
        self.weights = self.weights - spec.learning_rate * (mean / spread + spec.weight_decay * self.weights)
        return OptimResult(self.step, norm, skipped=False, seconds=time.monotonic() - began)

    def state(self) -> dict[str, F64]:
        """For a checkpoint: `restore` takes it back."""
        counts = np.array([self.step, self.updates], dtype=np.float64)
        return {"weights": self.weights, "first": self.first, "second": self.second, "counts": counts}

    def restore(self, state: dict[str, F64]) -> None:
        """Take over a saved state; the gradient is discarded."""
        self.weights, self.first, self.second = state["weights"], state["first"], state["second"]
        self.step, self.updates = (int(one) for one in state["counts"])
        self.gradient = None
