"""Versions, scoring, adapters, checkpoints, settings."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from spice_trainer import engines
from spice_trainer.api import (
    Backend,
    BackendError,
    CrossEntropyLoss,
    LoraSpec,
    OpenSpec,
    OptimSpec,
    PolicyGradientLoss,
    SamplingParams,
    TrainBatch,
    TrainSequence,
)
from spice_trainer.engines.torch_local.backend import create as create_torch
from tests.engines.torch_local import oracle
from tests.engines.torch_local.driving import Progress, make_batch, opened, random_ids, sampled

STEP = OptimSpec(5e-3)


def one_sequence(seed: int = 0, length: int = 12) -> TrainBatch:
    rng = np.random.default_rng(seed)
    ids = random_ids(rng, length)
    ones = np.ones(length, np.float32)
    sequence = TrainSequence(0, ids, ones, ones, None, None, None, 1.0, "warmup", "g", "s")
    return TrainBatch((random_ids(rng, 20),), (sequence,))


def train(backend: Backend, batch: TrainBatch, steps: int, spec: OptimSpec = STEP) -> list[float]:
    losses = []
    for _ in range(steps):
        losses.append(backend.forward_backward(batch, CrossEntropyLoss(), 12.0, False, Progress()).loss)
        backend.optim_step(spec)
    return losses


@pytest.mark.parametrize("lora", [None, LoraSpec(8, 16.0)])
def test_publish_delivers(tiny: Path, lora: LoraSpec | None) -> None:
    backend = opened(tiny, lora=lora)
    try:
        batch = one_sequence()
        first = backend.versions()[0]
        assert backend.publish().digest == first.digest
        losses = train(backend, batch, 20, OptimSpec(2e-2))
        assert losses[-1] < 0.1 * losses[0]
        published = backend.publish()
        assert published.digest != first.digest
        assert published.parent_step == 20
        assert published.kind == ("adapter" if lora else "full")
        ids = batch.sequences[0].completion_ids.tolist()
        greedy = SamplingParams(12, temperature=0.0, ignore_eos=True)
        assert sampled(backend, [batch.prompts[0]], [(0,)], greedy)[0, 0][0] == ids
        pairs = [(0, batch.sequences[0].completion_ids)]
        now, at_version, at_start = (
            backend.score(batch.prompts, pairs, target, 1.0, Progress())[0]
            for target in ("current", published.version, "reference")
        )
        np.testing.assert_allclose(now, at_version, atol=1e-5)
        wanted = oracle.logprobs(oracle.load(tiny), batch.prompts[0], batch.sequences[0].completion_ids)
        np.testing.assert_allclose(at_start, wanted.detach().numpy(), atol=1e-5)
        assert now.mean() > at_start.mean() + 1
    finally:
        backend.close()


def test_lora_gradient_equals_the_oracle_at_its_targets(tiny: Path) -> None:
    """With B = 0 the gradient of B is the full weight's gradient seen through A, whatever the base
    is."""
    backend = opened(tiny, lora=LoraSpec(4, 8.0))
    try:
        reference = oracle.load(tiny)
        batch = make_batch(1, reference)
        loss = PolicyGradientLoss(ratio_baseline="old")
        backend.forward_backward(batch, loss, 5.0, False, Progress())
        _, wanted = oracle.loss_and_gradient(reference, batch, loss, 5.0)
        parameters = backend.session.learner.parameters
        assert len(parameters.masters) == 2 * 7 * 2, "A and B of seven layers in two blocks"
        for name in parameters.masters:
            if "lora_B" in name:
                a = parameters.masters[name.replace("lora_B", "lora_A")].double()
                plain = name.removeprefix("base_model.model.").replace(".lora_B.default", "")
                expected = wanted[plain] @ a.T * 2.0
                torch.testing.assert_close(parameters.accumulator(name).double(), expected, rtol=1e-3, atol=1e-6)
    finally:
        backend.close()


@pytest.mark.parametrize("lora", [None, LoraSpec(4, 8.0)])
def test_resume_is_bitwise(tiny: Path, tmp_path: Path, lora: LoraSpec | None) -> None:
    first, second = opened(tiny, lora=lora), opened(tiny, lora=lora, seed=99)
    try:
        train(first, one_sequence(), 2)
        saved = first.save(tmp_path / "runs" / "c1", {"run": "r"})
        assert saved.step == 2
        assert saved.bytes > 0
        wanted = train(first, one_sequence(4), 2)
        assert second.load(tmp_path / "runs" / "c1").digest == saved.digest
        assert second.step == 2
        assert train(second, one_sequence(4), 2) == wanted
        assert second.publish().digest == first.publish().digest
        assert [path.name for path in (tmp_path / "runs").iterdir()] == ["c1"]
        with pytest.raises(BackendError, match="exists"):
            first.save(tmp_path / "runs" / "c1", {})
    finally:
        first.close()
        second.close()


def test_damaged_or_foreign_checkpoints_are_refused(tiny: Path, tmp_path: Path) -> None:
    backend, adapted = opened(tiny), opened(tiny, lora=LoraSpec(4, 8.0))
    try:
        train(backend, one_sequence(), 1)
        backend.save(tmp_path / "c", {})
        before = backend.publish().digest

        def refused(reason: str, who: Backend = backend) -> None:
            with pytest.raises(BackendError) as caught:
                who.load(tmp_path / "c")
            assert caught.value.reason == reason

        refused("CHECKPOINT_MISMATCH", adapted)
        weights = tmp_path / "c" / "weights.safetensors"
        content = bytearray(weights.read_bytes())
        content[-5] ^= 1
        weights.write_bytes(content)
        refused("CHECKPOINT_DAMAGED")
        manifest = json.loads((tmp_path / "c" / "manifest.json").read_text())
        del manifest["files"]
        (tmp_path / "c" / "manifest.json").write_text(json.dumps(manifest))
        refused("CHECKPOINT_DAMAGED")
        assert backend.publish().digest == before, "a refused checkpoint must change nothing"
        with pytest.raises(BackendError, match="no checkpoint"):
            backend.load(tmp_path / "absent")
    finally:
        backend.close()
        adapted.close()


def test_training_is_deterministic(tiny: Path) -> None:
    digests = set()
    for _ in range(2):
        backend = opened(tiny)
        train(backend, one_sequence(2, 40), 3)
        digests.add(backend.publish().digest)
        backend.close()
    assert len(digests) == 1


def test_versions_are_kept_and_released(fresh: Backend) -> None:
    fresh.publish()
    fresh.publish()
    assert [version.version for version in fresh.versions()] == [1, 2]
    fresh.release(1)
    with pytest.raises(BackendError, match="newest"):
        fresh.release(2)
    with pytest.raises(BackendError, match="not active"):
        fresh.release(1)


def test_bfloat16_copy_trains_its_float32_master(tiny: Path) -> None:
    """Slow hardware may emulate bfloat16; the arithmetic is what is checked here."""
    backend = opened(tiny, compute_dtype="bfloat16")
    try:
        reference = oracle.load(tiny)
        batch = make_batch(1, reference)
        loss = CrossEntropyLoss()
        backend.forward_backward(batch, loss, 5.0, False, Progress())
        _, wanted = oracle.loss_and_gradient(reference, batch, loss, 5.0)
        parameters = backend.session.learner.parameters
        found = torch.cat([parameters.accumulator(name).flatten().double() for name in sorted(wanted)])
        expected = torch.cat([wanted[name].flatten() for name in sorted(wanted)])
        assert torch.nn.functional.cosine_similarity(found, expected, 0) > 0.99
        small = OptimSpec(1e-6)
        before = {name: master.detach().clone() for name, master in parameters.masters.items()}
        backend.optim_step(small)
        assert all(master.dtype == torch.float32 for master in parameters.masters.values())
        moved = sum(int((before[name] != master).sum()) for name, master in parameters.masters.items())
        assert moved > 0.5 * expected.numel(), "a step too small for bfloat16 must still move the master"
        assert all(torch.equal(p, parameters.masters[n].bfloat16()) for n, p in parameters.model.items())
        assert len(sampled(backend, [batch.prompts[0]], [(1,)], SamplingParams(5, ignore_eos=True))[0, 0][0]) == 5
    finally:
        backend.close()


def test_settings_and_models_are_checked(tiny: Path, tmp_path: Path) -> None:
    def refused(reason: str, **changes: object) -> None:
        with pytest.raises(BackendError) as caught:
            opened(tiny, **changes)
        assert caught.value.reason == reason

    refused("ENGINE_SETTING_INVALID", engine={"max_batch_row": 4})
    refused("ENGINE_SETTING_INVALID", engine={"max_batch_rows": 0})
    refused("CONTEXT_TOO_LONG", max_context_tokens=4096)
    refused("MODEL_NOT_FOUND", model=str(tmp_path / "absent"))
    refused("MODEL_UNSUPPORTED", model=str(tmp_path))
    refused("MODEL_UNSUPPORTED", lora=LoraSpec(4, 8.0, ("no_such_layer",)))


def test_registry() -> None:
    assert engines.load("torch").capabilities().backend == "torch"
    with pytest.raises(BackendError, match="no trainer"):
        engines.load("no-such-trainer")
    with pytest.raises(BackendError, match="no model"):
        engines.load("torch").publish()


def test_capabilities_name_only_what_exists() -> None:
    declared = create_torch().capabilities()
    assert declared.seed_support in ("bitwise", "best_effort")
    assert set(json.loads(declared.engine_schema)["properties"]) >= {"max_batch_rows", "train_tokens"}
    assert "float32" in declared.compute_dtypes
    assert OpenSpec("m", 0).compute_dtype == "auto"
