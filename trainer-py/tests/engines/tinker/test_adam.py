"""AdamW through a server whose moments cannot be reset: equal to the contract's, whatever is asked in between."""

from __future__ import annotations

import numpy as np
import pytest

from spice_trainer.api import OptimSpec
from spice_trainer.engines.tinker.adam import STILL, Moments
from spice_trainer.engines.tinker.service import F64, Adam

RATE, DECAY = 1e-2, 0.3


class Reference:
    """training.proto, OptimSpec, in float64."""

    def __init__(self, weights: F64) -> None:
        self.weights = weights.copy()
        self.first, self.second, self.updates = np.zeros_like(weights), np.zeros_like(weights), 0

    def step(self, spec: OptimSpec, gradient: F64) -> None:
        if spec.reset_moments:
            self.first, self.second, self.updates = 0 * self.first, 0 * self.second, 0
        self.updates += 1
        self.first = spec.beta1 * self.first + (1 - spec.beta1) * gradient
        self.second = spec.beta2 * self.second + (1 - spec.beta2) * gradient**2
        mean = self.first / (1 - spec.beta1**self.updates)
        spread = np.sqrt(self.second / (1 - spec.beta2**self.updates)) + spec.epsilon
        self.weights -= spec.learning_rate * (mean / spread + spec.weight_decay * self.weights)


class Server:
    """optax.adamw with settings of each call and a count that only grows."""

    def __init__(self, weights: F64) -> None:
        self.weights = weights.copy()
        self.first, self.second, self.updates = np.zeros_like(weights), np.zeros_like(weights), 0

    def step(self, adam: Adam, gradient: F64) -> None:
        self.updates += 1
        self.first = adam.beta1 * self.first + (1 - adam.beta1) * gradient
        self.second = adam.beta2 * self.second + (1 - adam.beta2) * gradient**2
        mean = self.first / (1 - adam.beta1**self.updates)
        spread = np.sqrt(self.second / (1 - adam.beta2**self.updates)) + adam.epsilon
        self.weights -= adam.learning_rate * (mean / spread + adam.weight_decay * self.weights)


SPECS = [
    OptimSpec(RATE, 0.9, 0.95),
    OptimSpec(RATE, 0.9, 0.95, weight_decay=DECAY),
    OptimSpec(2 * RATE, 0.9, 0.999, epsilon=1e-3),
    OptimSpec(RATE, 0.5, 0.95, reset_moments=True),
    OptimSpec(0.0, 0.9, 0.95),
    OptimSpec(RATE, 0.0, 0.0, epsilon=10.0),
    OptimSpec(RATE, 0.9, 0.95),
    OptimSpec(RATE, 0.9, 0.95, reset_moments=True),
    OptimSpec(RATE, 0.9, 0.95),
]


@pytest.mark.parametrize("looks", [0, 1])
def test_every_update_is_the_contracts_whatever_the_server_counted(looks: int) -> None:
    source = np.random.default_rng(1)
    start = source.normal(size=7)
    reference, server, moments = Reference(start), Server(start), Moments()
    for spec in SPECS:
        gradient = source.normal(size=7)
        for _ in range(looks):
            server.step(moments.look(), gradient)
        reference.step(spec, gradient)
        server.step(moments.update(spec), gradient)
        np.testing.assert_allclose(server.weights, reference.weights, rtol=0, atol=2e-6 if looks else 1e-13)
    assert server.updates == moments.server_updates


def test_a_look_moves_no_weight_and_hardly_a_moment() -> None:
    server, moments = Server(np.ones(3)), Moments()
    server.step(moments.update(OptimSpec(RATE)), np.ones(3))
    weights, first = server.weights.copy(), server.first.copy()
    server.step(moments.look(), np.full(3, 5.0))
    assert (server.weights == weights).all()
    np.testing.assert_allclose(server.first, first, rtol=1e-5)


def test_betas_stay_below_one_where_the_server_computes_in_float32() -> None:
    assert np.float32(STILL) < 1
    assert np.float32(1) - np.float32(STILL) ** np.float32(1) > 0


def test_moments_survive_json() -> None:
    moments = Moments()
    moments.update(OptimSpec(RATE))
    assert Moments(**moments.to_json()) == moments
