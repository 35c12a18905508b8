"""Digests of the weight files of a model, and a record of the digests beside the files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

_FINGERPRINT_FILE = "spice-fingerprint.json"


def sha256_file(path: Path) -> str:
    """Returns the SHA-256, hex, of the bytes of a file, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def weight_digest(folder: Path, file: Path) -> str:
    """Returns the SHA-256, hex, of a weight file. A recorded digest is used while size and time of
    the file match, because hashing gigabytes takes seconds."""
    try:
        recorded = json.loads((folder / _FINGERPRINT_FILE).read_text())[file.name]
        stat = file.stat()
        if recorded["bytes"] == stat.st_size and recorded["mtime_ns"] == stat.st_mtime_ns:
            return str(recorded["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return sha256_file(file)


def record_fingerprints(folder: Path) -> None:
    """Writes the digests of the weight files beside them, so that the next opening of the model
    does not compute them again."""
    record = {
        file.name: {"sha256": sha256_file(file), "bytes": file.stat().st_size, "mtime_ns": file.stat().st_mtime_ns}
        for file in sorted(folder.glob("*.safetensors"))
    }
    (folder / _FINGERPRINT_FILE).write_text(json.dumps(record, indent=1) + "\n")
