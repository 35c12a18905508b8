"""Brings a trainer into a state in which checks have power: a distribution with a few likely
tokens, a known rate.

A fresh random model is nearly uniform, and a uniform distribution looks the same at every
temperature. So the kit first teaches it three continuations of one prompt and one of another, and
learns on the way which step size this model feels.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from spice_conformance.batch import Batch, Ids, Row
from spice_conformance.samples import rows_of
from spice_conformance.subject import Subject
from spice_trainer.server.wire import pb

PROMPTS = ("Water boils at", "The capital of the country is", "Seven plus five makes")
WORDS = ("hot and dry", "early in May", "green apples", "under a stone", "quick rivers", "zinc and tin")
WORD_TOKENS = 4
STEPS = 120
ENOUGH = 0.7
"""Loss a token at which teaching stops. Three equally likely continuations alone cost log(3) / 4 =
0.27."""


def prepare(subject: Subject) -> Subject:
    """Tokenise the kit's texts, find a step size, sharpen the distribution."""
    subject.prompts = _prompts(subject)
    subject.words = _words(subject)
    rows = [Row(0, subject.words[0]), Row(0, subject.words[1]), Row(0, subject.words[2]), Row(1, subject.words[3])]
    subject.rate = fit(subject, Batch(subject.prompts[:2], tuple(rows)), lambda loss: loss < ENOUGH, rate=1e-3)
    return subject


def fit(subject: Subject, batch: Batch, done: Callable[[float], bool], rate: float = 0.0, steps: int = STEPS) -> float:
    """Cross entropy until `done(loss a token)`; the step size grows while little happens and
    shrinks when it hurts.

    Returns the last step size; skips the check when the trainer cannot take steps.
    """
    rate = rate or subject.rate
    before = np.inf
    for count in range(steps):
        result = subject.train(batch, normalizer=float(batch.tokens), rate=rate, reset_moments=count == 0)
        loss = result.forward_backward.loss
        if done(loss):
            return rate
        if loss > before:
            rate *= 0.5
        elif loss > 0.99 * before:
            rate *= 3.0
        elif loss > 0.93 * before:
            rate *= 1.5
        before = loss
    return rate


def _prompts(subject: Subject) -> tuple[Ids, ...]:
    subject.need("TokensService/Tokenize", "TokensService/EncodeCompletions")
    request = pb.TokenizeRequest(prompts=[pb.Prompt(text=text) for text in PROMPTS])
    ragged = subject.client.call("TokensService/Tokenize", request).token_ids
    return tuple(rows_of(ragged))


def _words(subject: Subject) -> tuple[Ids, ...]:
    request = pb.EncodeCompletionsRequest(texts=list(WORDS))
    rows = rows_of(subject.client.call("TokensService/EncodeCompletions", request).token_ids)
    # Whatever the tokenizer makes of a text, all completions have the same length and different
    # first tokens.
    pool = [token for row in rows for token in row]
    made: list[Ids] = []
    for index, row in enumerate(rows):
        ids = (row + tuple(pool[index:]))[:WORD_TOKENS]
        if ids[0] in {one[0] for one in made}:
            fresh = next(token for token in pool if token not in {one[0] for one in made})
            ids = (fresh, *ids[1:])
        made.append(ids)
    return tuple(made)
