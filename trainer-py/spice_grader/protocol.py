"""Requests and replies: one JSON object a line, of limited size."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

MAX_LINE_BYTES = 16 << 10
"""Bytes of the longest request, line feed included. Answers have at most 512 characters
(src/core/answers/verify.ts)."""
MAX_DETAIL = 200
"""Characters of the detail of a reply."""

Verdict = Literal["correct", "wrong", "unparsable", "error"]


@dataclass(frozen=True)
class Request:
    """One pair. For math-verify the order of gold and answer matters."""

    id: int
    gold: str
    answer: str


@dataclass(frozen=True)
class Reply:
    """`unparsable`: math-verify cannot read one of the two texts, so it has no opinion. `error`: it
    failed on the pair."""

    verdict: Verdict
    detail: str
    ends: bool = False
    """Whether the process ends after this reply."""


class ProtocolError(Exception):
    """A line is not a request: the orchestrator is broken, and the process ends."""


def requests(source: BinaryIO) -> Iterator[Request]:
    """Yields requests until the end of the stream, which means that the orchestrator has ended."""
    while line := source.readline(MAX_LINE_BYTES + 1):
        if len(line) > MAX_LINE_BYTES:
            raise ProtocolError(f"a request is longer than {MAX_LINE_BYTES} bytes")
        if not line.endswith(b"\n"):
            return
        yield _request(line)


def encode(request: Request, reply: Reply) -> bytes:
    """Returns the line that answers `request`."""
    body = {"id": request.id, "verdict": reply.verdict, "detail": reply.detail[:MAX_DETAIL], "ends": reply.ends}
    return json.dumps(body).encode() + b"\n"


def _request(line: bytes) -> Request:
    try:
        match json.loads(line):
            case {"id": int(number), "gold": str(gold), "answer": str(answer)}:
                return Request(number, gold, answer)
            case _:
                raise ProtocolError("a request needs the fields id, gold and answer")
    except ValueError as failed:
        raise ProtocolError(f"a request is not JSON: {failed}") from failed
