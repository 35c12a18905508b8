"""Resolves the name of a model to a folder."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from spice_trainer.api import BackendError, BackendErrorCode
from spice_trainer.models import smollm2
from spice_trainer.models.fingerprints import weight_digest

ALIASES: dict[str, Callable[[Callable[[str], None]], Path]] = {smollm2.ALIAS: smollm2.ensure}
"""Aliases: name to a function that builds the folder. The function takes a function that logs
lines, and returns the folder."""

_HUB_PATTERNS = ["*.json", "*.safetensors", "*.txt", "*.jinja", "tokenizer.model"]


@dataclass(frozen=True)
class ModelSource:
    """A folder with config.json, *.safetensors and tokenizer.json, and the digests that identify
    its content."""

    name: str
    path: Path
    model_fingerprint: str
    """SHA-256, hex, over the sorted (file name, SHA-256) pairs of the weight files."""
    tokenizer_fingerprint: str
    """SHA-256, hex, of tokenizer.json followed by the chat template."""


def resolve(model: str, log: Callable[[str], None] = lambda line: None) -> ModelSource:
    """Finds, builds or fetches `model`. Raises `BackendError`: NOT_FOUND (MODEL_NOT_FOUND) when
    no source has it; INVALID_ARGUMENT (MODEL_UNSUPPORTED) when the folder has no config.json,
    safetensors weights or tokenizer.json; DATA_LOSS when a download differs from its fixed
    digest."""
    if model in ALIASES:
        return describe(model, ALIASES[model](log))
    folder = Path(model).expanduser()
    if folder.is_dir():
        return describe(folder.name, folder.resolve())
    if model.startswith((".", "/", "~")) or "\\" in model:
        raise BackendError(
            BackendErrorCode.NOT_FOUND,
            "MODEL_NOT_FOUND",
            f"model folder {model} does not exist",
            "give an existing folder, a hub id such as org/name, or an alias: " + ", ".join(ALIASES),
        )
    return describe(model, _from_hub(model))


def describe(name: str, folder: Path) -> ModelSource:
    """Checks that `folder` can be loaded, and computes its fingerprints."""
    weights = sorted(folder.glob("*.safetensors"))
    missing = [file for file in ("config.json", "tokenizer.json") if not (folder / file).is_file()]
    if not weights:
        missing.append("*.safetensors")
    if missing:
        raise BackendError(
            BackendErrorCode.INVALID,
            "MODEL_UNSUPPORTED",
            f"model folder {folder} has no {', '.join(missing)}",
            "save the model with save_pretrained (safetensors) and its fast tokenizer into one folder; "
            "pickled weights are never loaded",
        )
    tokenizer = hashlib.sha256((folder / "tokenizer.json").read_bytes())
    tokenizer.update(_chat_template(folder).encode())
    listing = "".join(f"{file.name}\0{weight_digest(folder, file)}\n" for file in weights)
    return ModelSource(name, folder, hashlib.sha256(listing.encode()).hexdigest(), tokenizer.hexdigest())


def _chat_template(folder: Path) -> str:
    template = folder / "chat_template.jinja"
    if template.is_file():
        return template.read_text()
    try:
        return str(json.loads((folder / "tokenizer_config.json").read_text()).get("chat_template") or "")
    except (OSError, ValueError):
        return ""


def _from_hub(model: str) -> Path:
    # Imported late: a local model needs no hub client.
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(model, allow_patterns=_HUB_PATTERNS, local_files_only=True))
    except Exception as absent:
        if os.environ.get("HF_HUB_OFFLINE") == "1":
            raise _hub_error(model, "HF_HUB_OFFLINE=1 and it is not in the local hub cache") from absent
    try:
        return Path(snapshot_download(model, allow_patterns=_HUB_PATTERNS, etag_timeout=10))
    except Exception as failure:
        raise _hub_error(model, f"{type(failure).__name__}: {str(failure).splitlines()[0]}") from failure


def _hub_error(model: str, why: str) -> BackendError:
    return BackendError(
        BackendErrorCode.NOT_FOUND,
        "MODEL_NOT_FOUND",
        f"model {model} is neither a folder, an alias nor reachable on a hub ({why})",
        "download it where there is a network and give the folder, or use an alias: " + ", ".join(ALIASES),
    )
