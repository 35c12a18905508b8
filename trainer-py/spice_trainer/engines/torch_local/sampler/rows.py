"""Samples in flight, and the keys and values of the tokens they have generated."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from spice_trainer.engines.shared.torch_model.geometry import Geometry, round_up
from spice_trainer.engines.torch_local.sampler.job import PromptJob

_PLACES, _WIDTH, _FIRST_WIDTH = 16, 32, 64
"""Storage holds multiples of this many rows and positions, and at first so many positions; then the width doubles."""


@dataclass
class Row:
    """One sample being generated. Its last token is sampled but not yet run through the model."""

    job: PromptJob
    index: int
    limit: int
    """Tokens after which it must end: `max_tokens`, or fewer where the context ends."""
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)


class RowStore:
    """Rows 0..count-1 are active and contiguous: a finished row's place is taken by the last one.

    Storage is [layers, capacity, kv_heads, positions, head_dim]; position p of a row holds its p-th generated token.
    """

    def __init__(self, geometry: Geometry, capacity: int) -> None:
        self._geometry = geometry
        self.capacity = capacity
        self.rows: list[Row] = []
        self.keys = self._allocate(0, 0)
        self.values = self._allocate(0, 0)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def free(self) -> int:
        return self.capacity - len(self.rows)

    def add(self, row: Row) -> None:
        self.rows.append(row)

    def remove(self, place: int) -> Row:
        """Take a row out and move the last row into its place."""
        gone, last = self.rows[place], self.rows.pop()
        if gone is not last:
            stored, source = len(last.tokens) - 1, len(self.rows)  # the newest token is not in storage yet
            if stored > 0:
                self.keys[:, place, :, :stored] = self.keys[:, source, :, :stored]
                self.values[:, place, :, :stored] = self.values[:, source, :, :stored]
            self.rows[place] = last
        return gone

    def reserve(self, positions: int) -> None:
        """Make room for all rows and `positions` generated tokens; keeps what is stored."""
        places, width = self.keys.shape[1], self.keys.shape[3]
        if len(self.rows) <= places and positions <= width:
            return
        if len(self.rows) > places:
            places = round_up(len(self.rows), _PLACES)
        if positions > width:
            ceiling = max(positions, *(row.limit for row in self.rows))
            width = round_up(min(ceiling, max(positions, 2 * width, _FIRST_WIDTH)), _WIDTH)
        keys, values = self._allocate(places, width), self._allocate(places, width)
        old = self.keys.shape
        if self.keys.numel():
            keys[:, : old[1], :, : old[3]] = self.keys
            values[:, : old[1], :, : old[3]] = self.values
        self.keys, self.values = keys, values

    def reset(self) -> None:
        """Free the storage; only when no row is active."""
        assert not self.rows
        self.keys = self._allocate(0, 0)
        self.values = self._allocate(0, 0)

    def _allocate(self, places: int, width: int) -> Tensor:
        g = self._geometry
        return torch.zeros((g.layers, places, g.kv_heads, width, g.head_dim), dtype=g.dtype, device=g.device)
