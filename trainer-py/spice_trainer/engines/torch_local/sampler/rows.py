"""Running samples, and the keys and values of their generated tokens."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from spice_trainer.engines.shared.torch_model.geometry import Geometry, round_up
from spice_trainer.engines.torch_local.sampler.job import PromptJob

_PLACES, _WIDTH, _FIRST_WIDTH = 16, 32, 64
"""Storage has multiples of this many rows and positions. The third number is the first number of
positions; later the width doubles."""


@dataclass
class Row:
    """A running sample. Its last token is sampled and not yet computed by the model."""

    job: PromptJob
    index: int
    limit: int
    """Number of tokens after which it must end: `max_tokens`, or fewer when the context ends
    earlier."""
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)


class RowStore:
    """Rows 0..count-1 are active and contiguous: the last row replaces a finished row. Storage is
    [layers, capacity, kv_heads, positions, head_dim]. Position p of a row has its p-th generated
    token."""

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
        """Removes a row and moves the last row into its place."""
        gone, last = self.rows[place], self.rows.pop()
        if gone is not last:
            # The newest token is not in storage yet.
            stored, source = len(last.tokens) - 1, len(self.rows)
            if stored > 0:
                self.keys[:, place, :, :stored] = self.keys[:, source, :, :stored]
                self.values[:, place, :, :stored] = self.values[:, source, :, :stored]
            self.rows[place] = last
        return gone

    def reserve(self, positions: int) -> None:
        """Allocates storage for all rows and `positions` generated tokens, and keeps the stored
        data."""
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
        """Frees the storage. Only when no row is active."""
        assert not self.rows
        self.keys = self._allocate(0, 0)
        self.values = self._allocate(0, 0)

    def _allocate(self, places: int, width: int) -> Tensor:
        g = self._geometry
        return torch.zeros((g.layers, places, g.kv_heads, width, g.head_dim), dtype=g.dtype, device=g.device)
