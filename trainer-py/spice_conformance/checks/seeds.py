"""What seeds do (info.proto, SeedSupport): same, other, none; alone and in a batch."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from spice_conformance import samples
from spice_conformance.check import check
from spice_conformance.subject import Subject
from spice_conformance.verdict import expect, inconclusive, skip
from spice_trainer.server.wire import pb

TOKENS = 24


class Lengthy(TypedDict):
    """A request whose samples are not equal by chance."""

    n: int
    max_tokens: int
    temperature: NotRequired[float]


def _support(subject: Subject) -> str:
    support = str(pb.enum_name("SeedSupport", subject.capabilities.sampling.seed_support))
    if support in ("none", "unspecified"):
        raise skip("seeds are not declared")
    return support


def _lengthy(subject: Subject) -> Lengthy:
    """Long, flat samples, so that two of them are not equal by chance."""
    lengthy: Lengthy = {"n": 4, "max_tokens": TOKENS}
    if "temperature" in subject.capabilities.sampling.parameters:
        lengthy["temperature"] = 1.5
    return lengthy


@check("seeds.same")
def same(subject: Subject) -> str:
    """info.proto, SeedSupport: the same seed, prompt, parameters and version give the same ids."""
    support = _support(subject)
    one, two = (subject.sample(seed=5, **_lengthy(subject)).all_ids for _ in range(2))
    if one != two and support == "best_effort":
        raise inconclusive("the same seeds gave other samples, which best effort allows")
    expect(one == two, "the same seeds gave other samples")
    return "four samples repeated exactly"


@check("seeds.other")
def other(subject: Subject) -> str:
    """info.proto, SeedSupport: other seeds give other samples, also within one request."""
    _support(subject)
    first, second = (subject.sample(seed=seed, **_lengthy(subject)).all_ids for seed in (5, 6))
    expect(all(a != b for a, b in zip(first, second, strict=True)), "another seed gave the same sample")
    expect(len(set(first)) == len(first), "different seeds of one request gave equal samples")
    return "eight seeds, eight samples"


@check("seeds.drawn")
def drawn(subject: Subject) -> str:
    """sampling.proto, PromptSpec.seeds: without seeds the trainer draws them, reports them in
    SampleStarted, and they vary from call to call."""
    one, two = (subject.sample(seed=None, **_lengthy(subject)) for _ in range(2))
    expect(one.all_ids != two.all_ids, "two calls without seeds gave equal samples")
    expect(len(one.seeds) == 4, f"{len(one.seeds)} seeds were reported for four samples")
    if _support(subject) == "bitwise":
        request = subject.sample_request(returns=(), **_lengthy(subject))
        del request.prompts[0].seeds[:]
        request.prompts[0].seeds.extend(one.seeds)
        again = samples.collect(subject.stream(request))
        expect(again.all_ids == one.all_ids, "the reported seeds do not give the same samples")
    return "samples vary without seeds, and the reported seeds repeat them"


@check("seeds.batch")
def batch(subject: Subject) -> str:
    """info.proto, SEED_SUPPORT_BITWISE: the same ids alone or in any batch."""
    support = _support(subject)
    if support != "bitwise":
        raise skip(f"seeds are declared {support}")
    alone = subject.sample(subject.prompts[:1], seed=9, **_lengthy(subject)).of(0)
    together = subject.sample(subject.prompts, seed=9, **_lengthy(subject)).of(0)
    expect([one.ids for one in alone] == [one.ids for one in together], "a sample depends on the others of its request")
    return "four samples alone are those among twelve"
