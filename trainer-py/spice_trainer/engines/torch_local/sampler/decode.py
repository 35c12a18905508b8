"""Attention of one decode step, in which every row has one new token."""

from __future__ import annotations

import torch
from torch import Tensor

from spice_trainer.engines.shared.torch_model.attention import softmax_attention
from spice_trainer.engines.shared.torch_model.geometry import Geometry, round_up
from spice_trainer.engines.torch_local.sampler.prefix import Prefix
from spice_trainer.engines.torch_local.sampler.rows import RowStore

_QUERY_ROWS = 4
"""The rows of a prompt are padded to a multiple of this number. With fewer than four query rows the
product uses another kernel, which rounds differently. A sample would then depend on the number of
running samples of the same prompt."""
_OWN_COLUMNS = 32
"""The width of the scores of a row is a multiple of this number."""
_PROMPT_COLUMNS = 16
"""Number of columns before the scores of a row. The first column has the log-sum-exp of the prompt,
so that one softmax merges both parts. The others are -inf and keep the vector alignment of the
rest."""


class DecodePlan:
    """Each row attends to its prompt (all rows of a prompt at once, over its shared keys) and to
    its own tokens. The two parts are merged exactly."""

    def __init__(self, store: RowStore, geometry: Geometry) -> None:
        self._store = store
        self._geometry = geometry
        self.positions = [len(row.tokens) - 1 for row in store.rows]
        """Position in storage of the new token of each row."""
        self._width = round_up(max(self.positions) + 1, _OWN_COLUMNS)
        store.reserve(self._width)
        device = geometry.device
        position = torch.tensor(self.positions, device=device).unsqueeze(1)
        head = torch.arange(len(store) * geometry.kv_heads, device=device).view(len(store), -1)
        self._places = (head * store.keys.shape[3] + position).flatten()
        """Place of the new keys and values of each row, in the storage of a layer as [places x
        heads x positions, head_dim]."""
        hidden = torch.arange(self._width, device=device) > position
        mask = torch.zeros(hidden.shape, dtype=torch.float32, device=device).masked_fill_(hidden, float("-inf"))
        self._mask = mask[:, None, None]
        shape = (len(store), geometry.kv_heads, geometry.groups, _PROMPT_COLUMNS + self._width)
        self._scores = torch.full(shape, float("-inf"), dtype=torch.float32, device=device)
        self._order, self._inverse, self._spans = self._group()

    def _group(self) -> tuple[Tensor | None, Tensor, list[tuple[Prefix, int, int]]]:
        """Groups rows by prompt. `order` lists row places (padding repeats a place; None: unchanged
        order). `inverse` gives the place of each row in this order."""
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
        as_they_are = order == list(range(len(self._store)))
        return None if as_they_are else torch.tensor(order, device=device), torch.tensor(inverse, device=device), spans

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Computes attention, see `AttentionPlan.attend`. Also stores keys and values."""
        keys, values = self._store.keys[layer], self._store.values[layer]
        keys.flatten(0, 2).index_copy_(0, self._places, key.transpose(0, 1).flatten(0, 1))
        values.flatten(0, 2).index_copy_(0, self._places, value.transpose(0, 1).flatten(0, 1))
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
        if self._order is not None:
            query = query[self._order]
        # [1, kv, padded rows x groups, d].
        grouped = query.permute(1, 0, 2, 3).flatten(1, 2).unsqueeze(0)
        parts = [
            softmax_attention(grouped[:, :, start * g.groups : stop * g.groups], *prefix.shared(layer), scale)
            for prefix, start, stop in self._spans
        ]
        output = torch.cat([output for output, _ in parts], 2)[0].unflatten(1, (-1, g.groups)).permute(1, 0, 2, 3)
        total = torch.cat([total for _, total in parts], 2)[0].unflatten(1, (-1, g.groups)).permute(1, 0, 2)
        return (output, total) if self._order is None else (output[self._inverse], total[self._inverse])
