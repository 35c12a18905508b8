"""Facts of this machine: device, number format, and a description for the run record."""

from __future__ import annotations

import ctypes
import os
import platform
from typing import Literal

import torch

from spice_trainer.api import BackendError, BackendErrorCode


def pick_device(wanted: str) -> torch.device:
    """Returns the device. `auto` is CUDA when present. A named device that is absent is an error,
    and no other device replaces it."""
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if wanted.startswith("cuda") and not torch.cuda.is_available():
        raise BackendError(
            BackendErrorCode.PRECONDITION,
            "DEVICE_ABSENT",
            "engine.device is cuda, but this process sees no CUDA device",
            "set engine.device to cpu or auto, or check the driver and CUDA_VISIBLE_DEVICES",
        )
    return torch.device(wanted)


def has_native_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 matrix products run in hardware. Without AVX512-BF16 or AMX a processor
    emulates them, hundreds of times slower than float32 (0.3 against 100 GFLOP/s, measured on an
    AVX2 machine)."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if platform.machine() in ("aarch64", "arm64"):
        return False
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def pick_dtype(wanted: Literal["auto", "float32", "bfloat16"], device: torch.device) -> torch.dtype:
    """Returns the number format of the matrix products. An explicit bfloat16 is used even where it
    is slow."""
    if wanted == "auto":
        return torch.bfloat16 if has_native_bfloat16(device) else torch.float32
    return torch.bfloat16 if wanted == "bfloat16" else torch.float32


def describe(device: torch.device) -> str:
    """Returns one line: processor or GPU, cores, and the instruction set that torch uses."""
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)}, CUDA {torch.version.cuda}"
    name = str(torch.cpu.get_capabilities().get("cpu_name", platform.machine()))
    return (
        f"{name}, {os.cpu_count()} cores, {torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}"
    )


def dtype_name(dtype: torch.dtype) -> str:
    """Returns `float32` or `bfloat16`."""
    return str(dtype).removeprefix("torch.")


def peak_memory_bytes(device: torch.device) -> int:
    """Returns the peak memory in bytes: of the device on CUDA, otherwise the resident set of the
    process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if platform.system() == "Darwin" else peak * 1024


def keep_freed_memory() -> None:
    """Configures glibc to keep freed memory of tensors of up to 32 MB. Larger tensors always use
    memory of the system. By default glibc returns most of it immediately, and every 4 kB of the
    next buffer cause a page fault: a tenth of a decode step only for its logits and their
    exponentials. Does nothing on systems without glibc. `return_free_memory` still works."""
    if _LIBC is not None and hasattr(_LIBC, "mallopt"):
        _LIBC.mallopt(_M_MMAP_THRESHOLD, 32 << 20)
        _LIBC.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)


def bound_kernel_caches() -> None:
    """Limits the caches of compiled products to 128 entries instead of 1,024: the cache of oneDNN,
    and the cache that torch has for each thread. The key of both is the shape, and self-play makes
    new shapes for hours: prompts and batches of every length, any number of rows. With 0.3 to 0.7
    MB for each entry, they grew by half a MB a step for more than 1,500 steps of a soak. A pass
    uses about ten shapes repeatedly, and compiling a product again takes a few milliseconds.

    Call it before the first product. Values in the environment are kept.
    """
    for variable in ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY"):
        os.environ.setdefault(variable, "128")


def return_free_memory() -> None:
    """Returns freed heap pages to the system. Otherwise glibc keeps the gigabytes of the
    activations, and the next large allocation adds to them. Does nothing on systems without
    glibc."""
    if _LIBC is not None and hasattr(_LIBC, "malloc_trim"):
        _LIBC.malloc_trim(0)


def _find_libc() -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(None)
    except (OSError, TypeError):
        return None


_LIBC = _find_libc()
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""Options of glibc's malloc.h."""
