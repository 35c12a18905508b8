"""Attention of prompt tokens: tiles of several prompts packed into one forward pass."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from spice_trainer.engines.shared.torch_model.attention import softmax_attention
from spice_trainer.engines.shared.torch_model.geometry import TILE
from spice_trainer.engines.torch_local.sampler.prefix import Prefix


@dataclass(frozen=True)
class Tile:
    """Positions `start`..`stop` of a prompt. `start` is a multiple of `TILE`. The tile is whole, or
    it is the last tile of the prompt."""

    prefix: Prefix
    start: int
    stop: int


def next_tiles(prefix: Prefix, budget: int) -> list[Tile]:
    """Returns the tiles to compute next: at least one tile, and no more tiles after `budget`
    tokens."""
    tiles: list[Tile] = []
    done = prefix.done
    while done < prefix.length and budget > 0:
        stop = min(done + TILE, prefix.length)
        tiles.append(Tile(prefix, done, stop))
        budget -= TILE
        done = stop
    return tiles


class PrefillPlan:
    """Attention plan of one prefill pass. Each tile attends to its own prompt up to itself, in
    shapes that depend on its position only."""

    def __init__(self, tiles: list[Tile], dtype: torch.dtype, device: torch.device) -> None:
        self._tiles = tiles
        self._masks = {tile.start: _mask(tile.start, dtype, device) for tile in tiles}

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Computes attention, see `AttentionPlan.attend`. Also stores keys and values."""
        at = 0
        # All tiles are stored before any tile attends, because a prompt may have several tiles in
        # the pass.
        for tile in self._tiles:
            size = tile.stop - tile.start
            tile.prefix.keys[layer, :, tile.start : tile.stop] = key[:, at : at + size]
            tile.prefix.values[layer, :, tile.start : tile.stop] = value[:, at : at + size]
            at += size
        outputs: list[Tensor] = []
        at = 0
        for tile in self._tiles:
            size = tile.stop - tile.start
            rows = query[:, at : at + size]
            if size < TILE:
                rows = functional.pad(rows, (0, 0, 0, TILE - size))
            end = tile.start + TILE
            keys = tile.prefix.keys[layer, :, :end].unsqueeze(0)
            values = tile.prefix.values[layer, :, :end].unsqueeze(0)
            output, _ = softmax_attention(rows.unsqueeze(0), keys, values, scale, mask=self._masks[tile.start])
            outputs.append(output[0, :, :size].transpose(0, 1))
            at += size
        return torch.cat(outputs)


def _mask(start: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    columns = torch.arange(start + TILE, device=device)
    hidden = columns.unsqueeze(0) > (start + torch.arange(TILE, device=device)).unsqueeze(1)
    return torch.zeros(hidden.shape, dtype=dtype, device=device).masked_fill_(hidden, float("-inf"))[None, None]
