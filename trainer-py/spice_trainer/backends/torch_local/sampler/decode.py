"""Attention of one decode step: every row has one new token."""

from __future__ import annotations

import torch
from torch import Tensor

from spice_trainer.backends.torch_local.attention import softmax_attention
from spice_trainer.backends.torch_local.sampler.geometry import Geometry, round_up
from spice_trainer.backends.torch_local.sampler.prefix import Prefix
from spice_trainer.backends.torch_local.sampler.rows import RowStore

_QUERY_ROWS = 4
"""Rows of one prompt are padded to a multiple of this: with fewer than four query rows the product takes another kernel,
which rounds differently, and a sample would depend on how many of its siblings are still running."""
_OWN_COLUMNS = 32
"""The width of a row's own scores is a multiple of this."""
_PROMPT_COLUMNS = 16
"""Columns before a row's own scores. The first holds the prompt's log-sum-exp, so that one softmax merges both parts; the
others are -inf and keep the vector alignment of the rest."""


class DecodePlan:
    """Each row attends to its prompt (all rows of a prompt at once, over its shared keys) and to its own tokens; the two
    parts are merged exactly."""

    def __init__(self, store: RowStore, geometry: Geometry) -> None:
        self._store = store
        self._geometry = geometry
        self.positions = [len(row.tokens) - 1 for row in store.rows]
        """Storage position of each row's new token."""
        self._width = round_up(max(self.positions) + 1, _OWN_COLUMNS)
        store.reserve(self._width)
        device = geometry.device
        self._index = torch.arange(len(store), device=device)
        self._position = torch.tensor(self.positions, device=device)
        hidden = torch.arange(self._width, device=device) > self._position.unsqueeze(1)
        mask = torch.zeros(hidden.shape, dtype=torch.float32, device=device).masked_fill_(hidden, float("-inf"))
        self._mask = mask[:, None, None]
        shape = (len(store), geometry.kv_heads, geometry.groups, _PROMPT_COLUMNS + self._width)
        self._scores = torch.full(shape, float("-inf"), dtype=torch.float32, device=device)
        self._order, self._inverse, self._spans = self._group()

    def _group(self) -> tuple[Tensor, Tensor, list[tuple[Prefix, int, int]]]:
        """Rows by prompt: `order` lists row places (padding repeats one), `inverse` finds each row in that order."""
        members: dict[int, list[int]] = {}
        prefixes: dict[int, Prefix] = {}
        for place, row in enumerate(self._store.rows):
            prefix = row.job.prefix
            assert prefix is not None
            members.setdefault(id(prefix), []).append(place)
            prefixes[id(prefix)] = prefix
        order: list[int] = []
        inverse = [0] * len(self._store)
        spans: list[tuple[Prefix, int, int]] = []
        for key, places in members.items():
            start = len(order)
            for offset, place in enumerate(places):
                inverse[place] = start + offset
            order.extend(places + [places[0]] * (-len(places) % _QUERY_ROWS))
            spans.append((prefixes[key], start, len(order)))
        device = self._geometry.device
        return torch.tensor(order, device=device), torch.tensor(inverse, device=device), spans

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """See `AttentionPlan.attend`; also stores keys and values."""
        keys, values = self._store.keys[layer], self._store.values[layer]
        keys[self._index, :, self._position] = key.transpose(0, 1)
        values[self._index, :, self._position] = value.transpose(0, 1)
        rows, g = query.shape[1], self._geometry
        own_query = query.transpose(0, 1).unflatten(1, (g.kv_heads, g.groups))  # [R, kv, groups, d]
        prompt_output, prompt_total = self._prompt_part(layer, own_query, scale)
        own_keys, own_values = keys[:rows, :, : self._width], values[:rows, :, : self._width]
        own_scores = torch.matmul(own_query, own_keys.transpose(-1, -2)).float()
        torch.add(self._mask, own_scores, alpha=scale, out=self._scores[..., _PROMPT_COLUMNS:])
        self._scores[..., 0] = prompt_total
        weights = self._scores.softmax(-1).to(value.dtype)
        output = torch.matmul(weights[..., _PROMPT_COLUMNS:], own_values)
        output.addcmul_(prompt_output, weights[..., :1])
        return output.flatten(1, 2)

    def _prompt_part(self, layer: int, query: Tensor, scale: float) -> tuple[Tensor, Tensor]:
        g = self._geometry
        grouped = query[self._order].permute(1, 0, 2, 3).flatten(1, 2)  # [kv, padded rows x groups, d]
        outputs: list[Tensor] = []
        totals: list[Tensor] = []
        for prefix, start, stop in self._spans:
            keys = prefix.keys[layer, :, : prefix.length].unsqueeze(0)
            values = prefix.values[layer, :, : prefix.length].unsqueeze(0)
            part = grouped[:, start * g.groups : stop * g.groups].unsqueeze(0)
            output, total = _over_threads(part, keys, values, scale)
            outputs.append(output)
            totals.append(total)
        output = torch.cat(outputs, 1).unflatten(1, (-1, g.groups)).permute(1, 0, 2, 3)
        total = torch.cat(totals, 1).unflatten(1, (-1, g.groups)).permute(1, 0, 2)
        return output[self._inverse], total[self._inverse]


def _over_threads(query: Tensor, keys: Tensor, values: Tensor, scale: float) -> tuple[Tensor, Tensor]:
    """Attention of one prompt's rows [1, kv, m, d], as ([kv, m, d], [kv, m]).

    The kernel hands out one task a head. Three heads on two threads would leave one of them idle for a third of the
    time, so the rows are then split into as many parts as there are threads.
    """
    rows, threads = query.shape[2], torch.get_num_threads()
    part = rows // threads
    if query.device.type != "cpu" or query.shape[1] % threads == 0 or rows % (_QUERY_ROWS * threads) or part < 8:
        output, total = softmax_attention(query, keys, values, scale)
        return output[0], total[0]
    split = query[0].unflatten(1, (threads, part)).transpose(0, 1)
    shape = (threads, -1, -1, -1)
    output, total = softmax_attention(split, keys.expand(shape), values.expand(shape), scale)
    return output.transpose(0, 1).flatten(1, 2), total.transpose(0, 1).flatten(1, 2)
