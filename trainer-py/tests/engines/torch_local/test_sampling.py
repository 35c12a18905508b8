"""The sampler against plain transformers, and its independence of batching, caching and
scheduling."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from spice_trainer.api import (
    Backend,
    BackendError,
    ChatMessage,
    Prompt,
    PromptSpec,
    SampleEvent,
    SampleFinished,
    SampleRequest,
    SamplingParams,
)
from spice_trainer.engines.torch_local.sampler.draw import DrawRow, draw
from tests.engines.torch_local import oracle
from tests.engines.torch_local.driving import collect, opened, prompts_of, random_ids, sampled

FREE = SamplingParams(max_tokens=20, ignore_eos=True)


def test_emitted_logprobs_equal_teacher_forcing(tiny: Path, shared: Backend) -> None:
    model = oracle.load(tiny)
    prompts = prompts_of([1, 5, 63, 64, 65, 130, 200])
    for temperature, mode in ((1.0, "temperature_scaled"), (0.7, "temperature_scaled"), (0.7, "raw")):
        params = SamplingParams(max_tokens=20, temperature=temperature, ignore_eos=True)
        found = sampled(shared, prompts, [(1, 2)] * len(prompts), params, logprob_mode=mode)
        assert len(found) == 14
        for (index, _), (ids, values, reason) in found.items():
            used = temperature if mode == "temperature_scaled" else 1.0
            wanted = oracle.logprobs(model, prompts[index], np.array(ids), used).detach().numpy()
            np.testing.assert_allclose(values, wanted, atol=1e-4)
            assert len(ids) == 20
            assert reason == "length"


def test_greedy_equals_generate(tiny: Path, shared: Backend) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.float32)
    prompts = prompts_of([3, 70, 129])
    found = sampled(shared, prompts, [(0, 1)] * 3, SamplingParams(max_tokens=30, temperature=0.0))
    for index, prompt in enumerate(prompts):
        ids = torch.tensor(prompt[None].astype(np.int64))
        wanted = model.generate(ids, max_new_tokens=30, do_sample=False)[0, len(prompt) :].tolist()
        assert found[index, 0][0] == found[index, 1][0] == wanted


def test_result_is_independent_of_batch_order_and_cache(tiny: Path) -> None:
    prompts = prompts_of([40, 90, 150, 200, 64, 7])
    stem = random_ids(np.random.default_rng(5), 140)
    prompts += [np.concatenate([stem, tail]) for tail in prompts_of([3, 60, 90], seed=9)]
    seeds = [(10 * i, 10 * i + 1, 10 * i + 2) for i in range(len(prompts))]
    cold = opened(tiny, engine={"prefill_tokens": 64, "max_batch_rows": 5})
    wide = opened(tiny)
    try:
        together = sampled(wide, prompts, seeds, FREE)
        again = sampled(wide, prompts[::-1], seeds[::-1], FREE)
        for index in range(len(prompts)):
            alone = sampled(cold, [prompts[index]], [seeds[index][1:]], FREE)
            for sample in range(3):
                assert together[index, sample] == again[len(prompts) - 1 - index, sample], "cache or order mattered"
            for sample in (1, 2):
                assert together[index, sample] == alone[0, sample - 1], "the batch mattered"
    finally:
        cold.close()
        wide.close()


def test_shared_prefixes_are_computed_once(tiny: Path) -> None:
    backend = opened(tiny)
    try:
        rng = np.random.default_rng(1)
        stem = random_ids(rng, 192)
        prompts = [np.concatenate([stem, random_ids(rng, 10)]) for _ in range(6)]
        specs = tuple(PromptSpec(Prompt(token_ids=ids), (1, 2)) for ids in prompts)
        first = collect(backend, SampleRequest(specs, FREE))[-1]
        assert first.kind == "done"
        assert first.prompt_tokens == 192 + 6 * 10
        second = collect(backend, SampleRequest(specs, FREE))[-1]
        assert second.kind == "done"
        assert second.prompt_tokens == 0
        backend.publish()
        third = collect(backend, SampleRequest(specs, FREE))[-1]
        assert third.kind == "done"
        assert third.prompt_tokens == first.prompt_tokens, "a publish must empty the cache"
    finally:
        backend.close()


def test_seeds(shared: Backend) -> None:
    prompt = prompts_of([30])
    found = sampled(shared, prompt, [(1, 1, 2, 2**64 - 1, -1)], FREE)
    assert found[0, 0] == found[0, 1] != found[0, 2]
    assert found[0, 3] == found[0, 4], "a seed is 64 bits, however its sign is read"
    assert sampled(shared, prompt, [(2,)], FREE)[0, 0] == found[0, 2]


def test_samples_follow_the_distribution(tiny: Path, shared: Backend) -> None:
    prompt = prompts_of([20])[0]
    count = 1000
    seeds = tuple(range(count))
    found = sampled(shared, [prompt], [seeds], SamplingParams(max_tokens=1, temperature=0.6, ignore_eos=True))
    expected = oracle.distribution(oracle.load(tiny), prompt, np.array([5]), 0.6)[0].exp().detach().numpy() * count
    observed = np.bincount([ids[0] for ids, _, _ in found.values()], minlength=len(expected))
    common = expected >= 5
    cells = np.append(expected[common], expected[~common].sum()), np.append(observed[common], observed[~common].sum())
    statistic = float(((cells[1] - cells[0]) ** 2 / cells[0]).sum())
    freedom = len(cells[0]) - 1
    assert freedom > 5
    assert statistic < freedom + 4 * (2 * freedom) ** 0.5, f"chi-square {statistic:.0f} at {freedom} degrees"


@pytest.mark.parametrize(
    ("params", "kept"),
    [
        (SamplingParams(1, top_k=2), {0, 1}),
        (SamplingParams(1, top_p=0.75), {0, 1}),
        (SamplingParams(1, top_p=0.45), {0}),
        (SamplingParams(1, min_p=0.3), {0, 1}),
        (SamplingParams(1, top_k=3, top_p=0.99), {0, 1, 2}),
    ],
)
def test_filters_keep_the_right_tokens(params: SamplingParams, kept: set[int]) -> None:
    probabilities = torch.tensor([0.5, 0.3, 0.1, 0.06, 0.04])
    count = 400
    logits = probabilities.log().repeat(count, 1)
    uniform = (np.arange(count) + 0.5) / count
    tokens, values = draw(logits, [DrawRow(params, "processed")] * count, uniform)
    assert set(tokens) == kept
    total = sum(float(probabilities[token]) for token in kept)
    for token, value in zip(tokens, values, strict=True):
        assert value == pytest.approx(np.log(float(probabilities[token]) / total), abs=1e-6)
    for token in kept:
        assert tokens.count(token) / count == pytest.approx(float(probabilities[token]) / total, abs=0.01)


def test_stop_ids_strings_and_eos(shared: Backend) -> None:
    prompt = prompts_of([25])
    ids = sampled(shared, prompt, [(3,)], SamplingParams(max_tokens=100, ignore_eos=True))[0, 0][0]
    stop = ids[17]
    stopped = sampled(shared, prompt, [(3,)], SamplingParams(60, stop_token_ids=(stop,), ignore_eos=True))[0, 0]
    assert stopped[0] == ids[: ids.index(stop) + 1]
    assert stopped[2] == "stop_token"
    text = shared.session.text
    needle = text.decode(ids[8:11])
    spec = (PromptSpec(Prompt(token_ids=prompt[0]), (3,)),)
    events = collect(shared, SampleRequest(spec, SamplingParams(60, stop_strings=(needle, "never"), ignore_eos=True)))
    end = next(e for e in events if e.kind == "finished")
    whole = text.decode(end.token_ids.tolist())
    assert str(end.reason) == "stop_string"
    assert needle in whole
    assert needle not in text.decode(end.token_ids[:-1].tolist())
    assert end.text == whole[: whole.index(needle)]
    many = sampled(shared, prompt, [tuple(range(64))], SamplingParams(max_tokens=100))
    ended = [found for found in many.values() if found[2] == "stop_token"]
    assert ended, "no sample drew the end-of-sequence id: the test proves nothing"
    assert all(ids[-1] == 1 and 1 not in ids[:-1] for ids, _, _ in ended)


def test_context_end(shared: Backend) -> None:
    found = sampled(shared, prompts_of([500]), [(1,)], SamplingParams(max_tokens=100, ignore_eos=True))
    assert len(found[0, 0][0]) == 12
    assert found[0, 0][2] == "context"
    with pytest.raises(BackendError, match="512") as caught:
        sampled(shared, prompts_of([512]), [(1,)], FREE)
    assert caught.value.reason == "CONTEXT_OVERFLOW"


def test_cancel_stops_within_a_step(shared: Backend) -> None:
    """The sink runs on the engine's thread: what it cancels there must not decode once more."""
    specs = tuple(PromptSpec(Prompt(token_ids=ids), (1, 2, 3)) for ids in prompts_of([30, 80]))
    params = SamplingParams(max_tokens=400, ignore_eos=True)
    events: list[SampleEvent] = []
    over = threading.Event()

    def sink(event: SampleEvent) -> None:
        events.append(event)
        if event.kind == "done":
            over.set()

    generation = shared.submit(SampleRequest(specs, params), sink)
    generation.cancel(0)
    generation.cancel()
    assert over.wait(10)
    finished = [e for e in events if isinstance(e, SampleFinished)]
    assert len(finished) == 6
    assert {str(e.reason) for e in finished} == {"aborted"}
    assert all(len(e.token_ids) < 400 for e in finished)
    engine = shared.session.sampler.engine
    assert not engine._rows.rows
    assert not engine._waiting
    assert not engine._ready


def test_a_pinned_version_keeps_its_weights(fresh: Backend) -> None:
    prompt = prompts_of([50])
    before = sampled(fresh, prompt, [(1, 2)], FREE)
    fresh.publish()
    with torch.no_grad():
        fresh.session.sampler.policy_weights.freeze()
        for parameter in fresh.session.learner.parameters.masters.values():
            parameter.mul_(1.5)
    newer = fresh.publish()
    assert sampled(fresh, prompt, [(1, 2)], FREE) != before
    assert sampled(fresh, prompt, [(1, 2)], FREE, policy_version=newer.version - 1) == before
    with pytest.raises(BackendError, match="not active"):
        sampled(fresh, prompt, [(1, 2)], FREE, policy_version=0)


def test_a_failed_pass_ends_its_requests_only(fresh: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    model = fresh.session.learner.inference
    monkeypatch.setattr(model, "hidden", lambda *_: (_ for _ in ()).throw(RuntimeError("broken on purpose")))
    spec = (PromptSpec(Prompt(token_ids=prompts_of([9])[0]), (1, 2)),)
    events = collect(fresh, SampleRequest(spec, FREE))
    assert [str(e.reason) for e in events if e.kind == "finished"] == ["error", "error"]
    assert events[-1].kind == "done"
    assert events[-1].error is not None
    assert events[-1].error.reason == "SAMPLER_FAILED"
    monkeypatch.undo()
    assert len(sampled(fresh, prompts_of([9]), [(1, 2)], FREE)) == 2


def test_chat_and_text_prompts(shared: Backend) -> None:
    chat, text = shared.tokenize([Prompt(chat=(ChatMessage("user", "hi"),)), Prompt(text="hi")])
    assert chat[0] == 0
    assert chat[-1] == 0
    assert len(text) == 2
    (target,) = shared.encode_completions(["hi"], append_eos=True)
    assert target.tolist() == [*text.tolist(), 1]
    with pytest.raises(BackendError, match="exactly one"):
        shared.tokenize([Prompt(chat=(), text="hi")])


def test_samples_in_flight_outlive_their_version(fresh: Backend) -> None:
    """Released versions keep running and waiting requests going; unreachable ones are freed."""
    prompt = prompts_of([50])[0]
    alone = sampled(fresh, [prompt], [(5,)], SamplingParams(max_tokens=100, ignore_eos=True))[0, 0]
    spec = (PromptSpec(Prompt(token_ids=prompt), (5,)),)
    ends: list[tuple[int, list[int]]] = []
    over = threading.Semaphore(0)

    def sink(event: SampleEvent) -> None:
        if event.kind == "finished":
            ends.append((event.policy_version, event.token_ids.tolist()))
        if event.kind == "done":
            over.release()

    for version in range(4):
        fresh.submit(SampleRequest(spec, SamplingParams(max_tokens=100, ignore_eos=True)), sink)
        assert fresh.publish().version == version + 1
    for _ in range(4):
        assert over.acquire(timeout=60)
    assert ends == [(version, alone[0]) for version in range(4)]
    assert [version.version for version in fresh.versions()] == [3, 4]
    assert len(fresh.session.sampler.policy_weights._alive) <= 3


def test_logits_that_are_not_finite_are_an_error(fresh: Backend) -> None:
    state = fresh.session.learner
    fresh.session.sampler.policy_weights.freeze()
    with torch.no_grad():
        next(iter(state.parameters.masters.values())).fill_(torch.nan)
    fresh.publish()
    spec = (PromptSpec(Prompt(token_ids=prompts_of([9])[0]), (1,)),)
    last = collect(fresh, SampleRequest(spec, FREE))[-1]
    assert last.kind == "done"
    assert last.error is not None
    assert last.error.reason == "LOGITS_NOT_FINITE"
