"""What this machine computes well: device, number format, a description for the run record."""

from __future__ import annotations

import ctypes
import os
import platform
from typing import Literal

import torch

from spice_trainer.api import BackendError, BackendErrorCode


def pick_device(wanted: str) -> torch.device:
    """`auto` takes CUDA when present. Asking for an absent device is an error, not a silent
    fall-back."""
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
    """True when bfloat16 matrix products run in hardware. Without AVX512-BF16 or AMX a processor
    emulates them, hundreds of times slower than float32 (0.3 against 100 GFLOP/s measured on an
    AVX2 machine)."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if platform.machine() in ("aarch64", "arm64"):
        return False
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def pick_dtype(wanted: Literal["auto", "float32", "bfloat16"], device: torch.device) -> torch.dtype:
    """The compute format. An explicit bfloat16 is honoured even where it is slow."""
    if wanted == "auto":
        return torch.bfloat16 if has_native_bfloat16(device) else torch.float32
    return torch.bfloat16 if wanted == "bfloat16" else torch.float32


def describe(device: torch.device) -> str:
    """One line: processor or GPU, cores, the instruction set torch uses."""
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)}, CUDA {torch.version.cuda}"
    name = str(torch.cpu.get_capabilities().get("cpu_name", platform.machine()))
    return (
        f"{name}, {os.cpu_count()} cores, {torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}"
    )


def dtype_name(dtype: torch.dtype) -> str:
    """`float32`, `bfloat16`."""
    return str(dtype).removeprefix("torch.")


def peak_memory_bytes(device: torch.device) -> int:
    """Highest memory so far: the device's on CUDA, the process' resident set otherwise."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if platform.system() == "Darwin" else peak * 1024


def keep_freed_memory() -> None:
    """Let glibc keep what tensors of up to 32 MB free (larger ones always come from the system). By
    default most of it goes back at once, and every 4 kB of the next buffer cost a page fault: a
    tenth of a decode step, for its logits and their exponentials alone. Elsewhere this does
    nothing. `return_free_memory` still works."""
    if _LIBC is not None and hasattr(_LIBC, "mallopt"):
        _LIBC.mallopt(_M_MMAP_THRESHOLD, 32 << 20)
        _LIBC.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)


def bound_kernel_caches() -> None:
    """Keep the last 128 compiled products instead of 1,024, in oneDNN's cache and in the one that
    torch has a thread.

    Both are keyed by shape, and self-play makes new shapes for hours: prompts and batches of every
    length, any number of rows. At 0.3 to 0.7 MB each they grew by half a MB a step for more than
    1,500 steps of a soak. A pass uses some ten shapes, over and over, and making one again takes a
    few milliseconds. To be called before the first product; what the environment says already
    stays.
    """
    for variable in ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY"):
        os.environ.setdefault(variable, "128")


def return_free_memory() -> None:
    """Give freed heap pages back to the system. glibc keeps the gigabytes that activations used,
    and the next large allocation then comes on top of them; elsewhere this does nothing."""
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
