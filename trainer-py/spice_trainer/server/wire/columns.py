"""Columns: typed little-endian byte strings with row offsets (columns.proto), as NumPy arrays. An
array is a view of the received bytes if their alignment allows it, otherwise a copy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spice_trainer.server.wire import pb
from spice_trainer.server.wire.errors import invalid

DTYPES: Mapping[pb.Dtype, np.dtype[np.generic]] = {
    pb.enum_number("Dtype", "int32"): np.dtype("<i4"),
    pb.enum_number("Dtype", "uint32"): np.dtype("<u4"),
    pb.enum_number("Dtype", "float32"): np.dtype("<f4"),
    pb.enum_number("Dtype", "uint8"): np.dtype("u1"),
}
CHUNK_BYTES = 1 << 20
_NUMBERS = {dtype: number for number, dtype in DTYPES.items()}
_OFFSET = np.dtype("<u4")

Array = NDArray[Any]


@dataclass(frozen=True)
class Column:
    """A column. `data` has all elements. `offsets` has rows + 1 entries, or is None when every row
    is one element."""

    data: Array
    offsets: NDArray[np.uint32] | None

    @property
    def rows(self) -> int:
        return len(self.data) if self.offsets is None else len(self.offsets) - 1

    def row(self, index: int) -> Array:
        """Returns the elements of one row of a ragged column."""
        if self.offsets is None:
            raise TypeError("a flat column has no ragged rows")
        return self.data[self.offsets[index] : self.offsets[index + 1]]

    def split(self) -> list[Array]:
        """Returns all rows of a ragged column, as views."""
        return [self.row(index) for index in range(self.rows)]


def from_rows(rows: Sequence[Array], dtype: pb.DtypeName) -> Column:
    """Makes a ragged column from one-dimensional arrays."""
    lengths = np.array([0, *(len(row) for row in rows)], dtype=np.uint64)
    offsets = np.cumsum(lengths)
    if offsets[-1] > np.iinfo(np.uint32).max:
        raise invalid("COLUMN_TOO_LONG", f"a column has {int(offsets[-1])} elements; at most 2^32 - 1 fit")
    kind = np.dtype(dtype).newbyteorder("<")
    data = np.concatenate([np.asarray(row, dtype=kind) for row in rows]) if rows else np.empty(0, dtype=kind)
    return Column(data, offsets.astype(_OFFSET))


def decode(data: bytes | bytearray, dtype: pb.Dtype) -> Array:
    """Returns the elements of a byte string. Raises ServiceError when its length is not a whole
    number of elements."""
    kind = DTYPES[dtype]
    if len(data) % kind.itemsize:
        raise invalid("COLUMN_SIZE", f"{len(data)} bytes are not a whole number of {kind.name} elements")
    array = np.frombuffer(data, dtype=kind)
    return array if array.flags.aligned else array.copy()


def decode_ids(data: bytes) -> NDArray[np.int32]:
    """Returns the token ids of a `bytes` field."""
    return decode(data, pb.enum_number("Dtype", "int32"))


def to_ragged(column: Column) -> pb.Ragged:
    """Returns a ragged column as one message."""
    offsets = b"" if column.offsets is None else column.offsets.tobytes()
    return pb.Ragged(dtype=_dtype_number(column.data), data=column.data.tobytes(), offsets=offsets)


def declaration(number: pb.Column, column: Column, trailing: Sequence[int] = ()) -> pb.ColumnDeclaration:
    """Declares a column that is sent later."""
    return pb.ColumnDeclaration(
        column=number,
        dtype=_dtype_number(column.data),
        rows=column.rows,
        data_bytes=column.data.nbytes,
        ragged=column.offsets is not None,
        trailing_shape=trailing,
    )


def chunks(number: pb.Column, column: Column, size: int = CHUNK_BYTES) -> Iterator[pb.ColumnChunk]:
    """Yields the parts of a column in order, offsets first."""
    if column.offsets is not None:
        raw = column.offsets.tobytes()
        for start in range(0, len(raw), size):
            yield pb.ColumnChunk(column=number, offsets=raw[start : start + size])
    raw = np.ascontiguousarray(column.data).view(np.uint8).data
    for start in range(0, len(raw), size):
        yield pb.ColumnChunk(column=number, data=bytes(raw[start : start + size]))


def digest(columns: Mapping[pb.Column, Column]) -> bytes:
    """Returns the batch digest as defined in columns.proto (BatchEnd.digest)."""
    sha = hashlib.sha256()
    for number in sorted(columns):
        column = columns[number]
        offsets = b"" if column.offsets is None else np.ascontiguousarray(column.offsets).view(np.uint8).data
        data = np.ascontiguousarray(column.data).view(np.uint8).data
        sha.update(np.array([number, _dtype_number(column.data)], dtype="<u4").tobytes())
        sha.update(len(offsets).to_bytes(8, "little"))
        sha.update(offsets)
        sha.update(len(data).to_bytes(8, "little"))
        sha.update(data)
    return sha.digest()


def _dtype_number(array: Array) -> pb.Dtype:
    return _NUMBERS[array.dtype.newbyteorder("<") if array.dtype.itemsize > 1 else array.dtype]
