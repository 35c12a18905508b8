"""The whole loop for a while: sample, reward, step, publish; something is learned and nothing is lost."""

from __future__ import annotations

import time

import numpy as np

from spice_conformance.batch import Batch, Row
from spice_conformance.check import check
from spice_conformance.messages import cross_entropy
from spice_conformance.subject import Subject
from spice_conformance.verdict import expect

ROUNDS = 30
DRAWS = 48
WON = 0.8


@check("soak.bandit")
def bandit(subject: Subject) -> str:
    """losses.proto, sampling.proto and weights.proto together: a policy gradient on its own samples makes rewarded tokens
    likelier: a bandit whose even token ids win is learned."""
    prompt, loss = subject.prompts[0], subject.reinforce()
    wins: list[float] = []
    began = time.monotonic()
    for count in range(ROUNDS):
        version = subject.publish()
        got = subject.sample([prompt], n=DRAWS, seed=100 + count, max_tokens=1)
        expect(got.version == version.version, f"round {count} sampled version {got.version}, not {version.version}")
        tokens = [one.ids[0] for one in got.of()]
        rewards = np.array([1.0 - token % 2 for token in tokens])
        wins.append(float(rewards.mean()))
        if min(wins[-2:]) > 0.95 and count > 4:
            break
        edge = rewards - rewards.mean()
        rows = tuple(Row(0, (token,), advantages=(float(a),)) for token, a in zip(tokens, edge, strict=True))
        subject.train(Batch((prompt,), rows), loss=loss, normalizer=float(DRAWS), reset_moments=count == 0)
    last = float(np.mean(wins[-3:]))
    expect(last > WON, f"the share of winning tokens went from {wins[0]:.2f} to {last:.2f} in {len(wins)} rounds")
    seconds = (time.monotonic() - began) / len(wins)
    return f"winning tokens from {wins[0]:.2f} to {last:.2f} in {len(wins)} rounds of {seconds * 1000:.0f} ms"


@check("soak.operations")
def operations(subject: Subject) -> str:
    """common.proto, IDEMPOTENCY: at least the newest 256 operations are kept: an old request is still replayed."""
    header = subject.client.header(expected_step=subject.step)
    batch = subject.supervised().only([0]).columns()

    def first() -> str:
        messages = subject.client.train_messages(batch, subject.step, header=header, loss=cross_entropy())
        return subject.client.call("TrainingService/TrainStep", messages).operation.operation_id

    one, step = first(), subject.step + 1
    subject.step = step
    for _ in range(200):
        subject.discard()
    expect(first() == one, "after 200 operations the first one was done again")
    expect(subject.describe().step == step, "the replayed request moved the step counter")
    return "a request 200 operations old is replayed, not repeated"
