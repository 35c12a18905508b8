"""Checkpoints of the torch backend: weights, moments and generator, in a folder of
`checkpoint_files`."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from spice_trainer.api import BackendError, BackendErrorCode, CheckpointInfo
from spice_trainer.toolkit import checkpoint_files

_WEIGHTS, _MOMENTS, _RNG = "weights.safetensors", "optimizer.safetensors", "rng.json"


@dataclass(frozen=True)
class State:
    """Content of a checkpoint."""

    weights: dict[str, Tensor]
    """Trainable tensors, float32, by name."""
    moments: dict[str, Tensor]
    """AdamW moments; empty before the first step."""
    step: int
    rng: Tensor
    """State of the generator of torch, uint8."""
    identity: Mapping[str, str]
    """Values that must be equal in the session that loads the checkpoint: model fingerprint, kind,
    adapter rank."""
    metadata: Mapping[str, str]
    """Metadata of the caller, unchanged."""


def identity(model: str, kind: str, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, str]:
    """Returns `State.identity`: the fingerprint of the model, `full` or `adapter`, and the
    trainable tensors in their order."""
    tensors = "".join(f"{name}{shape}" for name, shape in shapes.items())
    return {"model": model, "kind": kind, "tensors": hashlib.sha256(tensors.encode()).hexdigest()}


def save(directory: Path, state: State) -> CheckpointInfo:
    """Writes a checkpoint, which is complete or absent. Raises the errors of
    `checkpoint_files.write`."""

    def fill(folder: Path) -> None:
        write_files(folder, state.weights, state.moments, state.rng)

    return checkpoint_files.write(directory, state.step, state.metadata, fill, state.identity)


def write_files(folder: Path, weights: Mapping[str, Tensor], moments: Mapping[str, Tensor], rng: Tensor) -> None:
    """Writes the files of a checkpoint, without its manifest. Raises OSError."""
    for name, tensors in ((_WEIGHTS, weights), (_MOMENTS, moments)):
        write_tensors({key: value.detach().contiguous().cpu() for key, value in tensors.items()}, folder / name)
    (folder / _RNG).write_text(json.dumps({"torch": bytes(rng.tolist()).hex()}) + "\n")


def write_tensors(tensors: dict[str, Tensor], path: Path) -> None:
    """Writes a safetensors file. Raises OSError, with the error number of the system if safetensors
    gives it."""
    try:
        save_file(tensors, str(path))
    except SafetensorError as failure:
        number = re.search(r"os error (\d+)", str(failure))
        raise OSError(int(number[1]) if number else 0, str(failure)) from failure
    path.chmod(0o644)  # safetensors makes the file private to the user


def load(directory: Path, identity: Mapping[str, str]) -> tuple[State, CheckpointInfo]:
    """Reads and verifies a checkpoint. Raises NOT_FOUND (CHECKPOINT_UNKNOWN), DATA_LOSS
    (CHECKPOINT_DAMAGED) or FAILED_PRECONDITION (CHECKPOINT_MISMATCH: made for another model or
    adapter)."""
    manifest = checkpoint_files.verify_for(directory, identity)
    weights, moments, rng = read_files(directory)
    state = State(weights, moments, manifest.step, rng, manifest.identity, manifest.metadata)
    return state, CheckpointInfo(str(directory), manifest.step, manifest.digest, manifest.bytes)


def read_files(directory: Path) -> tuple[dict[str, Tensor], dict[str, Tensor], Tensor]:
    """Returns weights, moments and generator of a verified folder. Raises DATA_LOSS
    (CHECKPOINT_DAMAGED)."""
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
    return weights, moments, torch.tensor(list(generator), dtype=torch.uint8)
