"""Reading a stream of columns: chunks, then the end (columns.proto)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

from spice_trainer.backend import ModelInfo
from spice_trainer.wire.assembly import Assembly
from spice_trainer.wire.batch import Batch
from spice_trainer.wire.errors import invalid


async def read_batch(
    declarations: Iterable[Any],
    requests: AsyncIterator[Any],
    allowed: Iterable[str],
    max_bytes: int,
    model: ModelInfo,
) -> Batch:
    """The batch that follows a start message, with counts and digest verified. Raises ServiceError."""
    assembly = Assembly(declarations, allowed, max_bytes)
    async for request in requests:
        part = request.WhichOneof("part")
        if part == "chunk":
            assembly.add(request.chunk)
        elif part == "end":
            batch = Batch(assembly.finish(request.end), model)
            batch.check_counts(request.end, batch.texts())
            return batch
        else:
            raise invalid("STREAM", "after start come chunks and one end, nothing else")
    raise invalid("STREAM", "the stream stopped before its end message")
