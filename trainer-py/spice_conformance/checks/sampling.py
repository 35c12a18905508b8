"""Generation: parameters honoured, reasons, spans, cancellation (sampling.proto)."""

from __future__ import annotations

from typing import NotRequired, TypedDict, Unpack

import numpy as np

from spice_conformance import samples
from spice_conformance.batch import Batch, Ids, Row
from spice_conformance.check import check
from spice_conformance.subject import CURRENT, Subject
from spice_conformance.verdict import expect, inconclusive, skip
from spice_trainer.server.wire import pb

DRAWS = 400
UNLIKELY = 5.0
"""Standard deviations of a chi-square statistic that chance does not reach."""


class Filters(TypedDict, total=False):
    """The fields of SamplingParams that shape the distribution."""

    temperature: float
    top_p: float
    top_k: int
    min_p: float


class Long(TypedDict):
    """A request that takes a while."""

    n: int
    max_tokens: int
    ignore_eos: NotRequired[bool]


def distribution(subject: Subject, prompt: Ids, temperature: float = 1.0) -> np.ndarray:
    """Exact probabilities of the next token, by scoring every token of the vocabulary as a
    completion."""
    rows = tuple(Row(0, (token,)) for token in range(subject.small_vocabulary))
    scored = subject.logprobs(Batch((prompt,), rows), CURRENT, temperature)
    return np.exp(np.concatenate(scored))


def _first_tokens(subject: Subject, n: int = DRAWS, **fields: Unpack[Filters]) -> np.ndarray:
    subject.publish()
    n = min(n, subject.capabilities.sampling.max_samples_per_prompt)
    drawn = subject.sample(n=n, max_tokens=1, **fields)
    return np.array([one.ids[0] for one in drawn.of()])


def _chi_square(tokens: np.ndarray, chances: np.ndarray) -> float:
    """How many standard deviations Pearson's statistic lies above its mean; rare tokens pooled."""
    seen, wanted = np.bincount(tokens, minlength=len(chances)).astype(float), chances * len(tokens)
    common = wanted >= 5
    seen = np.append(seen[common], seen[~common].sum())
    wanted = np.append(wanted[common], max(wanted[~common].sum(), 1e-9))
    freedom = max(1, len(wanted) - 1)
    return float((((seen - wanted) ** 2 / wanted).sum() - freedom) / np.sqrt(2 * freedom))


@check("sampling.events")
def events(subject: Subject) -> str:
    """sampling.proto, Sample: started, then each sample exactly once, then done with the tokens
    counted; prompt_ids are the exact ids; spans cover the tokens of each sample."""
    got = subject.sample(subject.prompts[:2], n=3, max_tokens=5)
    expect(
        sorted(got.by_key) == [(i, j) for i in range(2) for j in range(3)], f"samples that came: {sorted(got.by_key)}"
    )
    expect(tuple(got.prompt_ids) == subject.prompts[:2], "prompt_ids differ from the ids that were sent")
    counted = sum(map(len, got.all_ids))
    expect(got.done.completion_tokens == counted, f"done counts {got.done.completion_tokens} tokens, {counted} came")
    expect(got.done.aborted == 0, "done counts aborted samples")
    for key, one in got.by_key.items():
        expect(1 <= len(one.ids) <= 5, f"sample {key} has {len(one.ids)} tokens")
        expect(sum(tokens for tokens, _ in one.spans) == len(one.ids), f"the spans of {key} do not cover its tokens")
        expect(len(one.logprobs) == len(one.ids), f"{key}: {len(one.logprobs)} log-probabilities, {len(one.ids)} ids")
        expect(all(0 <= token < subject.model.vocabulary for token in one.ids), f"{key} has an id above the vocabulary")
    return "six samples, each once, all tokens accounted for"


@check("sampling.return_mask")
def return_mask(subject: Subject) -> str:
    """sampling.proto, ReturnMask: log-probabilities, text and prompt ids come when asked for, and
    only then."""
    bare = subject.sample(returns=())
    one = bare.of()[0]
    expect(not one.logprobs and not one.text and not bare.prompt_ids, "something came that was not asked for")
    full = subject.sample(returns=("text", "logprobs", "prompt_ids"))
    expect(full.of()[0].ids == one.ids, "asking for more changed the sample")
    expect(bool(full.of()[0].logprobs and full.prompt_ids), "something that was asked for did not come")
    return "the mask decides what comes, and not what is drawn"


@check("sampling.length")
def length(subject: Subject) -> str:
    """sampling.proto, FinishReason: LENGTH at max_tokens, STOP_TOKEN at an end-of-sequence id,
    which is part of the sample."""
    ends = set(subject.model.eos_token_ids)
    for tokens in (1, 2, 9):
        for one in subject.sample(n=8, max_tokens=tokens).of():
            ended = one.ids[-1] in ends
            expect(not any(token in ends for token in one.ids[:-1]), "a sample goes on after an end-of-sequence id")
            expect(one.reason == ("stop_token" if ended else "length"), f"{one.ids} ended with {one.reason}")
            expect(ended or len(one.ids) == tokens, f"{len(one.ids)} tokens instead of {tokens}")
    return "samples end at max_tokens or at an end-of-sequence id"


@check("sampling.greedy")
def greedy(subject: Subject) -> str:
    """sampling.proto, temperature 0: greedy, whatever the seed."""
    subject.parameter("temperature")
    subject.publish()
    prompt = subject.prompts[0]
    drawn = {subject.sample([prompt], seed=seed, temperature=0.0, max_tokens=6).of()[0].ids for seed in (1, 2, 3)}
    expect(len(drawn) == 1, f"three seeds gave {len(drawn)} different greedy samples")
    if subject.model.vocabulary <= 1024:
        chances = distribution(subject, prompt)
        first = next(iter(drawn))[0]
        expect(
            chances[first] >= chances.max() - 1e-4,
            f"token {first} has {chances[first]:.3f}, the likeliest {chances.max():.3f}",
        )
    return "three seeds, one sample, and its first token is the likeliest"


@check("sampling.frequencies")
def frequencies(subject: Subject) -> str:
    """sampling.proto, SamplingParams: tokens are drawn from the model's distribution (chi-square
    test against scores of the whole vocabulary)."""
    chances = distribution(subject, subject.prompts[0])
    far = _chi_square(_first_tokens(subject), chances)
    expect(far < UNLIKELY, f"{DRAWS} draws are {far:.1f} standard deviations from the scored distribution")
    return f"{DRAWS} draws fit the scored distribution ({far:+.1f} standard deviations)"


@check("sampling.temperature")
def temperature(subject: Subject) -> str:
    """sampling.proto, temperature: logits are divided by it (chi-square at T = 0.6 and T = 1.5)."""
    subject.parameter("temperature")
    told: list[str] = []
    for value in (0.6, 1.5):
        chances = distribution(subject, subject.prompts[0], value)
        far = _chi_square(_first_tokens(subject, temperature=value), chances)
        expect(far < UNLIKELY, f"at T = {value}, {DRAWS} draws are {far:.1f} standard deviations off")
        told.append(f"T = {value}: {far:+.1f}")
    return f"draws fit ({', '.join(told)} standard deviations)"


@check("sampling.top_k")
def top_k(subject: Subject) -> str:
    """sampling.proto, top_k: only the k likeliest tokens are drawn, and all of them are."""
    subject.parameter("top_k")
    chances = distribution(subject, subject.prompts[0])
    best = set(np.argsort(-chances, kind="stable")[:2].tolist())
    seen = set(_first_tokens(subject, top_k=2).tolist())
    expect(seen <= best, f"top_k = 2 drew {sorted(seen - best)}")
    expect(len(seen) == 2, f"top_k = 2 drew one token only in {DRAWS} draws")
    return f"{DRAWS} draws stay among the two likeliest tokens"


@check("sampling.top_p")
def top_p(subject: Subject) -> str:
    """sampling.proto, top_p: only the smallest set of likeliest tokens with at least this
    probability is drawn."""
    subject.parameter("top_p")
    chances = distribution(subject, subject.prompts[0])
    order = np.argsort(-chances, kind="stable")
    needed = int(np.searchsorted(np.cumsum(chances[order]), 0.5)) + 1
    nucleus = set(order[:needed].tolist())
    seen = set(_first_tokens(subject, top_p=0.5).tolist())
    expect(seen <= nucleus, f"top_p = 0.5 drew {len(seen - nucleus)} tokens outside the nucleus of {needed}")
    rest = 1 - chances[order[:needed]].sum()
    if rest * DRAWS < 10:
        raise inconclusive(f"only {rest:.3f} of the probability lies outside the nucleus")
    return f"{DRAWS} draws stay in the nucleus of {needed} tokens; {rest:.2f} of the probability is outside"


@check("sampling.min_p")
def min_p(subject: Subject) -> str:
    """sampling.proto, min_p: only tokens at least this fraction as likely as the likeliest are
    drawn."""
    subject.parameter("min_p")
    chances = distribution(subject, subject.prompts[0])
    allowed = set(np.flatnonzero(chances >= 0.5 * chances.max() * (1 - 1e-4)).tolist())
    rest = 1 - sum(chances[token] for token in allowed)
    seen = set(_first_tokens(subject, min_p=0.5).tolist())
    expect(seen <= allowed, f"min_p = 0.5 drew {len(seen - allowed)} tokens that are too unlikely")
    if rest * DRAWS < 10:
        raise inconclusive(f"only {rest:.3f} of the probability is cut off")
    return f"{DRAWS} draws stay among {len(allowed)} tokens; {rest:.2f} of the probability is cut off"


@check("sampling.stop_token")
def stop_token(subject: Subject) -> str:
    """sampling.proto, stop_token_ids: ids that end a sample; the stopping id is part of it, reason
    STOP_TOKEN."""
    subject.parameter("stop_token_ids")
    free = subject.sample(max_tokens=6).of()[0]
    stop = free.ids[2]
    cut = subject.sample(max_tokens=6, stop_token_ids=[stop]).of()[0]
    want = free.ids[: free.ids.index(stop) + 1]
    expect(cut.ids == want, f"{cut.ids} instead of {want} with stop id {stop}")
    expect(cut.reason == "stop_token", f"reason {cut.reason}")
    return "the sample ends with the stop id"


@check("sampling.stop_string")
def stop_string(subject: Subject) -> str:
    """sampling.proto, stop_strings: the ids up to the one that completes the text are returned;
    `text` ends before it."""
    subject.parameter("stop_strings")
    if "text" not in subject.capabilities.sampling.returns:
        raise skip("text is not returned")
    subject.publish()
    prompt = subject.prompts[0]
    free = subject.sample([prompt], max_tokens=4, returns=("text",), **subject.likeliest).of()[0]
    stop = free.text[1:3]
    if len(stop) < 2 or not stop.isascii():
        raise inconclusive(f"the greedy text {free.text!r} has no two plain letters to stop at")
    cut = subject.sample([prompt], max_tokens=4, stop_strings=[stop], returns=("text",), **subject.likeliest).of()[0]
    expect(cut.reason == "stop_string", f"reason {cut.reason} at {stop!r} in {free.text!r}")
    expect(cut.text == free.text[: free.text.index(stop)], f"text {cut.text!r} of {free.text!r}, stop {stop!r}")
    expect(cut.ids == free.ids[: len(cut.ids)], "the ids are not a beginning of the sample without a stop")
    return f"text {free.text!r} ends before {stop!r}"


@check("sampling.ignore_eos")
def ignore_eos(subject: Subject) -> str:
    """sampling.proto, ignore_eos: the model's end-of-sequence ids do not stop a sample."""
    subject.parameter("ignore_eos")
    ends = set(subject.model.eos_token_ids)
    drawn = subject.sample(n=32, max_tokens=40, ignore_eos=True).of()
    expect(all(len(one.ids) == 40 for one in drawn), "a sample ended early")
    if not any(ends & set(one.ids[:-1]) for one in drawn):
        raise inconclusive("no end-of-sequence id was drawn in 1,280 tokens")
    return "samples go on through end-of-sequence ids"


@check("sampling.cancel_samples")
def cancel_samples(subject: Subject) -> str:
    """sampling.proto, CancelSamples: one prompt's samples end ABORTED within a decode step; the
    others are whole."""
    subject.need("SamplingService/CancelSamples")
    long = _long(subject)
    request = subject.sample_request(subject.prompts[:2], **long)
    call = subject.stream(request)
    seen = [next(call)]
    wish = pb.CancelSamplesRequest(
        session_id=subject.client.session_id, epoch=subject.client.epoch, request_id=request.request_id, prompt_index=1
    )
    expect(subject.client.call("SamplingService/CancelSamples", wish).found, "the running request was not found")
    got = samples.collect([*seen, *call])
    aborted = sum(one.reason == "aborted" for one in got.of(1))
    expect(not any(one.reason == "aborted" for one in got.of(0)), "samples of the other prompt were aborted")
    expect(len(got.of(1)) == long["n"], "cancelled samples are missing from the stream")
    expect(got.done.aborted == aborted, f"done counts {got.done.aborted} aborted samples, {aborted} came")
    expect(not subject.client.call("SamplingService/CancelSamples", wish).found, "a finished request was found")
    short = [one for one in got.of(1) if one.reason == "length" or len(one.ids) >= long["max_tokens"]]
    if aborted == 0 and short:
        expect(False, f"none of {long['n']} samples stopped after CancelSamples")
    if aborted == 0:
        raise inconclusive("all samples were finished before the cancellation came")
    return f"{aborted} of {long['n']} samples were stopped; the other prompt's are whole"


@check("sampling.cancel_call")
def cancel_call(subject: Subject) -> str:
    """sampling.proto: cancelling the call aborts all its samples; session.proto, sample_credits
    come back."""
    beat = pb.HeartbeatRequest(session_id=subject.client.session_id, epoch=subject.client.epoch)
    before = subject.client.call("SessionService/Heartbeat", beat).sample_credits
    for reads in (0, 1, 2):
        request = subject.sample_request(**_long(subject))
        call = subject.stream(request)
        for _ in range(reads):
            next(call)
        call.cancel()
    after = -1
    for _ in range(200):
        after = subject.client.call("SessionService/Heartbeat", beat).sample_credits
        if after == before:
            break
    expect(after == before, f"{before - after} sample credits are lost after three cancelled calls")
    subject.sample(max_tokens=1)
    return "three cancelled calls gave their credits back"


@check("sampling.request_id")
def request_id(subject: Subject) -> str:
    """sampling.proto, request_id: ALREADY_EXISTS while a request with this name is in flight; free
    afterwards."""
    name = "conformance-request"
    call = subject.stream(subject.sample_request(request_id=name, **_long(subject)))
    next(call)
    subject.refused("a request_id in flight", lambda: subject.sample(request_id=name, max_tokens=1), "ALREADY_EXISTS")
    call.cancel()
    return "a name in flight is refused"


def _long(subject: Subject) -> Long:
    """Enough work to be caught in the act."""
    room = subject.model.max_context_tokens - max(map(len, subject.prompts))
    samples = min(24, subject.capabilities.sampling.max_samples_per_prompt)
    long: Long = {"n": samples, "max_tokens": min(600, room)}
    if "ignore_eos" in subject.capabilities.sampling.parameters:
        long["ignore_eos"] = True
    return long
