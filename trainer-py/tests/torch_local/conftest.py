"""A tiny random model with a tiny tokenizer, made once a test session."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from spice_trainer.backend import I32, OpenSpec, Prompt, PromptSpec, SampleEvent, SampleRequest, SamplingParams
from spice_trainer.backends.torch_local import TorchBackend

TEMPLATE = (
    "{% for m in messages %}<s>{{ m.role }} {{ m.content }}</s>{% endfor %}{% if add_generation_prompt %}<s>{% endif %}"
)
WORDS = [f"w{index}" for index in range(200)]


class Progress:
    """A sink that counts, and can ask to stop."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.calls: list[tuple[str, int, int]] = []
        self._stop_after = stop_after

    def progress(self, phase: str, done: int, total: int) -> None:
        self.calls.append((phase, done, total))

    def cancelled(self) -> bool:
        return self._stop_after is not None and len(self.calls) >= self._stop_after


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a 2-layer Llama with grouped heads and tied embeddings, vocabulary of bytes and words."""
    folder = tmp_path_factory.mktemp("tiny")
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: index for index, token in enumerate(["<s>", "</s>", *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="</s>")
    fast.chat_template = TEMPLATE
    fast.save_pretrained(str(folder))
    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=60,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=6,
        num_key_value_heads=2,
        head_dim=16,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
        initializer_range=0.15,
    )
    LlamaForCausalLM(config).save_pretrained(str(folder))
    return folder


def opened(folder: Path, **changes: object) -> TorchBackend:
    """A backend with the tiny model loaded in float32."""
    backend = TorchBackend()
    settings = {"model": str(folder), "seed": 1, "compute_dtype": "float32", "max_context_tokens": 512, **changes}
    backend.open(OpenSpec(**settings), Progress())  # type: ignore[arg-type]
    return backend


@pytest.fixture(scope="session")
def shared(tiny: Path) -> Iterator[TorchBackend]:
    """One backend for tests that do not change weights."""
    backend = opened(tiny)
    yield backend
    backend.close()


@pytest.fixture
def fresh(tiny: Path) -> Iterator[TorchBackend]:
    """A backend of its own, for tests that train."""
    backend = opened(tiny)
    yield backend
    backend.close()


def collect(backend: TorchBackend, request: SampleRequest, timeout: float = 60.0) -> list[SampleEvent]:
    """Submit and wait for the last event."""
    events: list[SampleEvent] = []
    over = threading.Event()

    def sink(event: SampleEvent) -> None:
        events.append(event)
        if event.kind == "done":
            over.set()

    backend.submit(request, sink)
    assert over.wait(timeout), "the request did not end"
    return events


def sampled(
    backend: TorchBackend, prompts: list[I32], seeds: list[tuple[int, ...]], params: SamplingParams, **changes: object
) -> dict[tuple[int, int], tuple[list[int], list[float], str]]:
    """(prompt, sample) to ids, log-probabilities and finish reason."""
    specs = tuple(PromptSpec(Prompt(token_ids=ids), seed) for ids, seed in zip(prompts, seeds, strict=True))
    events = collect(backend, SampleRequest(specs, params, **changes))  # type: ignore[arg-type]
    assert events[-1].kind == "done"
    assert events[-1].error is None
    return {
        (e.prompt_index, e.sample_index): (
            e.token_ids.tolist(),
            [] if e.logprobs is None else e.logprobs.tolist(),
            str(e.reason),
        )
        for e in events
        if e.kind == "finished"
    }


def random_ids(rng: np.random.Generator, length: int, low: int = 2) -> I32:
    """Ids from `low` up; 0 begins and 1 ends a sequence."""
    return rng.integers(low, 250, length).astype(np.int32)
