"""Checkpoints: a folder of safetensors and JSON that is complete or absent."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from spice_trainer.backend import BackendError, BackendErrorCode, CheckpointInfo
from spice_trainer.models.source import sha256_file

FORMAT = 1
_MANIFEST = "manifest.json"


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
    """Write under a temporary name, fsync, put the manifest with every file's SHA-256 last, rename.

    Raises FAILED_PRECONDITION (CHECKPOINT_EXISTS) or RESOURCE_EXHAUSTED (CHECKPOINT_WRITE_FAILED); nothing is left
    behind then.
    """
    if directory.exists():
        raise BackendError(
            BackendErrorCode.PRECONDITION,
            "CHECKPOINT_EXISTS",
            f"checkpoint folder {directory} exists",
            "a checkpoint is never overwritten; choose another name",
        )
    scratch = directory.with_name(f".{directory.name}.{os.getpid()}.tmp")
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        return _write(scratch, directory, state)
    except (OSError, SafetensorError) as failure:
        shutil.rmtree(scratch, ignore_errors=True)
        raise BackendError(
            BackendErrorCode.MEMORY,
            "CHECKPOINT_WRITE_FAILED",
            f"cannot write checkpoint {directory}: {failure}",
            "free space on that disk, or choose another folder; the run goes on from its last checkpoint",
        ) from failure


def _write(scratch: Path, directory: Path, state: State) -> CheckpointInfo:
    tensors = {"weights.safetensors": state.weights, "optimizer.safetensors": state.moments}
    for name, content in tensors.items():
        save_file({key: value.detach().contiguous().cpu() for key, value in content.items()}, str(scratch / name))
    (scratch / "rng.json").write_text(json.dumps({"torch": bytes(state.rng.tolist()).hex()}) + "\n")
    files: dict[str, dict[str, Any]] = {}
    for file in sorted(scratch.iterdir()):
        file.chmod(0o644)
        _fsync(file)
        files[file.name] = {"sha256": sha256_file(file), "bytes": file.stat().st_size}
    manifest = {
        "format": FORMAT,
        "step": state.step,
        "identity": dict(state.identity),
        "metadata": dict(state.metadata),
        "files": files,
    }
    encoded = (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode()
    (scratch / _MANIFEST).write_bytes(encoded)
    _fsync(scratch / _MANIFEST)
    _fsync(scratch)
    scratch.rename(directory)
    _fsync(directory.parent)
    return _info(directory, encoded, manifest)


def load(directory: Path, identity: Mapping[str, str]) -> tuple[State, CheckpointInfo]:
    """Read and verify. Raises NOT_FOUND (CHECKPOINT_ABSENT), DATA_LOSS (CHECKPOINT_DAMAGED) or FAILED_PRECONDITION
    (CHECKPOINT_MISMATCH: made for another model or adapter)."""
    if not directory.is_dir():
        raise BackendError(BackendErrorCode.NOT_FOUND, "CHECKPOINT_ABSENT", f"there is no checkpoint at {directory}")
    try:
        encoded = (directory / _MANIFEST).read_bytes()
        manifest = json.loads(encoded)
        files, step = manifest["files"], int(manifest["step"])
        found, metadata = dict(manifest["identity"]), dict(manifest["metadata"])
    except (OSError, ValueError, KeyError, TypeError) as failure:
        raise _damaged(directory, f"its {_MANIFEST} is missing or unreadable") from failure
    if manifest.get("format") != FORMAT:
        raise _mismatch(directory, f"its format is {manifest.get('format')}, this version reads {FORMAT}")
    for name, entry in files.items():
        file = directory / name
        if not file.is_file() or file.stat().st_size != entry["bytes"] or sha256_file(file) != entry["sha256"]:
            raise _damaged(directory, f"{name} is missing or differs from its SHA-256 in the manifest")
    for key, value in identity.items():
        if found.get(key) != value:
            raise _mismatch(directory, f"its {key} is {found.get(key)}, this session's is {value}")
    try:
        weights = load_file(str(directory / "weights.safetensors"))
        moments = load_file(str(directory / "optimizer.safetensors"))
        rng = torch.tensor(
            list(bytes.fromhex(json.loads((directory / "rng.json").read_text())["torch"])), dtype=torch.uint8
        )
    except (OSError, ValueError, KeyError, SafetensorError) as failure:
        raise _damaged(directory, str(failure)) from failure
    return State(weights, moments, step, rng, found, metadata), _info(directory, encoded, manifest)


def _info(directory: Path, encoded: bytes, manifest: Mapping[str, Any]) -> CheckpointInfo:
    size = sum(entry["bytes"] for entry in manifest["files"].values()) + len(encoded)
    return CheckpointInfo(str(directory), int(manifest["step"]), hashlib.sha256(encoded).hexdigest(), size)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _damaged(directory: Path, why: str) -> BackendError:
    return BackendError(
        BackendErrorCode.DATA_LOSS,
        "CHECKPOINT_DAMAGED",
        f"checkpoint {directory} is damaged: {why}",
        "load an earlier checkpoint and replay the recorded batches",
    )


def _mismatch(directory: Path, why: str) -> BackendError:
    return BackendError(
        BackendErrorCode.PRECONDITION,
        "CHECKPOINT_MISMATCH",
        f"checkpoint {directory} does not fit this session: {why}",
        "open the session with the model and adapter the checkpoint was made with",
    )
