"""Lane: one dr_grpo step of the recorded batch by the torch backend."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bench.engine import open_backend, shape_of
from bench.lane import Lane, gemm_flops_per_second, options, versions
from bench.work import training_flops
from spice_trainer.api import OptimSpec, PolicyGradientLoss, TrainBatch, TrainSequence
from spice_trainer.engines.shared.silent import Silent


def recorded_batch(path: Path) -> TrainBatch:
    """The recorded group with centred, unscaled advantages: what dr_grpo computes."""
    record = json.loads(path.read_text())
    rewards = [one["reward"] for one in record["completions"]]
    mean = sum(rewards) / len(rewards)
    sequences = tuple(
        TrainSequence(
            prompt_ref=0,
            completion_ids=np.asarray(one["ids"], dtype=np.int32),
            weights=np.ones(len(one["ids"]), dtype=np.float32),
            advantages=np.full(len(one["ids"]), one["reward"] - mean, dtype=np.float32),
            behaviour_logprobs=np.asarray(one["logprobs"], dtype=np.float32),
            old_logprobs=None,
            reference_logprobs=None,
            temperature=1.0,
            role="",
            group_id="bench",
            sample_id=str(index),
        )
        for index, one in enumerate(record["completions"])
    )
    return TrainBatch((np.asarray(record["prompt_ids"], dtype=np.int32),), sequences)


def main(lane: Lane) -> None:
    """Runs until there are no more turns."""
    given = options()
    backend, info = open_backend(given["model"], given["dtype"], given["threads"])
    batch = recorded_batch(Path(given["record"]))
    lengths = [len(one.completion_ids) for one in batch.sequences]
    # dr_grpo: divide by sequences x the longest completion allowed.
    normalizer = float(len(lengths) * given["newTokens"])
    # The weight decay, betas and clipping that TRL's defaults set.
    optim = OptimSpec(learning_rate=1e-6, beta1=0.9, beta2=0.999, weight_decay=0.0, max_grad_norm=1.0)
    dtype = getattr(torch, info.compute_dtype)

    def turn(number: int) -> Mapping[str, Any]:
        started = time.perf_counter()
        result = backend.forward_backward(batch, PolicyGradientLoss(), normalizer, False, Silent())
        update = backend.optim_step(optim)
        seconds = time.perf_counter() - started
        return {
            "seconds": seconds,
            "loss": result.loss,
            "gradNorm": update.grad_norm,
            "computedTokens": result.tokens,
            "gemmFlopsPerSecond": gemm_flops_per_second(dtype),
        }

    lane.ready(
        flops=training_flops(shape_of(info), len(batch.prompts[0]), lengths),
        usefulTokens=len(batch.prompts[0]) + sum(lengths),
        dtype=info.compute_dtype,
        versions=versions("torch", "transformers", "numpy"),
    )
    lane.run(turn)
