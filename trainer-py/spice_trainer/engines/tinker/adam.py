"""AdamW of the contract on a server whose optimiser cannot be reset, and that gives the gradient's
norm only with an update.

The server keeps moments m, v and counts its updates n; each request brings its own betas. We keep
four numbers of our own: true first moment = mu * m, true second moment = nu * v, updates since they
were empty, and n. Then

- forgetting the moments is mu = nu = 0: the next update runs with betas 0, which overwrites m and
  v;
- a decay beta of the true moment is beta' = r / (1 + r) on the server, r = beta * mu / (1 - beta),
  and mu becomes (1 - beta) + beta * mu: m' = beta' m + (1 - beta') g, times the new mu, is beta *
  mu * m + (1 - beta) * g;
- the server corrects its moments' bias by n, we want it by our own count: rate and epsilon absorb
  the two factors;
- empty moments may as well be called 1 times the server's: updates are then the contract's as they
  stand, until a reset;
- a look at the norm is an update with rate 0 and betas so close to 1 that the moments keep their
  first six digits.

All of it is exact in real numbers; float32 on the server leaves errors of about 1e-6 of a step.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from spice_trainer.api import OptimSpec
from spice_trainer.engines.tinker.service import Adam

STILL = 1 - 2**-20
"""A beta that changes nothing to speak of. Not nearer to 1: the server divides by 1 - beta^n in
float32."""

CLIP_EPSILON = 3.0
"""Marks a request to clip what is accumulated; see `clip_request`. As in `launch.py`."""


def clip_request(bound: float) -> Adam:
    """To a server that `launch.py` started: scale the accumulated gradient down to this norm and
    tell the norm it had, without an update. To any other: an update that moves nothing."""
    return Adam(0.0, STILL, STILL, CLIP_EPSILON, bound)


@dataclass
class Moments:
    """What the server's moments mean; see the module docstring."""

    mu: float = 0.0
    nu: float = 0.0
    updates: int = 0
    """Updates since the moments were empty."""
    server_updates: int = 0
    """Updates the server counted, looks included."""

    def look(self) -> Adam:
        """An update that moves nothing: it empties the accumulator and tells the norm."""
        self.server_updates += 1
        return Adam(0.0, STILL, STILL, 1.0, 0.0)

    def update(self, spec: OptimSpec) -> Adam:
        """The server's settings for the contract's update, and our numbers after it."""
        if spec.reset_moments:
            self.mu = self.nu = 0.0
            self.updates = 0
        self.updates += 1
        self.server_updates += 1
        beta1, self.mu = _decay(spec.beta1, self.mu)
        beta2, self.nu = _decay(spec.beta2, self.nu)
        first, first_server = 1 - spec.beta1**self.updates, 1 - beta1**self.server_updates
        second, second_server = 1 - spec.beta2**self.updates, 1 - beta2**self.server_updates
        # sqrt(true second moment, bias corrected) is `spread` times the server's.
        spread = math.sqrt(self.nu * second_server / second)
        rate = spec.learning_rate * self.mu * first_server / (first * spread)
        decay = spec.weight_decay * spec.learning_rate / rate if rate else 0.0
        return Adam(rate, beta1, beta2, spec.epsilon / spread, decay)

    def to_json(self) -> dict[str, Any]:
        """For checkpoints."""
        return asdict(self)


def _decay(beta: float, scale: float) -> tuple[float, float]:
    """The server's beta, and the new factor of its moment."""
    weight = beta * scale / (1 - beta)
    return weight / (1 + weight), (1 - beta) + beta * scale
