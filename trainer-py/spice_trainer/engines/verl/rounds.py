"""Deal sequences out to workers: rounds of one micro-batch a worker, all of the same number of
rows.

FSDP's collectives need every worker in every pass, so a round that sequences do not fill is filled
up with rows that count for nothing (`FILLER`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FILLER = -1
"""Stands for a row of weight 0."""
FILLER_TOKENS = 2
"""A prompt token and a completion token."""


@dataclass(frozen=True)
class Round:
    """One micro-batch of every worker."""

    rows: tuple[tuple[int, ...], ...]
    """For each worker the indexes of its sequences, or `FILLER`; all of one length, 1 or more."""

    @property
    def flat(self) -> list[int]:
        """All workers' rows, in the order in which verl deals a batch out."""
        return [index for worker in self.rows for index in worker]


def plan_rounds(lengths: Mapping[int, int], workers: int, budget: int) -> list[Round]:
    """`lengths` maps a sequence's index to its tokens, prompt included. A micro-batch's rows are
    padded to its longest; rows times that length stay within `budget`, unless one row alone is
    longer.

    Long sequences first and neighbours together, so that little is padded and workers wait little
    for each other.
    """
    order = sorted(lengths, key=lambda index: (-lengths[index], index))
    rounds: list[Round] = []
    at = 0
    while at < len(order):
        fitting = max(1, budget // lengths[order[at]])
        rows = min(fitting, -(-(len(order) - at) // workers))
        taken = order[at : at + rows * workers]
        at += len(taken)
        dealt = [taken[worker::workers] for worker in range(workers)]
        rounds.append(Round(tuple((*mine, *[FILLER] * (rows - len(mine))) for mine in dealt)))
    return rounds


def computed_tokens(rounds: list[Round], lengths: Mapping[int, int]) -> int:
    """Positions that all workers compute, padding included."""
    known = {**lengths, FILLER: FILLER_TOKENS}
    return sum(len(worker) * max(known[index] for index in worker) for one in rounds for worker in one.rows)
