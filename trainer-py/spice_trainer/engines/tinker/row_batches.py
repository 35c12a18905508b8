"""Requests of rows to the server: sorted by length, of bounded size, in few different shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from spice_trainer.engines.tinker.service import GradientRow, Row

T = TypeVar("T")
MICRO_BATCHES = 8
"""Micro-batches of a request. More micro-batches take longer to stop; with fewer, each request
costs a round trip of about 0.1 s."""


def chunks(rows: Sequence[T], length: Callable[[T], int], micro: int) -> Iterator[list[int]]:
    """Returns the indices of rows, similar lengths together, because the server pads a request to
    its longest row."""
    order = sorted(range(len(rows)), key=lambda at: length(rows[at]))
    size = micro * MICRO_BATCHES
    for start in range(0, len(order), size):
        yield order[start : start + size]


def filler(count: int, micro: int) -> int:
    """Returns the number of rows to add to `count`, so that the server compiles for few shapes: a
    power of two below a micro-batch, otherwise whole micro-batches."""
    if count >= micro:
        return -count % micro
    return min(micro, 1 << (count - 1).bit_length()) - count


def blank(row: Row) -> Row:
    """Returns the shortest possible row, for filling."""
    return Row(row.prompt[:1], row.completion[:1])


def silent(row: Row) -> GradientRow:
    """Returns a row without gradient. It counts as a sequence where a server takes a mean over
    sequences."""
    zero = np.zeros(1, dtype=np.float32)
    return GradientRow(blank(row), zero, zero)
