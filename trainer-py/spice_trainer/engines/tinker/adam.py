"""AdamW of the contract on a server whose optimizer cannot be reset, and that reports the norm of
the gradient only with an update.

The server stores moments m, v and counts its updates n. Each request has its own betas. This module
stores four more numbers: true first moment = mu * m, true second moment = nu * v, updates since the
moments were reset, and n. Then

- resetting the moments is mu = nu = 0: the next update runs with betas 0, which overwrites m and v;
- a decay beta of the true moment is beta' = r / (1 + r) on the server, with r = beta * mu / (1 -
  beta), and mu becomes (1 - beta) + beta * mu: m' = beta' m + (1 - beta') g, times the new mu, is
  beta * mu * m + (1 - beta) * g;
- the server corrects the bias of its moments by n, and the contract needs the number of updates
  since the reset: rate and epsilon contain the two factors;
- empty moments may also be 1 times the moments of the server: until a reset, updates are then
  unchanged updates of the contract;
- a request for the norm is an update with rate 0 and betas so close to 1 that the moments keep
  their first six digits.

All of it is exact in real numbers. float32 on the server causes errors of about 1e-6 of a step.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from spice_trainer.api import OptimSpec
from spice_trainer.engines.tinker.service import Adam

STILL = 1 - 2**-20
"""A beta whose effect is negligible. It is not nearer to 1, because the server divides by 1 -
beta^n in float32."""

CLIP_EPSILON = 3.0
"""Epsilon that marks a request to clip the accumulated gradient; see `clip_request`. The same value
is in `launch.py`."""


def clip_request(bound: float) -> Adam:
    """Returns a request for a server that `launch.py` started: scale the accumulated gradient down
    to this norm and report the norm before, without an update. On any other server it is an update
    that changes nothing."""
    return Adam(0.0, STILL, STILL, CLIP_EPSILON, bound)


@dataclass
class Moments:
    """Relation between the moments of the server and the true moments; see the docstring of the
    module."""

    mu: float = 0.0
    nu: float = 0.0
    updates: int = 0
    """Number of updates since the moments were reset."""
    server_updates: int = 0
    """Number of updates that the server counted, including requests for the norm."""

    def look(self) -> Adam:
        """Returns an update that changes nothing. It empties the accumulator and reports the
        norm."""
        self.server_updates += 1
        return Adam(0.0, STILL, STILL, 1.0, 0.0)

    def update(self, spec: OptimSpec) -> Adam:
        """Returns the settings of the server for the update of the contract, and sets the numbers
        after it."""
        if spec.reset_moments:
            self.mu = self.nu = 0.0
            self.updates = 0
        self.updates += 1
        self.server_updates += 1
        beta1, self.mu = _decay(spec.beta1, self.mu)
        beta2, self.nu = _decay(spec.beta2, self.nu)
        first, first_server = 1 - spec.beta1**self.updates, 1 - beta1**self.server_updates
        second, second_server = 1 - spec.beta2**self.updates, 1 - beta2**self.server_updates
        # sqrt(true second moment, bias corrected) is `spread` times the value of the server.
        spread = math.sqrt(self.nu * second_server / second)
        rate = spec.learning_rate * self.mu * first_server / (first * spread)
        decay = spec.weight_decay * spec.learning_rate / rate if rate else 0.0
        return Adam(rate, beta1, beta2, spec.epsilon / spread, decay)

    def to_json(self) -> dict[str, Any]:
        """Returns the numbers for a checkpoint."""
        return asdict(self)


def _decay(beta: float, scale: float) -> tuple[float, float]:
    """Returns the beta for the server, and the new factor of its moment."""
    weight = beta * scale / (1 - beta)
    return weight / (1 + weight), (1 - beta) + beta * scale
