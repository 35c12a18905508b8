"""Brings a trainer into a state in which checks can find faults: a distribution with a few likely
tokens, and a known rate.

A new random model is almost uniform, and a uniform distribution is the same at every temperature.
So the kit first trains three continuations of one prompt and one continuation of another prompt,
and measures which step size has an effect on this model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from spice_conformance.batch import Batch, Ids, Row
from spice_conformance.client import CallError
from spice_conformance.samples import rows_of
from spice_conformance.subject import Subject
from spice_conformance.verdict import Decision
from spice_trainer.server.wire import pb

Part = TypeVar("Part")

PROMPTS = ("Water boils at", "The capital of the country is", "Seven plus five makes")
WORDS = ("hot and dry", "early in May", "green apples", "under a stone", "quick rivers", "zinc and tin")
WORD_TOKENS = 4
STEPS = 120
FIRST_RATE = 1e-3
ENOUGH = 0.7
"""Loss for each token at which this training stops. Three equally likely continuations alone cost
log(3) / 4 = 0.27."""


def prepare(subject: Subject, trouble: Callable[[str, CallError], None]) -> Subject:
    """Tokenizes the texts of the kit, finds a step size, and sharpens the distribution. A part that
    the trainer does not declare is left out. A part that fails is left out and reported to
    `trouble`, with what was tried: the checks then run with made-up token ids, or with the weights
    as they are."""

    def attempt(what: str, part: Callable[[Subject], Part], instead: Part) -> Part:
        try:
            return part(subject)
        except CallError as failed:
            trouble(what, failed)
        except Decision:
            pass  # not declared
        return instead

    vocabulary = subject.model.vocabulary
    subject.prompts = attempt("tokenizing the kit's prompts", _prompts, _made_up(PROMPTS, vocabulary, first=1))
    subject.words = attempt("tokenizing the kit's completions", _words, _made_up(WORDS, vocabulary, first=5))
    subject.rate = attempt("training before the checks", _sharpen, FIRST_RATE)
    return subject


def _sharpen(subject: Subject) -> float:
    rows = [Row(0, subject.words[0]), Row(0, subject.words[1]), Row(0, subject.words[2]), Row(1, subject.words[3])]
    batch = Batch(subject.prompts[:2], tuple(rows))
    return fit(subject, batch, lambda loss: loss < ENOUGH, rate=FIRST_RATE)


def _made_up(texts: Sequence[str], vocabulary: int, first: int) -> tuple[Ids, ...]:
    """Token ids of any model, one row a text, with different first tokens."""
    return tuple(
        tuple((first + index + 3 * at) % vocabulary for at in range(WORD_TOKENS)) for index in range(len(texts))
    )


def fit(subject: Subject, batch: Batch, done: Callable[[float], bool], rate: float = 0.0, steps: int = STEPS) -> float:
    """Trains with cross entropy until `done(loss of a token)`. The step size increases while the
    loss changes little and decreases when the loss increases. Returns the last step size. Skips the
    check when the trainer cannot take steps."""
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
    # All completions have the same length and different first tokens, for every tokenizer.
    pool = [token for row in rows for token in row]
    made: list[Ids] = []
    for index, row in enumerate(rows):
        ids = (row + tuple(pool[index:]))[:WORD_TOKENS]
        if ids[0] in {one[0] for one in made}:
            fresh = next(token for token in pool if token not in {one[0] for one in made})
            ids = (fresh, *ids[1:])
        made.append(ids)
    return tuple(made)
