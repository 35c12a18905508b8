"""Messages between the sidecar and the process of the engine: one JSON object a line, no pickle.

vLLM and torch are not imported here, because both sides use this file, each under its own
interpreter.
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
"""Bytes. A longer line ends the connection, because the peer is broken."""


@dataclass(frozen=True)
class Start:
    """First message to the process of the engine: the model to load."""

    model: str
    """Folder with configuration, tokenizer and safetensors weights."""
    dtype: str
    """`float32` or `bfloat16`."""
    max_context_tokens: int
    max_sequences: int
    kv_cache_gib: float
    gpu_memory_share: float
    tensor_parallel: int
    seed: int
    probe: list[int]
    """Token ids of the weight probe. Their log-probabilities prove which weights are loaded."""
    transfer: str = "file"
    """Transfer of weights in addition to files: `file` (files only), `nccl`, `ipc`."""
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
    """Token ids that end the sample. End-of-sequence ids are included unless the request ignores
    them."""
    stop_strings: list[str]
    do: str = "sample"


@dataclass(frozen=True)
class Abort:
    """Stops samples. Each sample still ends with `finished`."""

    ids: list[str]
    do: str = "abort"


@dataclass(frozen=True)
class Update:
    """Loads weights from a safetensors file between two decode steps. Unfinished samples continue
    with the new weights. The message has all phases of an update, for every transfer."""

    version: int
    path: str
    do: str = "update"


@dataclass(frozen=True)
class Phase:
    """One phase of an update that the learner runs: `init`, `start`, `update`, `finish`. The engine
    answers each phase with its number, and `finish` also with its scores of the weight probe, as
    for an `Update`. Between `start` and `finish` it computes no token."""

    number: int
    phase: str
    version: int
    info: dict[str, Any]
    do: str = "phase"


class Lines:
    """JSON lines over a connected socket. Several threads may call `send` while another thread
    reads."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._reader = connection.makefile("rb")
        self._sending = threading.Lock()

    def send(self, message: Any) -> None:
        """Sends a message dataclass or a plain dict. Raises OSError when the peer has ended."""
        plain = message if isinstance(message, dict) else asdict(message)
        line = json.dumps(plain, separators=(",", ":")).encode() + b"\n"
        with self._sending:  # a long line is sent in parts
            self._connection.sendall(line)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yields messages until the peer closes the connection."""
        while True:
            try:
                line = self._reader.readline(MAX_LINE_BYTES + 1)
            except OSError:
                return
            if not line.endswith(b"\n"):
                return
            yield json.loads(line)

    def close(self) -> None:
        """Ends the connection. The peer reads the end of the stream."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()
