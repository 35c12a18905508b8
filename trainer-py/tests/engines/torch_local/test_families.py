"""Other decoder families than Llama: nothing in the backend may depend on one of them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    MistralConfig,
    Phi3Config,
    Qwen2Config,
    Qwen3Config,
    SmolLM3Config,
)

from spice_trainer.api import BackendError, PolicyGradientLoss, SamplingParams
from tests.engines.torch_local import oracle
from tests.engines.torch_local.driving import assert_close, make_batch, opened, prompts_of, run, sampled

SHAPE: dict[str, Any] = {
    "vocab_size": 258,
    "hidden_size": 48,
    "intermediate_size": 80,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 1024,
    "initializer_range": 0.15,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "pad_token_id": 1,
}
FAMILIES = {
    "qwen2": Qwen2Config(**SHAPE, tie_word_embeddings=False),
    "qwen3": Qwen3Config(**SHAPE, head_dim=16, tie_word_embeddings=True),
    "mistral": MistralConfig(**SHAPE, sliding_window=None),
    "phi3": Phi3Config(**SHAPE),
    "smollm3": SmolLM3Config(**SHAPE),
}


def folder_of(name: str, tiny: Path, target: Path) -> Path:
    torch.manual_seed(3)
    model = AutoModelForCausalLM.from_config(FAMILIES[name])
    for parameter in model.parameters():
        if parameter.dim() == 1:  # biases start at 0 and norms at 1, which would hide a block that ignores them
            parameter.data += 0.1 * torch.randn_like(parameter)
    model.save_pretrained(target)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tiny / file, target / file)
    return target


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_family_samples_and_trains_like_transformers(name: str, tiny: Path, tmp_path: Path) -> None:
    folder = folder_of(name, tiny, tmp_path)
    reference = oracle.load(folder)
    backend = opened(folder)
    try:
        prompts = prompts_of([5, 70, 140])
        found = sampled(backend, prompts, [(1, 2)] * 3, SamplingParams(20, ignore_eos=True))
        for (index, _), (ids, values, _) in found.items():
            wanted = oracle.logprobs(reference, prompts[index], np.array(ids)).detach().numpy()
            np.testing.assert_allclose(values, wanted, atol=1e-4)
        batch = make_batch(2, reference)
        loss = PolicyGradientLoss(ratio_baseline="old")
        _, gradient = run(backend, batch, loss, 10.0)
        _, expected = oracle.loss_and_gradient(reference, batch, loss, 10.0)
        assert_close(gradient, expected)
    finally:
        backend.close()


def test_what_cannot_be_reproduced_is_refused(tiny: Path, tmp_path: Path) -> None:
    torch.manual_seed(3)
    model = AutoModelForCausalLM.from_config(MistralConfig(**SHAPE, sliding_window=64))
    model.save_pretrained(tmp_path)
    shutil.copy(tiny / "tokenizer.json", tmp_path / "tokenizer.json")
    with pytest.raises(BackendError, match="window of 64"):
        opened(tmp_path)
