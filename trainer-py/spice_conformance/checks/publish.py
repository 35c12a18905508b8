"""Publishing delivers: what was trained is what is sampled (weights.proto)."""

from __future__ import annotations

import numpy as np

from spice_conformance import prepare, samples
from spice_conformance.batch import Batch, Row
from spice_conformance.check import check
from spice_conformance.client import CallError
from spice_conformance.subject import Subject
from spice_conformance.verdict import Decision, Verdict, expect, inconclusive, skip
from spice_trainer.server.wire import pb


def _teach(subject: Subject, loss: float) -> Row:
    """Overfit one completion of the third prompt."""
    row = Row(0, subject.words[4])
    prepare.fit(subject, Batch(subject.prompts[2:3], (row,)), lambda value: value < loss)
    return row


@check("publish.delivers")
def delivers(subject: Subject) -> str:
    """weights.proto: Publish copies the training weights into the next version and activates it:
    overfit one sequence, publish, and greedy sampling recites it."""
    prompt = subject.prompts[2]
    row = _teach(subject, 0.1)
    learned = float(np.exp(subject.logprobs(Batch((prompt,), (row,)))[0].min()))
    if learned <= 0.5:
        raise inconclusive(f"the sequence was not learned: its least likely token has probability {learned:.2f}")
    version = subject.publish()
    got = subject.sample([prompt], max_tokens=len(row.ids), **subject.likeliest)
    expect(got.version == version.version, f"sampled from version {got.version}, published {version.version}")
    expect(got.of()[0].ids == row.ids, f"greedy sampling wrote {got.of()[0].ids}, taught was {row.ids}")
    return f"greedy sampling of version {version.version} recites what was taught"


@check("publish.only_then")
def only_then(subject: Subject) -> str:
    """weights.proto: a version is immutable: training without a publish does not reach the
    sampler."""
    prompt = subject.prompts[2]
    version = subject.publish().version
    before = subject.sample([prompt], n=4, max_tokens=6)
    row = _teach(subject, 0.5)
    after = subject.sample([prompt], n=4, max_tokens=6)
    expect(after.version == version, f"sampled from version {after.version}; {version} is the newest published")
    if subject.capabilities.sampling.seed_support == pb.enum_number("SeedSupport", "bitwise"):
        expect(after.all_ids == before.all_ids, "training changed what an unpublished version samples")
    gap = max(
        abs(a - b)
        for one, two in zip(before.of(), after.of(), strict=True)
        if one.ids == two.ids
        for a, b in zip(one.logprobs, two.logprobs, strict=True)
    )
    expect(gap < subject.tolerance, f"training moved the version's log-probabilities by {gap:.2g}")
    return f"teaching {len(row.ids)} tokens left version {version} as it was"


@check("publish.digest")
def digest(subject: Subject) -> str:
    """weights.proto: equal trainable weights have equal digests, unequal ones unequal; publishing
    twice makes a new version with an equal digest."""
    one, two = subject.publish(), subject.publish()
    expect(two.version == one.version + 1, f"version {two.version} follows {one.version}")
    expect(two.digest == one.digest, "two versions of equal weights have different digests")
    expect(len(one.digest) == 64 and set(one.digest) <= set("0123456789abcdef"), f"digest {one.digest!r} is no SHA-256")
    seen = {one.digest}
    for _ in range(3):
        subject.train(subject.supervised())
        version = subject.publish()
        expect(version.digest not in seen, "a step moved weights and the digest stayed")
        expect(version.parent_step == subject.step, f"parent_step {version.parent_step} at step {subject.step}")
        seen.add(version.digest)
    return "one digest for equal weights, four for four different ones"


def _need_both(subject: Subject, old: int, new: int) -> None:
    """Skip where a publish retired the version before it, and List says so: an engine may serve one
    at a time."""
    subject.need("WeightsService/List")
    request = pb.WeightsServiceListRequest(session_id=subject.client.session_id)
    active = {one.version for one in subject.client.call("WeightsService/List", request).versions}
    expect(new in active, f"version {new} was published and is not listed")
    if old not in active:
        raise skip("this trainer serves the newest version only")


@check("publish.pinned")
def pinned(subject: Subject) -> str:
    """weights.proto and sampling.proto, VersionSelector: an older version goes on giving its old
    log-probabilities."""
    prompt = subject.prompts[2]
    old = subject.publish().version
    before = subject.sample([prompt], n=4, max_tokens=6)
    _teach(subject, 0.5)
    new = subject.publish().version
    _need_both(subject, old, new)
    pin = subject.sample([prompt], n=4, max_tokens=6, version=old)
    expect(pin.version == old, f"asked for version {old}, got {pin.version}")
    latest = subject.sample([prompt], n=4, max_tokens=6)
    expect(latest.version == new, f"the newest version is {new}, sampled from {latest.version}")
    for got, version in ((pin, old), (latest, new)):
        spans = {span for one in got.of() for _, span in one.spans}
        expect(spans == {version}, f"spans of version {version} name {spans}")
    pairs = [(a, b) for a, b in zip(before.of(), pin.of(), strict=True) if a.ids == b.ids]
    if not pairs:
        raise inconclusive("the old version drew no sample twice")
    gap = max(abs(a - b) for one, two in pairs for a, b in zip(one.logprobs, two.logprobs, strict=True))
    expect(gap < subject.tolerance, f"the old version's log-probabilities moved by {gap:.2g}")
    moved = subject.logprobs(Batch((prompt,), tuple(Row(0, one.ids) for one in before.of())))
    drift = max(float(np.abs(row - np.array(one.logprobs)).max()) for row, one in zip(moved, before.of(), strict=True))
    expect(drift > 10 * subject.tolerance, "training moved nothing: the check proves nothing")
    return f"version {old} gives what it gave, while training moved the same tokens by {drift:.2g}"


@check("publish.scored")
def scored(subject: Subject) -> str:
    """scoring.proto, ScoringTarget.policy_version: scores of a published version stay while
    `current` moves."""
    version_kind = pb.enum_number("ReferenceKind", "version")
    if version_kind not in subject.capabilities.scoring_references:
        raise skip("scoring under a version is not declared")
    batch = subject.supervised()
    version = subject.publish().version
    before = np.concatenate(subject.logprobs(batch))
    target = pb.ScoringTarget(policy_version=version)
    expect(
        float(np.abs(np.concatenate(subject.logprobs(batch, target)) - before).max()) < subject.tolerance,
        "a fresh version differs from current",
    )
    subject.train(batch)
    now, then = (np.concatenate(subject.logprobs(batch, one)) for one in (pb.ScoringTarget(current=True), target))
    expect(float(np.abs(then - before).max()) < subject.tolerance, "training moved a published version's scores")
    expect(float(np.abs(now - before).max()) > 2 * subject.tolerance, "training moved nothing")
    return "the version's scores stay, the current ones move"


@check("publish.versions")
def versions(subject: Subject) -> str:
    """weights.proto, List and Describe: versions oldest first, the newest active; an unknown one is
    NOT_FOUND, also for sampling."""
    subject.need("WeightsService/List", "WeightsService/Describe")
    newest = subject.publish()
    session = subject.client.session_id
    listed = subject.client.call("WeightsService/List", pb.WeightsServiceListRequest(session_id=session)).versions
    numbers = [one.version for one in listed]
    expect(numbers == sorted(numbers) and numbers[-1] == newest.version, f"listed versions {numbers}")
    expect(listed[-1].state == pb.enum_number("PolicyState", "active"), "the newest version is not active")
    request = pb.WeightsServiceDescribeRequest(session_id=session, version=newest.version)
    described = subject.client.call("WeightsService/Describe", request).version
    expect(described.digest == newest.digest, "Describe tells another digest than Publish")
    expect(subject.describe().policy_version == newest.version, "Session.Describe names another version")
    unknown = pb.WeightsServiceDescribeRequest(session_id=session, version=newest.version + 9)
    subject.refused("an unknown version", lambda: subject.client.call("WeightsService/Describe", unknown), "NOT_FOUND")
    subject.refused("sampling from it", lambda: subject.sample(version=newest.version + 9), "NOT_FOUND")
    return f"{len(numbers)} versions listed, the newest is {newest.version}"


@check("publish.release")
def release(subject: Subject) -> str:
    """weights.proto, Release: retires a version; the newest active one is FAILED_PRECONDITION."""
    subject.need("WeightsService/Release")
    old, new = subject.publish().version, subject.publish().version
    _need_both(subject, old, new)

    def give_back(version: int) -> object:
        request = pb.ReleaseRequest(header=subject.client.header(), version=version)
        return subject.client.simple("WeightsService/Release", request)

    subject.refused("releasing the newest version", lambda: give_back(new), "FAILED_PRECONDITION")
    give_back(old)
    try:
        subject.sample(version=old, max_tokens=1)
    except CallError as error:
        expect(
            error.code in ("NOT_FOUND", "FAILED_PRECONDITION"), f"sampling from a released version gave {error.code}"
        )
        return "a released version is gone, the newest stays"
    raise Decision(Verdict.FAIL, "a released version can still be sampled")


@check("publish.while_sampling")
def while_sampling(subject: Subject) -> str:
    """sampling.proto: a sample names the version that made it, also when a publish happens
    meanwhile; nothing is lost."""
    old = subject.publish().version
    request = subject.sample_request(subject.prompts[:1], n=12, max_tokens=150)
    call = subject.stream(request)
    first = next(call)
    subject.train(subject.supervised())
    new = subject.publish().version
    got = samples.collect([first, *call])
    expect(got.version == old, f"the request began under {old} and names {got.version}")
    for key, one in got.by_key.items():
        expect({span for _, span in one.spans} <= {old, new}, f"sample {key} names versions {one.spans}")
        expect(sum(tokens for tokens, _ in one.spans) == len(one.ids), f"spans of {key} do not cover its tokens")
    expect(len(got.by_key) == 12, f"{len(got.by_key)} of 12 samples came")
    return "twelve samples across a publish, every token with its version"
