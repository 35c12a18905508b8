"""The end of a sample, and its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from spice_trainer.api import FinishReason, SamplingParams
from spice_trainer.engines.tinker.service import Drawn


@dataclass(frozen=True)
class End:
    """The first `tokens` of the sampled ids belong to the sample."""

    tokens: int
    text: str
    reason: FinishReason


def finish(
    drawn: Drawn, params: SamplingParams, stop_ids: tuple[int, ...], room: int, decode: Callable[[list[int]], str]
) -> End:
    """Cuts the sample of the server. The server may return more tokens than requested, and this
    trainer cannot use its stop strings: the server accepts ids or strings, and the ids are needed
    for the end of sequence."""
    limit = min(params.max_tokens, room)
    ids = [int(one) for one in drawn.token_ids[:limit]]
    stops = set(stop_ids)
    at = next((index for index, token in enumerate(ids) if token in stops), None)
    if at is not None:
        ids = ids[: at + 1]
    text = decode(ids)
    shown = params.before_stop(text)
    if len(shown) < len(text):
        return End(_shortest(ids, params, decode), shown, FinishReason.STOP_STRING)
    if at is not None:
        return End(len(ids), text, FinishReason.STOP_TOKEN)
    return End(len(ids), text, FinishReason.CONTEXT if room < params.max_tokens else FinishReason.LENGTH)


def _shortest(ids: list[int], params: SamplingParams, decode: Callable[[list[int]], str]) -> int:
    """Returns the smallest number of ids whose text has a stop string, by bisection: longer ids
    have it too."""
    low, high = 1, len(ids)
    while low < high:
        middle = (low + high) // 2
        text = decode(ids[:middle])
        if params.before_stop(text) == text:
            low = middle + 1
        else:
            high = middle
    return low
