"""`python -m spice_trainer.engines.shared.export_model`: makes a model folder of a checkpoint.

The folder has config.json, the files of the tokenizer and model.safetensors, so plain transformers
and every trainer can load it. The base model gives all files but the weights. It reads checkpoints
with `weights.safetensors` (the trainers torch, torch+vllm and verl): all parameters in float32, or
adapters, which are merged into the base weights in the number format of the base model. stdout gets
the folder. Exit code 1 and a line `CODE: text` on stderr after a failure.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from spice_trainer.api import BackendError, BackendErrorCode
from spice_trainer.models import resolve
from spice_trainer.toolkit import checkpoint_files

_WEIGHTS = "weights.safetensors"
_PREFIX = "base_model.model."
"""What PEFT puts before the names of the plain model."""
_A, _B = ".lora_A.default.weight", ".lora_B.default.weight"
_HEAD = "lm_head.weight"
_PROVENANCE = "spice-model.json"
_LEFT_OUT = (".safetensors", ".safetensors.index.json", ".bin", ".pt", ".gguf")
"""Ends of names of files with weights."""


def export(checkpoint: Path, model: str, alpha: float, out: Path, provenance: Mapping[str, Any]) -> Path:
    """Writes the folder `out`, which must not exist, and returns it. The folder is complete or
    absent.

    `model`: name or folder of the base model. `alpha`: alpha of the adapters; the rank is in the
    shapes of their weights.

    Raises BackendError: the errors of `checkpoint_files.verify` and `models.resolve`; PRECONDITION
    (CHECKPOINT_MISMATCH) when the checkpoint was made from another model; INVALID
    (CHECKPOINT_FORMAT) when it has no weights that can be exported.
    """
    manifest = checkpoint_files.verify(checkpoint)
    if _WEIGHTS not in manifest.files:
        raise _unusable(f"checkpoint {checkpoint.name} has no {_WEIGHTS}")
    source = resolve(model)
    if manifest.identity.get("model") != source.model_fingerprint:
        raise BackendError(
            BackendErrorCode.PRECONDITION,
            "CHECKPOINT_MISMATCH",
            f"checkpoint {checkpoint.name} was not made from the model {model}",
            "export it on a machine that has the model of the run unchanged",
        )
    saved = load_file(str(checkpoint / _WEIGHTS))
    base = _read_base(source.path)
    adapters = manifest.identity.get("kind") == "adapter"
    tensors = _merged(base, saved, alpha) if adapters else _complete(base, saved)
    scratch = out.with_name(f".{out.name}-{os.getpid()}.partial")
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        scratch.mkdir(parents=True)
        _copy_files(source.path, scratch, None if adapters else "float32")
        path = scratch / "model.safetensors"
        save_file(tensors, str(path), metadata={"format": "pt"})
        path.chmod(0o644)
        facts = {"schema": "spice.model/1", "base": source.name, "baseFingerprint": source.model_fingerprint}
        (scratch / _PROVENANCE).write_text(json.dumps({**facts, **provenance}, indent=1) + "\n")
        os.rename(scratch, out)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return out


def _read_base(folder: Path) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {}
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(str(file), framework="pt") as opened:
            tensors.update({name: opened.get_tensor(name) for name in opened.keys()})  # noqa: SIM118
    return tensors


def _complete(base: Mapping[str, Tensor], saved: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Returns the trained tensors, and those of the base model that are not trained."""
    unknown = sorted(set(saved) - set(base) - {_HEAD})
    if unknown:
        raise _unusable(f"the model has no tensor {unknown[0]}, and {len(unknown) - 1} more are unknown")
    # A tied output layer must not come back as a tensor of its own with the values of the base.
    rest = {name: tensor for name, tensor in base.items() if name not in saved and name != _HEAD}
    return {**rest, **saved}


def _merged(base: Mapping[str, Tensor], saved: Mapping[str, Tensor], alpha: float) -> dict[str, Tensor]:
    tensors = dict(base)
    names = [name for name in saved if name.endswith(_A)]
    if not names or len(saved) != 2 * len(names):
        raise _unusable("its tensors are not pairs of adapters")
    for name in names:
        stem = name.removesuffix(_A)
        plain = f"{stem.removeprefix(_PREFIX)}.weight"
        down, up = saved[name].float(), saved.get(f"{stem}{_B}")
        if up is None or plain not in base:
            raise _unusable(f"the model has no weight for the adapter {stem}")
        weight = base[plain]
        tensors[plain] = (weight.float() + (up.float() @ down) * (alpha / down.shape[0])).to(weight.dtype).contiguous()
    return tensors


def _copy_files(source: Path, out: Path, dtype: str | None) -> None:
    for file in sorted(source.iterdir()):
        if file.is_file() and not file.name.endswith(_LEFT_OUT) and not file.name.startswith("spice-"):
            shutil.copyfile(file, out / file.name)
    if dtype is None:
        return
    path = out / "config.json"
    config = json.loads(path.read_text())
    keys = [key for key in ("dtype", "torch_dtype") if key in config] or ["dtype"]
    path.write_text(json.dumps({**config, **dict.fromkeys(keys, dtype)}, indent=2) + "\n")


def _unusable(why: str) -> BackendError:
    return BackendError(
        BackendErrorCode.INVALID,
        "CHECKPOINT_FORMAT",
        f"no model can be made of the checkpoint: {why}",
        "export a checkpoint of the trainers torch, torch+vllm or verl",
    )


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    parser = argparse.ArgumentParser(prog="export_model", description=__doc__)
    add = parser.add_argument
    add("--checkpoint", type=Path, required=True, help="folder of the checkpoint")
    add("--model", required=True, help="base model: folder, hub id or alias")
    add("--alpha", type=float, default=1.0, help="alpha of the adapters")
    add("--out", type=Path, required=True, help="folder to make")
    add("--provenance", default="{}", help=f"JSON object for {_PROVENANCE}")
    given = parser.parse_args(arguments)
    try:
        with torch.no_grad():
            print(export(given.checkpoint, given.model, given.alpha, given.out, json.loads(given.provenance)))
    except BackendError as error:
        print(f"{error.reason}: {error.message}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
