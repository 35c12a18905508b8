"""Sampling of tokens: filters, stops, and the text of the ids."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from spice_trainer.api import F32, I32, FinishReason, SamplingParams
from spice_trainer.engines.fake import table
from spice_trainer.engines.fake.table import F64, Table

NextToken = Callable[[list[int]], int]
"""From the ids so far to the next id."""


def sampler(
    weights: Table,
    prompt: I32,
    params: SamplingParams,
    generator: np.random.Generator,
    cumulative_rows: dict[int, F64] | None = None,
) -> NextToken:
    """Returns a function that samples tokens from the model with one uniform random number for each
    token; greedy at temperature 0. `cumulative_rows` keeps the chances of rows that were used, for
    more samples with the same weights and parameters."""
    rows: dict[int, F64] = {} if cumulative_rows is None else cumulative_rows
    first: list[int] = [table.END, table.END, *prompt[-2:].tolist()]

    def draw(so_far: list[int]) -> int:
        row = table.context(*(first + so_far[-2:])[-2:])
        if params.temperature == 0:
            return int(weights[row].argmax())
        if row not in rows:
            rows[row] = np.cumsum(np.exp(processed(weights[row].astype(np.float64), params)))
        cumulative = rows[row]
        return min(int(np.searchsorted(cumulative, generator.random() * cumulative[-1], "right")), table.END)

    return draw


def given(ids: list[int]) -> NextToken:
    """Returns a function that writes these ids, then the end token."""
    return lambda so_far: ids[len(so_far)] if len(so_far) < len(ids) else table.END


def processed(logits: F64, params: SamplingParams) -> F64:
    """Returns the log-probabilities after temperature, top-k, top-p and min-p; -inf for filtered
    tokens."""
    logs = table.log_softmax(logits / (params.temperature or 1.0))
    order = np.argsort(-logs, kind="stable")
    chance = np.exp(logs[order])
    keep = np.ones(len(order), dtype=bool)
    if params.top_k:
        keep[params.top_k :] = False
    if params.top_p < 1:
        share = np.where(keep, chance, 0.0)
        keep &= np.cumsum(share) - share < params.top_p * share.sum()
    if params.min_p:
        keep &= chance >= params.min_p * chance[0]
    out = np.full_like(logs, -np.inf)
    out[order[keep]] = logs[order[keep]] - np.log(chance[keep].sum())
    return out


def processed_logprobs(weights: Table, prompt: I32, ids: I32, params: SamplingParams) -> F32:
    """Returns the log-probability of each id under the filtered distribution."""
    rows = weights[table.contexts(prompt, ids)].astype(np.float64)
    return np.array([processed(row, params)[token] for row, token in zip(rows, ids, strict=True)], dtype=np.float32)


def until_stopped(
    next_token: NextToken, params: SamplingParams, limit: int, stopped: Callable[[], bool]
) -> tuple[I32, FinishReason]:
    """Generates tokens until a stop id, a stop text, the limit or cancellation. Returns the ids and
    the reason of the end."""
    ids: list[int] = []
    stops = set(params.stop_token_ids) | (set() if params.ignore_eos else {table.END})
    longest = max((len(one.encode()) for one in params.stop_strings), default=0)
    reason = FinishReason.LENGTH
    while len(ids) < limit:
        if stopped():
            reason = FinishReason.ABORTED
            break
        ids.append(next_token(ids))
        if ids[-1] in stops:
            reason = FinishReason.STOP_TOKEN
            break
        tail = bytes(one for one in ids[-longest:] if one < table.END) if longest else b""
        if any(tail.endswith(one.encode()) for one in params.stop_strings):
            reason = FinishReason.STOP_STRING
            break
    return np.array(ids, dtype=np.int32), reason


def text_of(ids: I32, params: SamplingParams, reason: FinishReason) -> str:
    """Returns the decoded text, without the stop text that ended it."""
    text = table.decode(ids)
    return params.before_stop(text) if reason is FinishReason.STOP_STRING else text
