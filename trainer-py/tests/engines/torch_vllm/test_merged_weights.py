"""What leaves the learner: the same tensors for a file and for a direct transfer."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from bench import byte_model
from spice_trainer.api import LoraSpec
from spice_trainer.engines.shared.torch_model.loading import LoadedModel, load_model
from spice_trainer.engines.torch_vllm.merged_weights import MergedWeights
from spice_trainer.models import resolve


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("model")
    byte_model.write(made)
    return made


def load(folder: Path, lora: LoraSpec | None) -> LoadedModel:
    loaded = load_model(resolve(str(folder)), lora, 1, 64, torch.float32, torch.device("cpu"))
    for name, parameter in loaded.trainable().items():
        if lora is None or "lora_B" in name:
            parameter.data.add_(0.01)  # an adapter fresh from its making changes nothing
    return loaded


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("lora", [None, LoraSpec(rank=4, alpha=8)])
def test_file_metadata_and_tensors_agree(folder: Path, tmp_path: Path, dtype: str, lora: LoraSpec | None) -> None:
    weights = MergedWeights(load(folder, lora), dtype)
    tensors = dict(weights)
    assert [(one.name, one.dtype, one.shape) for one in weights.metadata()] == [
        (name, tensor.dtype, tuple(tensor.shape)) for name, tensor in tensors.items()
    ]
    weights.write(tmp_path / "weights.safetensors")
    written = load_file(tmp_path / "weights.safetensors")
    assert written.keys() == tensors.keys()
    assert all(torch.equal(written[name], tensors[name]) for name in written)
    assert {tensor.dtype for tensor in written.values()} == {getattr(torch, dtype)}


def test_names_are_those_of_the_models_own_file_and_the_tied_layer_stays_behind(folder: Path) -> None:
    own = load_file(folder / "model.safetensors")
    assert own.keys() == dict(MergedWeights(load(folder, None), "float32")).keys()
    merged = dict(MergedWeights(load(folder, LoraSpec(rank=4, alpha=8)), "float32"))
    assert own.keys() == merged.keys()
    assert "lm_head.weight" not in merged
    changed = {name for name in own if not torch.equal(own[name], merged[name])}
    assert changed
    assert all(name.endswith("proj.weight") for name in changed)


def test_nothing_tracks_gradients(folder: Path) -> None:
    weights = MergedWeights(load(folder, LoraSpec(rank=4, alpha=8)), "float32")
    assert not any(tensor.requires_grad for _, tensor in weights)
    assert torch.is_grad_enabled()
