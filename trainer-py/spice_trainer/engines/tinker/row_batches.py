"""How rows go to the server: sorted by length, in requests of bounded size, in few different shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from spice_trainer.engines.tinker.service import GradientRow, Row

T = TypeVar("T")
MICRO_BATCHES = 8
"""Of a request. A longer one takes longer to stop, a shorter one costs a round trip of about 0.1 s each."""


def chunks(rows: Sequence[T], length: Callable[[T], int], micro: int) -> Iterator[list[int]]:
    """Positions of rows, similar lengths together: the server pads a request to its longest row."""
    order = sorted(range(len(rows)), key=lambda at: length(rows[at]))
    size = micro * MICRO_BATCHES
    for start in range(0, len(order), size):
        yield order[start : start + size]


def filler(count: int, micro: int) -> int:
    """Rows to add to `count`, so that the server compiles for few shapes: a power of two below a micro-batch, else whole
    micro-batches."""
    if count >= micro:
        return -count % micro
    return min(micro, 1 << (count - 1).bit_length()) - count


def blank(row: Row) -> Row:
    """The shortest row there is, for filling up."""
    return Row(row.prompt[:1], row.completion[:1])


def silent(row: Row) -> GradientRow:
    """A row without gradient. It counts as a sequence where a server takes a mean over them."""
    zero = np.zeros(1, dtype=np.float32)
    return GradientRow(blank(row), zero, zero)
