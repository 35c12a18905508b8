"""Checkpoint folders on disk. A checkpoint is complete or absent, and every file has a hash
(checkpoint.proto). All backends use this module.

A folder contains the files of the backend and `manifest.json`: {"format", "step", "identity",
"metadata", "files": {name: {"sha256", "bytes"}}}. The folder is written under a temporary name in
the same parent folder, flushed, and renamed when all files are written.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from spice_trainer.api import BackendError, BackendErrorCode, CheckpointInfo

FORMAT = 1
MANIFEST = "manifest.json"
TEMPORARY = ".partial-"
"""Prefix of folders that are being written. A crash may leave such a folder. It is never read as a
checkpoint."""


@dataclass(frozen=True)
class Manifest:
    """Content of the manifest of a complete folder."""

    step: int
    identity: dict[str, str]
    """Values that must be equal in the session that loads the checkpoint. The backend chooses the
    keys."""
    metadata: dict[str, str]
    """Metadata of the caller, unchanged."""
    files: dict[str, str]
    """SHA-256, hex, by file name."""
    digest: str
    """SHA-256 of the manifest file, hex."""
    bytes: int


def write(
    directory: Path,
    step: int,
    metadata: Mapping[str, str],
    fill: Callable[[Path], None],
    identity: Mapping[str, str] | None = None,
) -> CheckpointInfo:
    """Writes a checkpoint to `directory`, which must not exist. `fill` writes the files of the
    backend into the folder that it gets.

    Raises BackendError: PRECONDITION (CHECKPOINT_EXISTS), MEMORY (DISK_FULL), UNAVAILABLE (DISK)
    for other disk errors. After an error no files remain.
    """
    if directory.exists():
        raise BackendError(
            BackendErrorCode.PRECONDITION, "CHECKPOINT_EXISTS", f"{directory} exists", "choose another name"
        )
    temporary = directory.with_name(f"{TEMPORARY}{directory.name}-{os.getpid()}")
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        fill(temporary)
        _finish(temporary, step, identity or {}, metadata)
        os.rename(temporary, directory)
        _sync(directory.parent)
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        full = error.errno in (28, 122)  # ENOSPC, EDQUOT
        raise BackendError(
            BackendErrorCode.MEMORY if full else BackendErrorCode.UNAVAILABLE,
            "DISK_FULL" if full else "DISK",
            f"the checkpoint {directory.name} could not be written: {error.strerror}",
            "free space under the checkpoint root" if full else "check the checkpoint root",
        ) from error
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    manifest = read(directory)
    return CheckpointInfo(str(directory), step, manifest.digest, manifest.bytes)


def read(directory: Path) -> Manifest:
    """Returns the manifest of a complete checkpoint.

    Raises BackendError: NOT_FOUND (CHECKPOINT_UNKNOWN); DATA_LOSS (CHECKPOINT_DAMAGED) when the
    manifest cannot be read.
    """
    path = directory / MANIFEST
    try:
        raw = path.read_bytes()
    except OSError as missing:
        raise BackendError(
            BackendErrorCode.NOT_FOUND,
            "CHECKPOINT_UNKNOWN",
            f"there is no checkpoint {directory.name} that is complete",
            "Checkpoint.List shows those there are",
        ) from missing
    try:
        value = cast(dict[str, Any], json.loads(raw))
        files = {str(name): str(entry["sha256"]) for name, entry in value["files"].items()}
        size = len(raw) + sum(int(entry["bytes"]) for entry in value["files"].values())
        identity, metadata = (
            {str(key): str(text) for key, text in value[name].items()} for name in ("identity", "metadata")
        )
        if any(Path(name).name != name for name in files):
            raise ValueError("it names a file outside its folder")
        if value["format"] != FORMAT:
            raise ValueError(f"its format is {value['format']}, this version reads {FORMAT}")
        return Manifest(int(value["step"]), identity, metadata, files, hashlib.sha256(raw).hexdigest(), size)
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise BackendError(
            BackendErrorCode.DATA_LOSS,
            "CHECKPOINT_DAMAGED",
            f"the manifest of {directory.name} is damaged: {wrong}",
            "load an older checkpoint",
        ) from wrong


def verify(directory: Path) -> Manifest:
    """Reads the manifest and compares every file with its hash. Raises DATA_LOSS
    (CHECKPOINT_DAMAGED) with the name of the first damaged file."""
    manifest = read(directory)
    for name, expected in manifest.files.items():
        path = directory / name
        if not path.is_file() or path.is_symlink() or _sha256(path) != expected:
            raise BackendError(
                BackendErrorCode.DATA_LOSS,
                "CHECKPOINT_DAMAGED",
                f"checkpoint {directory.name}: {name} is missing or its content changed",
                "load an older checkpoint",
            )
    return manifest


def verify_for(directory: Path, identity: Mapping[str, str]) -> Manifest:
    """Verifies the files and compares `identity` with the session. Raises also FAILED_PRECONDITION
    (CHECKPOINT_MISMATCH: made for another model or adapter)."""
    manifest = verify(directory)
    check_identity(directory, manifest, identity)
    return manifest


def check_identity(directory: Path, manifest: Manifest, identity: Mapping[str, str]) -> None:
    """Compares `identity` with the session. Raises FAILED_PRECONDITION (CHECKPOINT_MISMATCH: made
    for another model or adapter)."""
    for key, value in identity.items():
        found = manifest.identity.get(key)
        if found != value:
            raise BackendError(
                BackendErrorCode.PRECONDITION,
                "CHECKPOINT_MISMATCH",
                f"checkpoint {directory.name} does not fit this session: its {key} is {found}, this session's is {value}",
                "open the session with the model and adapter the checkpoint was made with",
            )


def delete(directory: Path) -> None:
    """Removes a complete checkpoint. The folder is renamed first, so after a crash the checkpoint
    is complete or absent.

    Raises BackendError: NOT_FOUND (CHECKPOINT_UNKNOWN), UNAVAILABLE (DISK).
    """
    if not (directory / MANIFEST).is_file():
        raise BackendError(
            BackendErrorCode.NOT_FOUND,
            "CHECKPOINT_UNKNOWN",
            f"there is no complete checkpoint {directory.name}",
            "Checkpoint.List shows those there are",
        )
    doomed = directory.with_name(f"{TEMPORARY}{directory.name}-{os.getpid()}")
    try:
        shutil.rmtree(doomed, ignore_errors=True)
        os.rename(directory, doomed)
        _sync(directory.parent)
        shutil.rmtree(doomed)
    except OSError as error:
        raise BackendError(
            BackendErrorCode.UNAVAILABLE,
            "DISK",
            f"the checkpoint {directory.name} could not be removed: {error.strerror}",
            "check the checkpoint root",
        ) from error


def find(root: Path, below: Path) -> Iterator[Path]:
    """Yields the complete checkpoints at or under `below`, a folder inside `root`, in path order.
    Links are not followed."""
    for folder, folders, files in os.walk(below):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if MANIFEST in files and Path(folder) != root:
            folders.clear()
            yield Path(folder)


def _finish(folder: Path, step: int, identity: Mapping[str, str], metadata: Mapping[str, str]) -> None:
    files: dict[str, dict[str, object]] = {}
    for path in sorted(folder.iterdir()):
        _sync(path)
        files[path.name] = {"sha256": _sha256(path), "bytes": path.stat().st_size}
    manifest = {
        "format": FORMAT,
        "step": step,
        "identity": dict(identity),
        "metadata": dict(metadata),
        "files": files,
    }
    path = folder / MANIFEST
    path.write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
