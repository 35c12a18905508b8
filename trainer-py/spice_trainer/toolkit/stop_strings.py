"""Whether a sample has just written a stop string."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_TAIL_TOKENS = 16
"""Tokens that are decoded to look for a stop string; more when a stop string is longer."""


def ends_with_stop(ids: Sequence[int], stop_strings: Sequence[str], decode: Callable[[list[int]], str]) -> bool:
    """True when the text of the last tokens has a stop string. Ask after every token: then the last
    token is the one that completed the stop string. `SamplingParams.before_stop` cuts the text.

    `decode` turns ids into text, special tokens removed. A token has at least one byte of text, or
    none at all.
    """
    if not stop_strings:
        return False
    # A stop string of c characters spans at most 4c tokens (pieces of UTF-8), all at the end.
    window = max(_TAIL_TOKENS, 4 * max(map(len, stop_strings)))
    tail = decode(list(ids[-window:]))
    return any(stop in tail for stop in stop_strings)
