"""All checks, in the order in which they run: importing an area registers its checks."""

from __future__ import annotations

from spice_conformance.check import REGISTRY, Check
from spice_conformance.checks import (
    batches,
    capabilities,
    checkpoints,
    gradients,
    idempotency,
    isolation,
    leases,
    logprobs,
    losses,
    normalization,
    optimizer,
    protocol,
    publish,
    sampling,
    seeds,
    soak,
)

AREAS = (
    "protocol",
    "batches",
    "idempotency",
    "leases",
    "capabilities",
    "normalization",
    "losses",
    "optimizer",
    "nulls",
    "gradients",
    "logprobs",
    "sampling",
    "seeds",
    "publish",
    "checkpoints",
    "isolation",
    "soak",
)
"""In the order in which they run: first what everything else stands on."""

CHECKS: tuple[Check, ...] = tuple(sorted(REGISTRY.values(), key=lambda one: AREAS.index(one.area)))
"""Every check."""

__all__ = [
    "AREAS",
    "CHECKS",
    "batches",
    "capabilities",
    "checkpoints",
    "gradients",
    "idempotency",
    "isolation",
    "leases",
    "logprobs",
    "losses",
    "normalization",
    "optimizer",
    "protocol",
    "publish",
    "sampling",
    "seeds",
    "soak",
]
