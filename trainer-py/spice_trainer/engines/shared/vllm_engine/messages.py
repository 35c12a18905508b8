"""What the sidecar and the engine's process say to each other: one JSON object a line, no pickle.

No import of vLLM or torch here: both sides use this file, each under its own interpreter.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

MAX_LINE_BYTES = 64 << 20
"""A longer line ends the conversation: the peer is broken."""


@dataclass(frozen=True)
class Start:
    """First message to the engine's process: what to load."""

    model: str
    """Folder with config, tokenizer and safetensors weights."""
    dtype: str
    """`float32` or `bfloat16`."""
    max_context_tokens: int
    max_sequences: int
    kv_cache_gib: float
    gpu_memory_share: float
    tensor_parallel: int
    seed: int
    probe: list[int]
    """Token ids of the weight probe: their log-probabilities prove which weights are loaded."""
    transfer: str = "file"
    """How weights arrive besides files: `file` (no other way), `nccl`, `ipc`."""
    do: str = "start"


@dataclass(frozen=True)
class Sample:
    """One sample of one prompt."""

    id: str
    prompt: list[int]
    seed: int
    max_tokens: int
    temperature: float
    top_p: float
    top_k: int
    min_p: float
    stop_token_ids: list[int]
    """End-of-sequence ids included unless they are to be ignored."""
    stop_strings: list[str]
    do: str = "sample"


@dataclass(frozen=True)
class Abort:
    """Stop samples; each still ends with `finished`."""

    ids: list[str]
    do: str = "abort"


@dataclass(frozen=True)
class Update:
    """Load weights from a safetensors file between two decode steps; samples in flight go on with them. All phases of an
    update in one message, whatever the transfer."""

    version: int
    path: str
    do: str = "update"


@dataclass(frozen=True)
class Phase:
    """One phase of an update that the learner drives: `init`, `start`, `update`, `finish`.

    The engine answers each phase with its number, and `finish` also with its scores of the weight probe, as it answers an
    `Update`. It computes no token between `start` and `finish`."""

    number: int
    phase: str
    version: int
    info: dict[str, Any]
    do: str = "phase"


class Lines:
    """JSON lines over a connected socket. `send` may be called from several threads while another one reads."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._reader = connection.makefile("rb")
        self._sending = threading.Lock()

    def send(self, message: Any) -> None:
        """A message dataclass or a plain dict. Raises OSError when the peer is gone."""
        plain = message if isinstance(message, dict) else asdict(message)
        line = json.dumps(plain, separators=(",", ":")).encode() + b"\n"
        with self._sending:  # a long line goes out in parts
            self._connection.sendall(line)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Messages until the peer closes."""
        while True:
            try:
                line = self._reader.readline(MAX_LINE_BYTES + 1)
            except OSError:
                return
            if not line.endswith(b"\n"):
                return
            yield json.loads(line)

    def close(self) -> None:
        """End the conversation: the peer reads its end."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()
