"""AdamW as defined in training.proto (OptimSpec), on one array."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from spice_trainer.api import BackendError, BackendErrorCode, OptimResult, OptimSpec

F64 = NDArray[np.float64]


class AdamW:
    """Weights, the accumulated gradient, both moments, and the number of updates. All arrays are
    float64 and have the shape of the weights."""

    def __init__(self, weights: F64) -> None:
        self.weights = weights
        self.gradient: F64 | None = None
        """None: the accumulator is empty."""
        self.first, self.second = np.zeros_like(weights), np.zeros_like(weights)
        self.step = 0
        """Number of updates since the base model."""
        self.updates = 0
        """Number of updates since the moments were reset."""

    def accumulate(self, gradient: F64) -> bool:
        """Adds a gradient. Returns False and discards a gradient that is not finite."""
        if not np.isfinite(gradient).all():
            return False
        self.gradient = gradient if self.gradient is None else self.gradient + gradient
        return True

    def update(self, spec: OptimSpec) -> OptimResult:
        """Applies the accumulated gradient and empties the accumulator. `weights` becomes a new
        array, so published arrays never change.

        Raises `BackendError` FAILED_PRECONDITION (NO_GRADIENT).
        """
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
        """Returns the state for a checkpoint; see `restore`."""
        counts = np.array([self.step, self.updates], dtype=np.float64)
        return {"weights": self.weights, "first": self.first, "second": self.second, "counts": counts}

    def restore(self, state: dict[str, F64]) -> None:
        """Restores a saved state and discards the gradient."""
        self.weights, self.first, self.second = state["weights"], state["first"], state["second"]
        self.step, self.updates = (int(one) for one in state["counts"])
        self.gradient = None
