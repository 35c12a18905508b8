"""Tensors of a checkpoint in a safetensors file. No pickle."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from spice_trainer.api import BackendError, BackendErrorCode


def save_tensors(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Writes named tensors to a new safetensors file. Use it in the function `fill` of
    `checkpoint_files.write`. Raises OSError, with the error number of the system if safetensors
    gives it: a full disk is then reported as such."""
    # Clones: safetensors refuses tensors that share memory.
    ready = {name: one.detach().cpu().clone().contiguous() for name, one in tensors.items()}
    try:
        save_file(ready, str(path))
    except SafetensorError as failure:
        number = re.search(r"os error (\d+)", str(failure))
        raise OSError(int(number[1]) if number else 0, str(failure)) from failure
    path.chmod(0o644)  # safetensors makes the file private to the user


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Reads what `save_tensors` wrote, to the processor's memory. Raises `BackendError` DATA_LOSS
    (CHECKPOINT_DAMAGED)."""
    try:
        return load_file(str(path))
    except (OSError, SafetensorError) as failure:
        raise BackendError(
            BackendErrorCode.DATA_LOSS,
            "CHECKPOINT_DAMAGED",
            f"the file {path.name} of the checkpoint is damaged: {failure}",
            "load an older checkpoint",
        ) from failure
