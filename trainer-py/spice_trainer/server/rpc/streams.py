"""Reads a stream of columns: chunks, then the end (columns.proto)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractContextManager
from typing import TypeAlias, TypeVar

from spice_trainer.api import ModelInfo
from spice_trainer.server.limits import MAX_BATCH_BYTES
from spice_trainer.server.wire import pb
from spice_trainer.server.wire.assembly import Assembly
from spice_trainer.server.wire.batch import Batch
from spice_trainer.server.wire.errors import invalid

ColumnRequest: TypeAlias = "pb.ForwardBackwardRequest | pb.TrainStepRequest | pb.ComputeLogprobsRequest"
"""A message of a stream of columns: start, chunk or end."""
Opening = TypeVar("Opening", bound=ColumnRequest)


async def first(requests: AsyncIterator[Opening]) -> Opening:
    """Returns the start message of a stream of columns. Raises INVALID_ARGUMENT when the first
    message is another message or is missing."""
    async for request in requests:
        if request.WhichOneof("part") == "start":
            return request
        break
    raise invalid("STREAM", "the first message must be start")


async def read_batch(
    declarations: Iterable[pb.ColumnDeclaration],
    requests: AsyncIterator[ColumnRequest],
    allowed: Iterable[pb.ColumnName],
    model: ModelInfo,
    receiving: Callable[[int], AbstractContextManager[None]],
) -> Batch:
    """Returns the batch that follows a start message, with verified counts and digest. Raises
    ServiceError. `receiving` reserves this many bytes while they arrive."""
    assembly = Assembly(declarations, allowed, MAX_BATCH_BYTES)
    with receiving(assembly.declared_bytes):
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
