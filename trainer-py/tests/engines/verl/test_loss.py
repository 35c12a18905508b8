"""The loss hook and the outcome, against the torch backend's own numbers on the same tokens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from bench import byte_model
from spice_trainer.api import OpenSpec, TrainBatch, TrainResult
from spice_trainer.engines.shared.silent import Silent
from spice_trainer.engines.torch_local.backend import create as create_torch
from spice_trainer.engines.verl.columns import NAMES, completion_part, filler, row_of
from spice_trainer.engines.verl.loss import weighted_loss
from spice_trainer.engines.verl.outcome import loss_and_statistics
from tests.engines.verl.batches import LOSSES, NORMALIZER, make_batch


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bytes")
    byte_model.write(made)
    return made


@pytest.fixture(scope="module")
def reference(folder: Path):
    backend = create_torch()
    backend.open(OpenSpec(model=str(folder), seed=1, compute_dtype="float32", max_context_tokens=256), Silent())
    yield lambda batch, loss: backend.forward_backward(batch, loss, NORMALIZER, True, Silent())
    backend.close()


def model_output(folder: Path, batch: TrainBatch, rows: list) -> tuple[torch.nn.Module, dict, dict]:
    """What verl's engine would hand to the hook: the rows padded, the loss by next token."""
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    logprobs, entropies = [], []
    for row in rows:
        ids = torch.from_numpy(row.ids.astype(np.int64))
        table = (model(ids[None]).logits[0] / row.temperature).log_softmax(-1)
        logprobs.append(table.gather(1, ids.roll(-1)[:, None])[:, 0])
        entropies.append(-(table.exp() * table).sum(-1))

    def jagged(parts: list[torch.Tensor]) -> torch.Tensor:
        return torch.nested.as_nested_tensor(parts, layout=torch.jagged)

    data = {name: jagged([torch.from_numpy(row.columns[name]) for row in rows]) for name in NAMES}
    return model, {"log_probs": jagged(logprobs), "entropy": jagged(entropies)}, data


@pytest.mark.parametrize("name", LOSSES)
def test_the_hook_gives_the_normative_loss_whatever_the_fillers(
    name: str, folder: Path, reference: Callable[..., TrainResult]
) -> None:
    batch = make_batch()
    rows = [row_of(batch, index) for index in range(len(batch.sequences))] + [filler(5)]
    _, output, data = model_output(folder, batch, rows)
    loss, metrics = weighted_loss(output, data, loss=LOSSES[name], normalizer=NORMALIZER)
    assert metrics == {}
    assert loss.item() == pytest.approx(reference(batch, LOSSES[name]).loss, rel=2e-5, abs=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_the_outcome_has_the_loss_and_statistics_of_the_torch_backend(
    name: str, folder: Path, reference: Callable[..., TrainResult]
) -> None:
    batch = make_batch()
    rows = [row_of(batch, index) for index in range(len(batch.sequences))]
    _, output, _ = model_output(folder, batch, rows)
    tokens = {
        index: tuple(
            completion_part(row, values[index].detach().numpy())
            for values in (output["log_probs"].unbind(), output["entropy"].unbind())
        )
        for index, row in enumerate(rows)
    }
    loss, stats = loss_and_statistics(batch, tokens, LOSSES[name], NORMALIZER)  # type: ignore[arg-type]
    expected = reference(batch, LOSSES[name])
    assert loss == pytest.approx(expected.loss, rel=2e-5, abs=1e-6)
    assert stats.keys() == expected.stats.keys()
    for role, one in stats.items():
        for field, value in vars(one).items():
            assert value == pytest.approx(getattr(expected.stats[role], field), rel=1e-3, abs=1e-5), (role, field)


def test_a_worker_without_tokens_gives_a_loss_of_zero_that_has_a_gradient(folder: Path) -> None:
    model, output, data = model_output(folder, make_batch(), [filler(5)])
    loss, _ = weighted_loss(output, data, loss=LOSSES["ppo"], normalizer=NORMALIZER)
    loss.backward()
    assert loss.item() == 0
    assert all(float(p.grad.abs().max()) == 0 for p in model.parameters() if p.grad is not None)


def test_masked_tokens_may_hold_nan_in_any_column(folder: Path) -> None:
    rows = [row_of(make_batch(), 3)]
    masked = rows[0].columns["weight"] == 0
    for column in NAMES[1:]:
        rows[0].columns[column][masked] = np.nan
    model, output, data = model_output(folder, make_batch(), rows)
    loss, _ = weighted_loss(output, data, loss=LOSSES["sequence"], normalizer=NORMALIZER)
    loss.backward()
    assert all(bool(torch.isfinite(p.grad).all()) for p in model.parameters() if p.grad is not None)


def test_a_loss_that_is_not_finite_is_said_to_be_so() -> None:
    batch = make_batch()
    tokens = {
        index: (np.full(length, np.inf, np.float32), np.zeros(length, np.float32))
        for index, length in enumerate(len(s.completion_ids) for s in batch.sequences)
    }
    loss, _ = loss_and_statistics(batch, tokens, LOSSES["cross_entropy"], NORMALIZER)
    assert np.isnan(loss)


def test_no_tokens_is_a_loss_of_zero() -> None:
    assert loss_and_statistics(make_batch(), {}, LOSSES["ppo"], NORMALIZER) == (0.0, {})
