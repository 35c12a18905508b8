"""Record the batch that both trainers are given: one real prompt, completions sampled from the
model, rewards.

Writes {"prompt_ids", "completions": [{"ids", "logprobs", "reward"}], ...} to the file named in the
options.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from bench.engine import open_backend, prompt_ids, sample
from bench.lane import Lane, options
from bench.work import COUNTRIES, page_text


def main(lane: Lane) -> None:
    """Writes the file, then reports."""
    given = options()
    backend, _ = open_backend(given["model"], given["dtype"], given["threads"])
    text = page_text(Path(given["factbook"]), COUNTRIES[0])
    prompt = prompt_ids(backend, text, 0, given["promptTokens"])
    finished = sample(backend, [prompt], given["samples"], given["newTokens"])
    completions = [
        {
            "ids": one.token_ids.tolist(),
            "logprobs": (one.logprobs if one.logprobs is not None else np.zeros(0)).tolist(),
            # Any deterministic reward will do, as long as it varies within the group.
            "reward": float(one.token_ids.sum() % 7) / 7,
        }
        for one in sorted(finished, key=lambda one: one.sample_index)
    ]
    Path(given["out"]).write_text(json.dumps({"prompt_ids": prompt.tolist(), "completions": completions}))
    backend.close()
    lane.ready()
