"""Lane: generation by the torch backend, log-probabilities included (they are always needed to
train)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from bench.engine import open_backend, prompt_ids, sample, shape_of
from bench.lane import Lane, gemm_flops_per_second, options, versions
from bench.work import COUNTRIES, page_text, sampling_flops


def main(lane: Lane) -> None:
    """Runs until there are no more turns."""
    given = options()
    prompts, length, samples, new = given["prompts"], given["promptTokens"], given["samples"], given["newTokens"]
    backend, info = open_backend(given["model"], given["dtype"], given["threads"])
    texts = [page_text(Path(given["factbook"]), page) for page in COUNTRIES[:prompts]]
    dtype = getattr(torch, info.compute_dtype)

    def turn(number: int) -> Mapping[str, Any]:
        # Other prompts each turn: nothing may come out of the prefix cache of the turn before.
        rows = [prompt_ids(backend, text, number * length, length) for text in texts]
        started = time.perf_counter()
        finished = sample(backend, rows, samples, new, seed=number)
        seconds = time.perf_counter() - started
        tokens = sum(len(one.token_ids) for one in finished)
        return {"seconds": seconds, "tokens": tokens, "gemmFlopsPerSecond": gemm_flops_per_second(dtype)}

    lane.ready(
        flops=sampling_flops(shape_of(info), prompts, length, samples, new),
        dtype=info.compute_dtype,
        versions=versions("torch", "transformers", "numpy"),
    )
    lane.run(turn)
    backend.close()
