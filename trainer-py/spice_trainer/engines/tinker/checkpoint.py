"""Checkpoints: the state of the learner on the server, and the numbers that this trainer adds."""

from __future__ import annotations

import json
import shutil
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from spice_trainer.api import BackendError, BackendErrorCode, CheckpointInfo
from spice_trainer.engines.tinker.adam import Moments
from spice_trainer.toolkit import checkpoint_files

_NUMBERS = "tinker.json"
_STATE = "state.tar"
"""The state of the server: a file, or a tree of files."""


@dataclass(frozen=True)
class Saved:
    """Content of a checkpoint in addition to the files of the state."""

    step: int
    moments: Moments
    path: str
    """`tinker://` path of the state, on the server that wrote it."""


def save(
    directory: Path, saved: Saved, state: Path | None, identity: Mapping[str, str], metadata: Mapping[str, str]
) -> CheckpointInfo:
    """Writes a checkpoint. `state`: the folder of the state on the server, if it can be read. None:
    the server keeps the state, and the checkpoint refers to it. Raises the errors of
    `checkpoint_files.write`."""

    def fill(folder: Path) -> None:
        # The identity is written a second time, because the manifest has the hash of every file
        # except itself.
        numbers = {
            "moments": saved.moments.to_json(),
            "path": saved.path,
            "held": state is not None,
            "identity": dict(identity),
        }
        (folder / _NUMBERS).write_text(json.dumps(numbers) + "\n")
        if state is not None:
            with tarfile.open(folder / _STATE, "w") as packed:
                packed.add(state, arcname="state")

    return checkpoint_files.write(directory, saved.step, metadata, fill, identity)


def load(directory: Path, identity: Mapping[str, str]) -> tuple[Saved, Path | None, CheckpointInfo]:
    """Reads and verifies a checkpoint. The returned path is the archive of the state, or None
    when the server keeps it. Raises NOT_FOUND, DATA_LOSS or FAILED_PRECONDITION
    (CHECKPOINT_MISMATCH)."""
    manifest = checkpoint_files.verify(directory)
    try:
        numbers = json.loads((directory / _NUMBERS).read_text())
        saved = Saved(manifest.step, Moments(**numbers["moments"]), str(numbers["path"]))
        if numbers.get("identity", manifest.identity) != manifest.identity:
            raise ValueError("its manifest was changed")
    except (OSError, ValueError, KeyError, TypeError) as failure:
        raise BackendError(
            BackendErrorCode.DATA_LOSS,
            "CHECKPOINT_DAMAGED",
            f"checkpoint {directory.name} is damaged: {failure}",
            "load an older checkpoint",
        ) from failure
    checkpoint_files.check_identity(directory, manifest, identity)
    state = directory / _STATE if _STATE in manifest.files else None
    return saved, state, CheckpointInfo(str(directory), manifest.step, manifest.digest, manifest.bytes)


def put_back(archive: Path, state: Path) -> None:
    """Replaces a state on the disk of the server by the state of a checkpoint."""
    with tempfile.TemporaryDirectory(dir=state.parent) as folder, tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
        shutil.rmtree(state) if state.is_dir() else state.unlink()
        shutil.move(Path(folder) / "state", state)
