"""Our side, used directly: what the sidecar does for a request, without the wire."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from bench.work import Shape
from spice_trainer.api import (
    I32,
    Backend,
    ModelInfo,
    OpenSpec,
    Prompt,
    PromptSpec,
    SampleDone,
    SampleEvent,
    SampleFinished,
    SampleRequest,
    SamplingParams,
)
from spice_trainer.engines.shared.silent import Silent
from spice_trainer.engines.torch_local.backend import create as create_torch


def open_backend(model: str, dtype: Any, threads: int) -> tuple[Backend, ModelInfo]:
    """The torch backend with its default settings."""
    backend = create_torch()
    engine = {"threads": threads}
    spec = OpenSpec(model=model, seed=1, compute_dtype=dtype, max_context_tokens=1024, engine=engine)
    return backend, backend.open(spec, Silent())


def shape_of(info: ModelInfo) -> Shape:
    """Sizes for the cost formulas."""
    from transformers import AutoConfig

    config: Any = AutoConfig.from_pretrained(info.tokenizer_path, local_files_only=True)
    return Shape(info.parameters, config.vocab_size, config.hidden_size, config.num_hidden_layers)


def prompt_ids(backend: Backend, text: str, start: int, length: int) -> I32:
    """`length` tokens of a text, from token `start`."""
    (ids,) = backend.tokenize([Prompt(text=text)])
    if len(ids) < start + length:
        raise ValueError(f"the text has {len(ids)} tokens, {start + length} are needed")
    return np.ascontiguousarray(ids[start : start + length])


def sample(backend: Backend, prompts: list[I32], samples: int, new_tokens: int, seed: int = 0) -> list[SampleFinished]:
    """Generate exactly `new_tokens` at temperature 1 for `samples` of each prompt, end of text ignored."""
    rows = tuple(
        PromptSpec(Prompt(token_ids=ids), tuple(seed + 1000 * row + n for n in range(samples)))
        for row, ids in enumerate(prompts)
    )
    request = SampleRequest(rows, SamplingParams(max_tokens=new_tokens, ignore_eos=True))
    finished: list[SampleFinished] = []
    failure: list[Exception] = []
    done = threading.Event()

    def sink(event: SampleEvent) -> None:
        if isinstance(event, SampleFinished):
            finished.append(event)
        elif isinstance(event, SampleDone):
            if event.error is not None:
                failure.append(event.error)
            done.set()

    backend.submit(request, sink)
    done.wait()
    if failure:
        raise failure[0]
    return finished
