"""Samples that continue with new weights after a publish, as in engines that replace weights in
place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

import numpy as np

from spice_trainer.api import F32, I32, SamplingParams
from spice_trainer.engines.fake import drawing
from spice_trainer.engines.fake.drawing import NextToken
from spice_trainer.engines.fake.table import Table

Newest = Callable[[], tuple[int, Table]]
"""The newest version and its weights, at this moment."""


class Crossing:
    """Records the version that made each token of one sample."""

    def __init__(self, newest: Newest) -> None:
        self._newest = newest
        self._made: list[int] = []
        self._weights: dict[int, Table] = {}

    def sampler(self, prompt: I32, params: SamplingParams, generator: np.random.Generator) -> NextToken:
        """Returns a function that samples each token with the weights that are the newest at that
        moment."""

        def draw(so_far: list[int]) -> int:
            version, weights = self._newest()
            self._made.append(version)
            self._weights[version] = weights
            return drawing.sampler(weights, prompt, params, generator)(so_far)

        return draw

    def spans(self) -> tuple[tuple[int, int], ...]:
        """Returns (tokens, version), in order."""
        return tuple((len(list(run)), version) for version, run in groupby(self._made))

    def logprobs(self, under: Callable[[Table], F32]) -> F32:
        """Returns the log-probability of each token under the version that made it. `under` returns
        the log-probabilities of the whole sample under given weights."""
        rows = {version: under(weights) for version, weights in self._weights.items()}
        parts = [rows[version][start : start + tokens] for start, tokens, version in self._placed()]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.float32)

    def _placed(self) -> Iterator[tuple[int, int, int]]:
        start = 0
        for tokens, version in self.spans():
            yield start, tokens, version
            start += tokens
