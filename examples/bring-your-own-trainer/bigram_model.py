"""A very small language model: the logits of the next byte, given the last byte.

Put your own model in the place of this file. `bigram_trainer.py` calls the methods of `BigramModel`
and the functions below.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from spice_trainer import api, toolkit
from spice_trainer.api import I32

F64 = NDArray[np.float64]
END = 256
"""The token that ends a text. The tokens before it are the 256 bytes."""
VOCABULARY = 257


class BigramModel:
    """The weights are a table: row t has the logits of the token that follows token t."""

    def initial_weights(self, seed: int) -> F64:
        """Weights of the base model. Shape: (VOCABULARY, VOCABULARY)."""
        return np.random.default_rng(seed).normal(size=(VOCABULARY, VOCABULARY))

    def next_logits(self, weights: F64, prompt: I32, completion: Sequence[int]) -> F64:
        """Logits of the token after the completion so far. Shape: (VOCABULARY,)."""
        return weights[completion[-1] if completion else prompt[-1]]

    def logits(self, weights: F64, prompt: I32, completion: I32) -> F64:
        """Logits of each token of a completion. Shape: (tokens, VOCABULARY)."""
        return weights[self._previous(prompt, completion)]

    def gradient(self, prompt: I32, completion: I32, by_logits: F64) -> F64:
        """Gradient by the weights. `by_logits` is the gradient by the result of `logits`."""
        gradient = np.zeros((VOCABULARY, VOCABULARY))
        np.add.at(gradient, self._previous(prompt, completion), by_logits)
        return gradient

    def _previous(self, prompt: I32, completion: I32) -> I32:
        """The token before each token of the completion. Shape: (tokens,)."""
        return np.concatenate([prompt[-1:], completion[:-1]])


def differentiate(
    logits: F64, sequence: api.TrainSequence, loss: api.LossSpec, normalizer: float
) -> tuple[toolkit.TokenRecord, F64]:
    """Token losses of a sequence, and the gradient by `logits` of its part of the total loss.

    A token's loss is -advantage x log p(token) - entropy coefficient x entropy of p. The total loss
    is the sum over all tokens of weight x token loss / normalizer.
    """
    chosen = (np.arange(len(sequence.completion_ids)), sequence.completion_ids)
    log_p = toolkit.log_softmax(logits / sequence.temperature)
    p = np.exp(log_p)
    entropy = -(p * log_p).sum(axis=1)
    if isinstance(loss, api.CrossEntropyLoss):
        advantages, coefficient = np.ones(len(logits)), 0.0
    else:
        advantages, coefficient = sequence.advantages, loss.entropy_coefficient
    losses = -advantages * log_p[chosen] - coefficient * entropy
    slope = p * (advantages[:, None] + coefficient * (log_p + entropy[:, None]))
    slope[chosen] -= advantages
    scale = sequence.weights / normalizer / sequence.temperature
    record = toolkit.TokenRecord(sequence, normalizer, log_p[chosen], entropy, losses)
    return record, slope * scale[:, None]


def encode(text: str, end: bool = False) -> I32:
    """The bytes of a text, and the end token if `end`."""
    return np.array([*text.encode(), *([END] if end else [])], dtype=np.int32)


def decode(tokens: Sequence[int]) -> str:
    """The text of some tokens. Bytes that are not UTF-8 become a replacement character."""
    return bytes(token for token in tokens if token != END).decode(errors="replace")
