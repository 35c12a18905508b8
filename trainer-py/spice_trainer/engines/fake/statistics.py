"""Statistics of a batch by role (toolkit/statistics.py), from what the fake trainer keeps of a sequence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spice_trainer import toolkit
from spice_trainer.api import RoleStats, TrainSequence
from spice_trainer.engines.fake.losses import TokenLoss
from spice_trainer.engines.fake.table import F64


@dataclass(frozen=True)
class TokenRecord:
    """One sequence after its forward pass."""

    sequence: TrainSequence
    current: F64
    entropy: F64
    result: TokenLoss
    normalizer: float


def by_role(records: Sequence[TokenRecord]) -> dict[str, RoleStats]:
    """Key "" is the whole batch."""
    return toolkit.by_role([_plain(one) for one in records])


def _plain(one: TokenRecord) -> toolkit.TokenRecord:
    result = one.result
    return toolkit.TokenRecord(
        one.sequence,
        one.normalizer,
        one.current,
        one.entropy,
        result.loss,
        result.ratio,
        result.clipped_low,
        result.clipped_high,
        result.truncated,
    )
