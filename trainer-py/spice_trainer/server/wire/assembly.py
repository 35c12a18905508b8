"""Assembles a stream of column chunks and checks every rule of columns.proto."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import grpc
import numpy as np

from spice_trainer.server.wire import columns, pb
from spice_trainer.server.wire.columns import Column
from spice_trainer.server.wire.errors import ServiceError, invalid

MAX_CHUNK_BYTES = 4 << 20
_PARTS: tuple[pb.ColumnChunkPartCase, ...] = ("data", "offsets")


@dataclass(frozen=True)
class Shape:
    """The rules of the contract for a column: element type, ragged or flat, and number of elements
    of a row unit."""

    dtype: pb.DtypeName
    ragged: bool
    trailing: tuple[int, ...] = ()

    @property
    def unit(self) -> int:
        return int(np.prod(self.trailing, dtype=np.int64)) if self.trailing else 1


_PER_TOKEN = Shape("float32", ragged=True)
_BY_NAME: dict[pb.ColumnName, Shape] = {
    "prompt_ids": Shape("int32", ragged=True),
    "prompt_ref": Shape("uint32", ragged=False),
    "completion_ids": Shape("int32", ragged=True),
    "weights": _PER_TOKEN,
    "advantages": _PER_TOKEN,
    "behaviour_logprobs": _PER_TOKEN,
    "old_logprobs": _PER_TOKEN,
    "reference_logprobs": _PER_TOKEN,
    "logprob_gradients": _PER_TOKEN,
    "temperature": Shape("float32", ragged=False),
    "role": Shape("uint32", ragged=False),
    "group_id": Shape("uint8", ragged=True),
    "sample_id": Shape("uint8", ragged=True),
    "version_spans": Shape("uint32", ragged=True, trailing=(2,)),
    "logprobs": _PER_TOKEN,
}
SHAPES = {pb.enum_number("Column", name): shape for name, shape in _BY_NAME.items()}


class Assembly:
    """Receives the columns of one stream. The memory is bounded by the declarations of the start
    message."""

    def __init__(
        self, declarations: Iterable[pb.ColumnDeclaration], allowed: Iterable[pb.ColumnName], max_bytes: int
    ) -> None:
        """`allowed`: the columns that the verb accepts. Raises ServiceError for a bad or too large
        declaration."""
        self._declared: dict[pb.Column, pb.ColumnDeclaration] = {}
        self._parts: dict[tuple[pb.Column, pb.ColumnChunkPartCase], bytearray] = {}
        accepted = {pb.enum_number("Column", name) for name in allowed}
        total = 0
        for one in declarations:
            _check_declaration(one, accepted)
            if one.column in self._declared:
                raise invalid("COLUMN_TWICE", f"column {_name(one.column)} is declared twice")
            self._declared[one.column] = one
            total += one.data_bytes + (4 * (one.rows + 1) if one.ragged else 0)
        if total > max_bytes:
            raise ServiceError(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                "BATCH_TOO_LARGE",
                f"the batch has {total} bytes; this trainer takes at most {max_bytes}",
                "split it: several ForwardBackward and one OptimStep give the same step",
                facts={"limit_bytes": str(max_bytes)},
            )
        self.declared_bytes = total

    def add(self, chunk: pb.ColumnChunk) -> None:
        """Appends one ColumnChunk."""
        declared = self._declared.get(chunk.column)
        part = chunk.WhichOneof("part")
        if declared is None or part is None:
            raise invalid("CHUNK_UNDECLARED", f"a chunk names column {_name(chunk.column)}, which was not declared")
        piece = chunk.data if part == "data" else chunk.offsets
        if len(piece) > MAX_CHUNK_BYTES:
            raise invalid("CHUNK_TOO_LARGE", f"a chunk has {len(piece)} bytes; at most {MAX_CHUNK_BYTES}")
        buffer = self._parts.setdefault((chunk.column, part), bytearray())
        if len(buffer) + len(piece) > _declared_bytes(declared, part):
            raise invalid("CHUNK_OVERFLOW", f"column {_name(chunk.column)} got more {part} bytes than declared")
        buffer += piece

    def finish(self, end: pb.BatchEnd) -> dict[pb.Column, Column]:
        """Returns all columns, verified against declarations, counts and digest."""
        done = {number: self._column(number, one) for number, one in self._declared.items()}
        if columns.digest(done) != end.digest:
            raise ServiceError(
                grpc.StatusCode.DATA_LOSS,
                "BATCH_DIGEST",
                "the batch digest does not match the bytes received",
                "the bytes changed on the way, or the two sides disagree about columns.proto: stop and look",
            )
        return done

    def _column(self, number: pb.Column, declared: pb.ColumnDeclaration) -> Column:
        shape = SHAPES[number]
        raw: dict[pb.ColumnChunkPartCase, bytearray] = {
            part: self._parts.get((number, part), bytearray()) for part in _PARTS
        }
        for part, buffer in raw.items():
            if len(buffer) != _declared_bytes(declared, part):
                raise invalid(
                    "COLUMN_SIZE", f"column {_name(number)}: {len(buffer)} {part} bytes came, not as declared"
                )
        data = columns.decode(raw["data"], declared.dtype)
        if data.dtype.kind == "f" and not np.isfinite(data).all():
            raise invalid("NOT_FINITE", f"column {_name(number)} has a NaN or infinite value")
        if not shape.ragged:
            if len(data) != declared.rows * shape.unit:
                raise invalid("COLUMN_ROWS", f"column {_name(number)}: {len(data)} elements for {declared.rows} rows")
            return Column(data, None)
        offsets = columns.decode(raw["offsets"], pb.enum_number("Dtype", "uint32"))
        ordered = bool((offsets[1:] >= offsets[:-1]).all())
        if offsets[0] != 0 or not ordered or int(offsets[-1]) * shape.unit != len(data):
            raise invalid("OFFSETS", f"column {_name(number)}: offsets must rise from 0 to the element count")
        return Column(data, offsets)


def _check_declaration(one: pb.ColumnDeclaration, accepted: set[pb.Column]) -> None:
    shape = SHAPES.get(one.column)
    if shape is None:
        raise invalid("COLUMN_UNKNOWN", f"column number {one.column} is unknown")
    if one.column not in accepted:
        raise invalid("COLUMN_UNEXPECTED", f"column {_name(one.column)} has no meaning here")
    if one.dtype != pb.enum_number("Dtype", shape.dtype):
        raise invalid("COLUMN_DTYPE", f"column {_name(one.column)} must be {shape.dtype}")
    if one.ragged != shape.ragged or tuple(one.trailing_shape) != shape.trailing:
        form = "ragged" if shape.ragged else "flat"
        raise invalid(
            "COLUMN_SHAPE", f"column {_name(one.column)} must be {form}, element shape {list(shape.trailing)}"
        )


def _declared_bytes(declared: pb.ColumnDeclaration, part: pb.ColumnChunkPartCase) -> int:
    if part == "data":
        return declared.data_bytes
    return 4 * (declared.rows + 1) if declared.ragged else 0


def _name(number: int) -> str:
    return (pb.enum_name("Column", number) or str(number)).upper()
