"""What log-probabilities are: which distribution, which position, which weights (common.proto,
LogprobSemantics)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spice_conformance.batch import Batch, Row
from spice_conformance.check import check
from spice_conformance.checks.sampling import distribution
from spice_conformance.messages import declare, stream
from spice_conformance.samples import Samples
from spice_conformance.subject import CURRENT, Subject
from spice_conformance.verdict import expect, skip
from spice_trainer.server.wire import pb


def _gap(subject: Subject, got: Samples, prompts: int, temperature: float) -> float:
    """Largest difference between emitted and scored log-probabilities."""
    rows = [(key[0], one) for key, one in sorted(got.by_key.items())]
    batch = Batch(subject.prompts[:prompts], tuple(Row(prompt, one.ids) for prompt, one in rows))
    scored = subject.logprobs(batch, CURRENT, temperature)
    return max(float(np.abs(np.array(one.logprobs) - row).max()) for (_, one), row in zip(rows, scored, strict=True))


def _told(subject: Subject) -> str:
    return " and T = ".join(f"{one:g}" for one in subject.temperatures)


def _mode(subject: Subject, name: str) -> None:
    if not subject.declares("LogprobMode", name, subject.capabilities.sampling.logprob_modes):
        raise skip(f"log-probability mode {name} is not declared")


@check("logprobs.agree")
def agree(subject: Subject) -> str:
    """scoring.proto and sampling.proto: after a publish, the sampler's log-probabilities are those
    of ComputeLogprobs: first token, stopping id and truncated samples included."""
    subject.publish()
    worst = max(_gap(subject, subject.sample(subject.prompts[:2], n=8, max_tokens=n), 2, 1.0) for n in (1, 12))
    expect(worst < subject.tolerance, f"sampler and scorer differ by {worst:.2g}")
    return f"largest gap {worst:.1g} over 32 samples"


@check("logprobs.temperature_scaled")
def temperature_scaled(subject: Subject) -> str:
    """common.proto, TEMPERATURE_SCALED: log_softmax(logits / temperature), and the temperature is
    told."""
    subject.parameter("temperature")
    _mode(subject, "temperature_scaled")
    subject.publish()
    got = subject.sample(n=8, temperature=0.7, mode="temperature_scaled")
    expect(abs(got.semantics.temperature - 0.7) < 1e-6, f"temperature told: {got.semantics.temperature}")
    worst = _gap(subject, got, 1, 0.7)
    expect(worst < subject.tolerance, f"at T = 0.7 sampler and scorer differ by {worst:.2g}")
    return f"largest gap {worst:.1g} at T = 0.7"


@check("logprobs.raw")
def raw(subject: Subject) -> str:
    """common.proto, RAW: log_softmax(logits), whatever the temperature of the draw."""
    subject.parameter("temperature")
    _mode(subject, "raw")
    subject.publish()
    got = subject.sample(n=8, temperature=0.7, mode="raw")
    expect(got.semantics.temperature == 1.0, f"temperature told: {got.semantics.temperature}")
    worst = _gap(subject, got, 1, 1.0)
    expect(worst < subject.tolerance, f"drawn at T = 0.7, raw differs from T = 1 scores by {worst:.2g}")
    return f"largest gap {worst:.1g} for draws at T = 0.7"


@check("logprobs.processed")
def processed(subject: Subject) -> str:
    """common.proto, PROCESSED: the distribution really drawn from, after temperature and top-k
    renormalisation."""
    subject.parameter("temperature", "top_k")
    _mode(subject, "processed")
    chances = distribution(subject, subject.prompts[0], 0.7)
    subject.publish()
    kept = np.sort(chances)[::-1][:3].sum()
    worst = 0.0
    for one in subject.sample(n=16, temperature=0.7, top_k=3, max_tokens=1, mode="processed").of():
        worst = max(worst, abs(one.logprobs[0] - float(np.log(chances[one.ids[0]] / kept))))
    expect(worst < 2 * subject.tolerance, f"processed log-probabilities are off by {worst:.2g}")
    return f"largest error {worst:.1g} at T = 0.7, top_k = 3"


@check("logprobs.normalized")
def normalized(subject: Subject) -> str:
    """scoring.proto: log p(token | ...) at the given temperature: over the whole vocabulary the
    probabilities add up to 1."""
    for temperature in subject.temperatures:
        total = float(distribution(subject, subject.prompts[0], temperature).sum())
        expect(abs(total - 1) < 1e-3, f"at T = {temperature} the probabilities add up to {total:.5f}")
    return f"probabilities of all tokens add up to 1 at T = {_told(subject)}"


@check("logprobs.chain")
def chain(subject: Subject) -> str:
    """scoring.proto: each token is scored given the prompt and the tokens before: moving tokens
    from the completion to the prompt changes no score."""
    prompt, ids = subject.prompts[0], subject.words[0]
    whole = subject.logprobs(Batch((prompt,), (Row(0, ids),)))[0]
    for cut in range(1, len(ids)):
        rest = subject.logprobs(Batch(((*prompt, *ids[:cut]),), (Row(0, ids[cut:]),)))[0]
        gap = float(np.abs(rest - whole[cut:]).max())
        expect(gap < subject.tolerance, f"with {cut} tokens in the prompt the others change by {gap:.2g}")
    spread = float(np.ptp(whole))
    expect(spread > 1e-6 or len(ids) == 1, "all tokens of a completion have the same score")
    return f"scores do not depend on where the prompt ends (spread {spread:.2f})"


@check("logprobs.batch")
def in_batch(subject: Subject) -> str:
    """scoring.proto: a sequence's scores do not depend on the others, on their order, or on the
    prompt table."""
    batch = subject.supervised()
    together = subject.logprobs(batch)
    backwards = subject.logprobs(batch.only(range(len(batch.rows) - 1, -1, -1)))[::-1]
    for index, row in enumerate(batch.rows):
        alone = subject.logprobs(Batch((batch.prompts[row.prompt],), (replace(row, prompt=0),)))[0]
        for other in (together[index], backwards[index]):
            gap = float(np.abs(other - alone).max())
            expect(gap < subject.tolerance, f"sequence {index} in a batch differs from alone by {gap:.2g}")
    return "alone, together and in another order: the same scores"


@check("logprobs.trainer")
def trainer(subject: Subject) -> str:
    """results.proto, current_logprobs: c of every completion token as it was before the update, at
    the TEMPERATURE column."""
    worst = 0.0
    for temperature in subject.temperatures:
        batch = subject.supervised().changed(lambda row, t=temperature: replace(row, temperature=t))
        scored = subject.logprobs(batch, CURRENT, temperature)
        result = subject.train(
            batch, want_logprobs=True, rate=subject.rate if temperature == subject.temperatures[-1] else 0.0
        )
        ragged = result.forward_backward.current_logprobs
        data, offsets = np.frombuffer(ragged.data, "<f4"), np.frombuffer(ragged.offsets, "<u4")
        for index, row in enumerate(scored):
            gap = float(np.abs(data[offsets[index] : offsets[index + 1]] - row).max())
            worst = max(worst, gap)
            expect(gap < subject.tolerance, f"at T = {temperature}, trainer and scorer differ by {gap:.2g}")
    plain = subject.train(subject.supervised(), rate=0.0).forward_backward
    expect(not plain.HasField("current_logprobs"), "log-probabilities came without being asked for")
    return f"largest gap {worst:.1g} at T = {_told(subject)}"


@check("logprobs.semantics")
def semantics(subject: Subject) -> str:
    """scoring.proto, ComputeLogprobsResult: says which distribution, at which temperature,
    recomputed, in which dtype."""
    subject.need("ScoringService/ComputeLogprobs")
    columns = subject.supervised().scoring_columns()
    start = pb.ComputeLogprobsStart(
        session_id=subject.client.session_id,
        epoch=subject.client.epoch,
        columns=[declare(name, column) for name, column in columns.items()],
        target=CURRENT,
        temperature=subject.temperatures[-1],
    )
    messages = stream(pb.ComputeLogprobsRequest, start, columns)
    parts = list(subject.client.call("ScoringService/ComputeLogprobs", messages))
    told = next(one.result for one in parts if one.WhichOneof("part") == "result").semantics
    expect(abs(told.temperature - subject.temperatures[-1]) < 1e-6, f"temperature told: {told.temperature}")
    expect(told.source == pb.enum_number("LogprobSource", "recomputed"), "the source is not RECOMPUTED")
    expect(told.dtype in ("float32", "bfloat16"), f"dtype told: {told.dtype!r}")
    expect(parts[-1].WhichOneof("part") == "end", "the stream does not end with `end`")
    return f"{told.dtype}, recomputed, T = {subject.temperatures[-1]:g}"
