"""A checkpoint as a model folder: transformers and another session load the trained weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from spice_trainer.api import Backend, BackendError, LoraSpec
from spice_trainer.engines.shared.export_model import export, main
from tests.engines.torch_local.driving import Progress, opened
from tests.engines.torch_local.test_state import one_sequence, train

STEPS = 3


def logits(folder: Path) -> torch.Tensor:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    ids = torch.tensor([one_sequence().sequences[0].completion_ids.tolist()])
    with torch.no_grad():
        return model(ids).logits


def scores(backend: Backend) -> np.ndarray:
    batch = one_sequence()
    sequences = [(one.prompt_ref, one.completion_ids) for one in batch.sequences]
    return backend.score(batch.prompts, sequences, "current", 1.0, Progress())[0]


def trained(backend: Backend, folder: Path) -> Path:
    train(backend, one_sequence(), STEPS)
    backend.publish()
    backend.save(folder / "000003", {})
    return folder / "000003"


def test_all_parameters_come_out_bitwise_and_are_the_start_of_another_session(
    tiny: Path, fresh: Backend, tmp_path: Path
) -> None:
    out = export(trained(fresh, tmp_path), str(tiny), 1.0, tmp_path / "model", {"step": STEPS})
    again = opened(out)
    try:
        assert again.versions()[0].digest == fresh.versions()[-1].digest
    finally:
        again.close()
    assert not torch.allclose(logits(out), logits(tiny))
    assert AutoTokenizer.from_pretrained(out).encode("abc") == AutoTokenizer.from_pretrained(tiny).encode("abc")
    facts = json.loads((out / "spice-model.json").read_text())
    assert facts["step"] == STEPS
    assert json.loads((out / "config.json").read_text())["dtype"] == "float32"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["000003", "model"]


def test_adapters_are_merged_into_the_base_weights(tiny: Path, tmp_path: Path) -> None:
    backend = opened(tiny, lora=LoraSpec(4, 8.0))
    try:
        checkpoint = trained(backend, tmp_path)
        scored = scores(backend)
    finally:
        backend.close()
    out = export(checkpoint, str(tiny), 8.0, tmp_path / "model", {})
    plain = opened(out)
    try:
        merged = scores(plain)
    finally:
        plain.close()
    np.testing.assert_allclose(merged, scored, atol=2e-5)


def test_other_models_and_other_checkpoints_are_refused_and_leave_nothing(
    tiny: Path, fresh: Backend, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = trained(fresh, tmp_path)
    other = export(checkpoint, str(tiny), 1.0, tmp_path / "other", {})
    with pytest.raises(BackendError) as refused:
        export(checkpoint, str(other), 1.0, tmp_path / "model", {})
    assert refused.value.reason == "CHECKPOINT_MISMATCH"
    (checkpoint / "weights.safetensors").write_bytes(b"no weights")
    words = ["--checkpoint", str(checkpoint), "--model", str(tiny), "--out", str(tmp_path / "model")]
    assert main(words) == 1
    assert "CHECKPOINT_DAMAGED" in capsys.readouterr().err
    assert not (tmp_path / "model").exists()
