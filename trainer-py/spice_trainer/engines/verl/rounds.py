"""Distributes sequences to workers: rounds of one micro-batch for each worker, all with the same
number of rows.

The collectives of FSDP need every worker in every pass. So a round with too few sequences is filled
with rows of weight 0 (`FILLER`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FILLER = -1
"""Placeholder of a row of weight 0."""
FILLER_TOKENS = 2
"""Tokens of such a row: a prompt token and a completion token."""


@dataclass(frozen=True)
class Round:
    """One micro-batch of every worker."""

    rows: tuple[tuple[int, ...], ...]
    """For each worker the indices of its sequences, or `FILLER`. All have one length, 1 or more."""

    @property
    def flat(self) -> list[int]:
        """Returns the rows of all workers, in the order in which verl distributes a batch."""
        return [index for worker in self.rows for index in worker]


def plan_rounds(lengths: Mapping[int, int], workers: int, budget: int) -> list[Round]:
    """Plans the rounds. `lengths`: number of tokens, prompt included, by index of the sequence. The
    rows of a micro-batch are padded to its longest row. Rows times this length is at most `budget`,
    unless one row alone is longer. Long sequences come first and sequences of similar length
    together, so that there is little padding and workers wait little for each other."""
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
    """Returns the number of positions that all workers compute, padding included."""
    known = {**lengths, FILLER: FILLER_TOKENS}
    return sum(len(worker) * max(known[index] for index in worker) for one in rounds for worker in one.rows)
