"""The model: a table of logits with one row for each context. A context is the hash of the last two
tokens. Tokens are bytes (0 to 255) and an end token (256).

log p(token | context) = log_softmax(table[context] / temperature)[token]
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from spice_trainer.api import F32, I32, ChatMessage, Prompt
from spice_trainer.toolkit import log_softmax

F64 = NDArray[np.float64]
Table = NDArray[np.float32]

CONTEXTS = 1024
_CONTEXT_BITS = 10
VOCABULARY = 257
END = 256
_MIX = np.uint64(0x9E3779B97F4A7C15)


def initial(seed: int) -> Table:
    """Returns logits of an almost uniform distribution."""
    generator = np.random.Generator(np.random.PCG64(seed))
    return generator.normal(0.0, 0.02, (CONTEXTS, VOCABULARY)).astype(np.float32)


def contexts(prompt: I32, completion: I32) -> NDArray[np.int64]:
    """Returns the row of the table for each completion token."""
    tail = np.concatenate([np.array([END, END], dtype=np.int32), prompt[-2:], completion]).astype(np.uint64)
    here = tail[-len(completion) - 2 :]
    key = here[:-2] * np.uint64(VOCABULARY) + here[1:-1] + np.uint64(1)
    return ((key * _MIX) >> np.uint64(64 - _CONTEXT_BITS)).astype(np.int64)


def context(before: int, last: int) -> int:
    """Returns the row of the table for the token after these two."""
    key = (before * VOCABULARY + last + 1) * int(_MIX)
    return (key & 0xFFFFFFFFFFFFFFFF) >> (64 - _CONTEXT_BITS)


def distributions(table: Table, prompt: I32, completion: I32, temperature: float) -> F64:
    """Returns the log-probabilities of every token at every completion position, (tokens,
    vocabulary)."""
    return log_softmax(table[contexts(prompt, completion)].astype(np.float64) / temperature)


def logprobs(table: Table, prompt: I32, completion: I32, temperature: float) -> F32:
    """Returns the log-probability of every completion token."""
    rows = distributions(table, prompt, completion, temperature)
    return np.take_along_axis(rows, completion.astype(np.int64)[:, None], axis=1)[:, 0].astype(np.float32)


def digest(table: Table) -> str:
    """Returns the SHA-256, hex, over name, shape and bytes."""
    sha = hashlib.sha256(b"table")
    sha.update(np.array(table.shape, dtype="<u4").tobytes())
    sha.update(np.ascontiguousarray(table, dtype="<f4").data)
    return sha.hexdigest()


def encode(text: str) -> I32:
    """Returns the bytes of a text as ids."""
    return np.frombuffer(text.encode(), dtype=np.uint8).astype(np.int32)


def decode(ids: I32) -> str:
    """Returns the text of ids. The end token has no text."""
    return bytes(ids[ids < END].astype(np.uint8)).decode(errors="replace")


def render(prompt: Prompt) -> I32:
    """Returns the ids of a prompt. A chat is rendered as `<role>` lines and ends with
    `<assistant>`."""
    if prompt.token_ids is not None:
        return prompt.token_ids
    if prompt.text is not None:
        return encode(prompt.text)
    return encode("".join(map(_turn, prompt.chat or ())) + "<assistant>\n")


def _turn(message: ChatMessage) -> str:
    return f"<{message.role}>\n{message.content}\n"
