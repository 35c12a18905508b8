"""CUDA IPC handles as JSON. The HTTP client of vLLM pickles them; here nothing is pickled.

A handle is the result of `torch.multiprocessing.reductions.reduce_tensor` for a CUDA tensor: the
fifteen arguments of `rebuild_cuda_tensor`. They are numbers and bytes, and classes that are always
the same and are not sent.

Only torch is imported here, inside functions, because both sides use this file, each under its own
interpreter.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

_ARGUMENTS = 15
"""Number of arguments of `rebuild_cuda_tensor`, in torch 2.9 to 2.15."""


def encode(handles: Mapping[str, tuple[Any, ...]]) -> dict[str, dict[str, Any]]:
    """Returns `handles` (the handle of a tensor by the UUID of a GPU) as plain JSON values. Raises
    ValueError for a handle of an unknown form, because no update is better than a wrong update."""
    return {gpu: _encode_one(arguments) for gpu, arguments in handles.items()}


def decode(handles: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """Returns the argument of `encode`. Raises KeyError and ValueError for anything else."""
    return {gpu: _decode_one(fields) for gpu, fields in handles.items()}


def _encode_one(arguments: tuple[Any, ...]) -> dict[str, Any]:
    import torch

    if len(arguments) != _ARGUMENTS:
        raise ValueError(f"a CUDA IPC handle of {len(arguments)} parts; {_ARGUMENTS} are known")
    tensor_class, size, stride, offset, storage_class, dtype, device, memory, length, start, gradient = arguments[:11]
    counter, counter_offset, event, wait = arguments[11:]
    if tensor_class is not torch.Tensor or storage_class is not torch.storage.TypedStorage or gradient:
        raise ValueError(f"a CUDA IPC handle of a {tensor_class.__name__} in a {storage_class.__name__}")
    return {
        "size": list(size),
        "stride": list(stride),
        "offset": int(offset),
        "dtype": str(dtype).removeprefix("torch."),
        "device": int(device),
        "memory": _text(memory),
        "length": int(length),
        "start": int(start),
        "counter": _text(counter),
        "counter_offset": int(counter_offset),
        "event": _text(event),
        "wait": bool(wait),
    }


def _decode_one(fields: Mapping[str, Any]) -> tuple[Any, ...]:
    import torch

    dtype = getattr(torch, fields["dtype"])
    if not isinstance(dtype, torch.dtype):
        raise ValueError(f"{fields['dtype']} is not a number format")
    return (
        torch.Tensor,
        torch.Size(fields["size"]),
        tuple(fields["stride"]),
        fields["offset"],
        torch.storage.TypedStorage,
        dtype,
        fields["device"],
        _bytes(fields["memory"]),
        fields["length"],
        fields["start"],
        False,
        _bytes(fields["counter"]),
        fields["counter_offset"],
        _bytes(fields["event"]),
        fields["wait"],
    )


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(value: str) -> bytes:
    return base64.b64decode(value, validate=True)
