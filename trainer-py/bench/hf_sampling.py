"""Lane: the same generation by transformers' generate with num_return_sequences."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from bench.lane import Lane, options, versions
from bench.work import COUNTRIES, page_text


def main(lane: Lane) -> None:
    """Runs until there are no more turns."""
    given = options()
    torch.set_num_threads(given["threads"])
    torch.manual_seed(0)
    prompts, length, samples, new = given["prompts"], given["promptTokens"], given["samples"], given["newTokens"]
    tokenizer: Any = AutoTokenizer.from_pretrained(given["model"])
    model: Any = AutoModelForCausalLM.from_pretrained(given["model"], dtype=getattr(torch, given["dtype"])).eval()
    texts = [page_text(Path(given["factbook"]), page) for page in COUNTRIES[:prompts]]

    def turn(number: int) -> Mapping[str, Any]:
        start = number * length
        ids = torch.tensor([tokenizer(text)["input_ids"][start : start + length] for text in texts])
        started = time.perf_counter()
        with torch.inference_mode():
            out = model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                do_sample=True,
                temperature=1.0,
                top_k=0,
                top_p=1.0,
                num_return_sequences=samples,
                max_new_tokens=new,
                min_new_tokens=new,
                pad_token_id=tokenizer.eos_token_id,
            )
        seconds = time.perf_counter() - started
        return {"seconds": seconds, "tokens": out.shape[0] * (out.shape[1] - length)}

    lane.ready(dtype=given["dtype"], versions=versions("torch", "transformers"))
    lane.run(turn)
