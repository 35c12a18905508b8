"""Checkpoints of the torch backend: weights, moments and generator, in a folder of `checkpoint_files`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from spice_trainer import checkpoint_files
from spice_trainer.backend import BackendError, BackendErrorCode, CheckpointInfo

_WEIGHTS, _MOMENTS, _RNG = "weights.safetensors", "optimizer.safetensors", "rng.json"


@dataclass(frozen=True)
class State:
    """What a checkpoint holds."""

    weights: dict[str, Tensor]
    """Trainable tensors, float32, by name."""
    moments: dict[str, Tensor]
    """AdamW moments; empty before the first step."""
    step: int
    rng: Tensor
    """torch's generator state, uint8."""
    identity: Mapping[str, str]
    """What must agree with the session that loads it: model fingerprint, kind, adapter rank."""
    metadata: Mapping[str, str]
    """The caller's own, kept as given."""


def save(directory: Path, state: State) -> CheckpointInfo:
    """Write a checkpoint that is complete or absent. Raises what `checkpoint_files.write` raises."""

    def fill(folder: Path) -> None:
        for name, tensors in ((_WEIGHTS, state.weights), (_MOMENTS, state.moments)):
            _write({key: value.detach().contiguous().cpu() for key, value in tensors.items()}, folder / name)
        (folder / _RNG).write_text(json.dumps({"torch": bytes(state.rng.tolist()).hex()}) + "\n")

    return checkpoint_files.write(directory, state.step, state.metadata, fill, state.identity)


def _write(tensors: dict[str, Tensor], path: Path) -> None:
    """Raises OSError, with the system's number where safetensors tells it."""
    try:
        save_file(tensors, str(path))
    except SafetensorError as failure:
        number = re.search(r"os error (\d+)", str(failure))
        raise OSError(int(number[1]) if number else 0, str(failure)) from failure
    path.chmod(0o644)  # safetensors makes it private; whoever may read the run may read this


def load(directory: Path, identity: Mapping[str, str]) -> tuple[State, CheckpointInfo]:
    """Read and verify. Raises NOT_FOUND (CHECKPOINT_UNKNOWN), DATA_LOSS (CHECKPOINT_DAMAGED) or FAILED_PRECONDITION
    (CHECKPOINT_MISMATCH: made for another model or adapter)."""
    manifest = checkpoint_files.verify(directory)
    for key, value in identity.items():
        found = manifest.identity.get(key)
        if found != value:
            raise BackendError(
                BackendErrorCode.PRECONDITION,
                "CHECKPOINT_MISMATCH",
                f"checkpoint {directory.name} does not fit this session: its {key} is {found}, this session's is {value}",
                "open the session with the model and adapter the checkpoint was made with",
            )
    try:
        weights = load_file(str(directory / _WEIGHTS))
        moments = load_file(str(directory / _MOMENTS))
        generator = bytes.fromhex(json.loads((directory / _RNG).read_text())["torch"])
    except (OSError, ValueError, KeyError, SafetensorError) as failure:
        raise BackendError(
            BackendErrorCode.DATA_LOSS,
            "CHECKPOINT_DAMAGED",
            f"checkpoint {directory.name} is damaged: {failure}",
            "load an older checkpoint",
        ) from failure
    rng = torch.tensor(list(generator), dtype=torch.uint8)
    state = State(weights, moments, manifest.step, rng, manifest.identity, manifest.metadata)
    return state, CheckpointInfo(str(directory), manifest.step, manifest.digest, manifest.bytes)
