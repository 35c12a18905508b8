"""CUDA IPC handles as JSON. vLLM's own HTTP client pickles them; here nothing is pickled.

A handle is what `torch.multiprocessing.reductions.reduce_tensor` makes of a CUDA tensor: the
fifteen arguments of `rebuild_cuda_tensor`. Fourteen of them are numbers and bytes; the classes
among them are always the same two and are not sent. Only torch is imported here, and by functions:
both sides use this file, each under its own interpreter.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

_ARGUMENTS = 15
"""Of `rebuild_cuda_tensor`, in torch 2.9 to 2.15."""


def encode(handles: Mapping[str, tuple[Any, ...]]) -> dict[str, dict[str, Any]]:
    """`handles` (a GPU's UUID to a tensor's handle) as plain JSON values. Raises ValueError for a
    handle of another form than this version knows: better no update than a wrong one."""
    return {gpu: _encode_one(arguments) for gpu, arguments in handles.items()}


def decode(handles: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """What `encode` was given. Raises KeyError and ValueError for anything else."""
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
