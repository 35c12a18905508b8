"""Sessions do not feel each other, and nothing moves a reference (session.proto)."""

from __future__ import annotations

import numpy as np

from spice_conformance.check import check
from spice_conformance.gradient import Part, norm
from spice_conformance.subject import Subject
from spice_conformance.verdict import expect, skip
from spice_trainer.server.wire import pb


@check("isolation.gradients")
def gradients(subject: Subject) -> str:
    """training.proto, ACCUMULATOR: a new epoch empties it: the gradient of one session is not part of the next one's."""
    part = Part(subject.batch(), subject.reinforce(), 4.0)
    clean = norm(subject, [part])
    subject.accumulate(subject.supervised())
    subject.client = subject.rival(take_over=True)
    after = norm(subject, [part])
    expect(
        abs(after / clean - 1) < 0.01,
        f"the norm is {after / clean:.3f} times that without the older session's gradient",
    )
    return "a gradient left by one session is not in the next one's"


@check("isolation.numbers")
def numbers(subject: Subject) -> str:
    """common.proto, Header.client_seq: counts from 1 in each session; operations of another session are not replayed."""
    subject.train(subject.supervised())
    step = subject.step
    rival = subject.rival(take_over=True)
    expect(subject.describe(rival).last_client_seq == 0, "a new session does not begin at client_seq 1")
    subject.client = rival
    subject.train(subject.supervised())
    expect(subject.step == step + 1, "client_seq 1 of the new session replayed the old session's operation")
    listed = rival.call("OperationsService/List", pb.OperationsServiceListRequest(session_id=rival.session_id))
    expect(
        all(one.operation.session_id == rival.session_id for one in listed), "operations of another session are listed"
    )
    return "each session has its own numbers and operations"


@check("isolation.samples")
def samples(subject: Subject) -> str:
    """sampling.proto: sampling does not change the session: neither weights, step, numbers nor gradients."""
    before, state = subject.publish().digest, subject.describe()
    if subject.can("TrainingService/ForwardBackward"):
        subject.accumulate(subject.supervised())
    subject.sample(subject.prompts, n=4)
    subject.logprobs(subject.supervised())
    now = subject.describe()
    expect(now.step == state.step, "sampling moved the step counter")
    expect(
        now.has_gradients == subject.can("TrainingService/ForwardBackward"), "sampling or scoring touched the gradients"
    )
    if now.has_gradients:
        subject.discard()
    expect(subject.publish().digest == before, "sampling or scoring moved weights")
    return "sampling and scoring leave weights, step and gradients alone"


@check("isolation.reference")
def reference(subject: Subject) -> str:
    """scoring.proto, ScoringTarget.reference: the reference policy never moves."""
    kinds = {pb.enum_number("ReferenceKind", name) for name in ("base", "adapter_off")}
    if not kinds & set(subject.capabilities.scoring_references):
        raise skip("scoring under the reference is not declared")
    batch, target = subject.supervised(), pb.ScoringTarget(reference=True)
    before = np.concatenate(subject.logprobs(batch, target))
    current = np.concatenate(subject.logprobs(batch))
    subject.train(batch)
    subject.publish()
    drift = float(np.abs(np.concatenate(subject.logprobs(batch, target)) - before).max())
    moved = float(np.abs(np.concatenate(subject.logprobs(batch)) - current).max())
    expect(drift < 1e-6, f"a step moved the reference by {drift:.2g}")
    expect(moved > subject.tolerance, "a step moved nothing: the check proves nothing")
    return f"a step moved the policy by {moved:.2g} and the reference by {drift:.1g}"
