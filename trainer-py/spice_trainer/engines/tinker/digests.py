"""Digests of the weights of a version."""

from __future__ import annotations

import hashlib
import tarfile
from pathlib import Path

from spice_trainer.api import F32

TENSORS = "adapter_model.safetensors"


def of_snapshot(archive: Path) -> tuple[str, int]:
    """Returns the SHA-256, hex, of the tensors of the adapter (names, shapes and bytes) in an
    archive of the server, and their size in bytes."""
    with tarfile.open(archive) as packed:
        for member in packed:
            if Path(member.name).name == TENSORS and member.isfile():
                content = packed.extractfile(member)
                assert content is not None
                return hashlib.sha256(content.read()).hexdigest(), member.size
    raise FileNotFoundError(f"{archive} has no {TENSORS}")


def of_scores(logprobs: F32) -> str:
    """Returns the SHA-256, hex, of the log-probabilities of a fixed text, for servers whose disk
    cannot be read."""
    return hashlib.sha256(logprobs.astype("<f4").tobytes()).hexdigest()
