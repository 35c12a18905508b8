"""Checkpoint files of the fake trainer, in the safetensors format, without its library."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DTYPES = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8")}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}


def write(path: Path, tensors: Mapping[str, NDArray[Any]]) -> None:
    """Writes the length of the header (8 bytes), the JSON header and the tensors."""
    header: dict[str, object] = {}
    position = 0
    for name, tensor in tensors.items():
        dtype = _NAMES[tensor.dtype.newbyteorder("<")]
        end = position + tensor.nbytes
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [position, end]}
        position = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for tensor in tensors.values():
            file.write(np.ascontiguousarray(tensor).data)


def read(path: Path) -> dict[str, NDArray[Any]]:
    """Returns the tensors by name."""
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:start])
    return {
        name: np.frombuffer(
            raw[start + entry["data_offsets"][0] : start + entry["data_offsets"][1]], dtype=_DTYPES[entry["dtype"]]
        )
        .reshape(entry["shape"])
        .copy()
        for name, entry in header.items()
    }
