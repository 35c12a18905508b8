"""L = (1/Z) * sum of weight * token loss, and nothing else divides (losses.proto, NORMATIVE
VALUE)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spice_conformance.batch import Batch, Row
from spice_conformance.check import check
from spice_conformance.gradient import Part, expect_equal, norm
from spice_conformance.messages import cross_entropy
from spice_conformance.subject import Subject
from spice_conformance.verdict import expect


def _loss(subject: Subject, part: Part) -> float:
    result = subject.train(part.batch, loss=part.loss, normalizer=part.normalizer, rate=0.0)
    return result.forward_backward.loss


def _close(subject: Subject, what: str, got: float, wanted: float) -> None:
    limit = subject.tolerance * max(1.0, abs(wanted)) * 4
    expect(abs(got - wanted) <= limit, f"{what}: loss {got:.6g} instead of {wanted:.6g}")


def _same(subject: Subject, what: str, one: Part, *two: Part) -> str:
    """Loss and gradient of `one` equal those of `two` together."""
    _close(subject, what, sum(_loss(subject, part) for part in two), _loss(subject, one))
    distance = expect_equal(subject, what, [one], two)
    return f"{what}: same loss, gradients differ by {distance:.1g} of their size"


@check("normalization.value")
def value(subject: Subject) -> str:
    """losses.proto, NORMATIVE VALUE: with cross entropy L is -(1/Z) times the weighted sum of the
    completion tokens' log-probabilities: prompts never enter, and nothing else divides."""
    weights = (0.5, 1.0, 2.0, 0.25)
    batch = subject.supervised().changed(lambda row: replace(row, weights=weights))
    scored = subject.logprobs(batch)
    wanted = -sum(float(np.dot(weights, row)) for row in scored) / 3.0
    _close(subject, "Z = 3", _loss(subject, Part(batch, cross_entropy(), 3.0)), wanted)
    return f"loss {wanted:.4f}, as computed from scores"


@check("normalization.half_z")
def half_z(subject: Subject) -> str:
    """losses.proto, NORMATIVE VALUE: halving Z doubles loss and gradient."""
    loss, batch = subject.reinforce(), subject.batch()
    whole, half = Part(batch, loss, 8.0), Part(batch, loss, 4.0)
    return _same(subject, "half Z against two batches", half, whole, whole)


@check("normalization.doubled")
def doubled(subject: Subject) -> str:
    """losses.proto, NORMATIVE VALUE: the batch twice with 2Z changes neither loss nor gradient: the
    trainer never divides by the number of sequences."""
    loss, batch = subject.reinforce(), subject.batch()
    twice = Batch(batch.prompts, batch.rows * 2)
    return _same(subject, "batch twice with 2Z", Part(twice, loss, 8.0), Part(batch, loss, 4.0))


@check("normalization.lengths")
def lengths(subject: Subject) -> str:
    """losses.proto, NORMATIVE VALUE: a sequence's length divides nothing: a sequence is the sum of
    its tokens."""
    loss, prompt, ids = subject.reinforce(), subject.prompts[0], subject.words[0]
    whole = Part(Batch((prompt,), (Row(0, ids),)), loss)
    prompts = tuple((*prompt, *ids[:at]) for at in range(len(ids)))
    tokens = Batch(prompts, tuple(Row(at, (token,)) for at, token in enumerate(ids)))
    return _same(subject, "a sequence against its tokens one by one", whole, Part(tokens, loss))


@check("normalization.split")
def split(subject: Subject) -> str:
    """training.proto, ACCUMULATOR: several ForwardBackward and one OptimStep give the step of the
    whole batch."""
    loss, batch = subject.reinforce(), subject.batch()
    parts = [Part(batch.only(rows), loss, 4.0) for rows in ([0], [1, 2], [3])]
    return _same(subject, "one call against three", Part(batch, loss, 4.0), *parts)


@check("normalization.microbatches")
def microbatches(subject: Subject) -> str:
    """losses.proto, NORMATIVE VALUE: the number of micro-batches divides nothing: a batch above
    max_tokens_per_microbatch is the sum of its sequences."""
    limit = subject.capabilities.training.max_tokens_per_microbatch
    room = subject.model.max_context_tokens - 8
    length = min(room, limit // 2 + 1)
    sequences = min(40, 2 + limit // length * 2)
    base = subject.prompts[0]
    # Different prompts, so that they cannot be shared.
    prompts = tuple(
        ((subject.words[index % 6][0], index % 7 + 1, *base) * length)[:length] for index in range(sequences)
    )
    rows = tuple(
        Row(index, subject.words[index % 6], advantages=(1.0 + 0.1 * index,) * 4) for index in range(sequences)
    )
    batch = Batch(prompts, rows)
    loss = subject.reinforce()
    # A prompt table may hold prompts that no sequence uses, but a narrow one keeps the parts small.
    parts = [Part(Batch((prompts[index],), (replace(row, prompt=0),)), loss, 7.0) for index, row in enumerate(rows)]
    first = subject.accumulate(batch, loss=loss, normalizer=7.0)
    subject.discard()
    return _same(
        subject, f"{first.microbatches} micro-batches against {sequences} calls", Part(batch, loss, 7.0), *parts
    )


@check("normalization.order")
def order(subject: Subject) -> str:
    """losses.proto, NORMATIVE VALUE: reordering sequences changes nothing."""
    loss, batch = subject.reinforce(), subject.batch(6)
    backwards = batch.only(range(5, -1, -1))
    return _same(subject, "the order turned round", Part(batch, loss, 4.0), Part(backwards, loss, 4.0))


@check("normalization.prompt_table")
def prompt_table(subject: Subject) -> str:
    """columns.proto, PROMPT_IDS: a prompt sent once for all its sequences, or once for each, is the
    same batch."""
    loss, batch = subject.reinforce(), subject.batch()
    prompts = tuple(batch.prompts[row.prompt] for row in batch.rows)
    apart = Batch(prompts, tuple(replace(row, prompt=index) for index, row in enumerate(batch.rows)))
    return _same(subject, "prompts shared or repeated", Part(batch, loss, 4.0), Part(apart, loss, 4.0))


@check("normalization.packing")
def packing(subject: Subject) -> str:
    """losses.proto, NORMATIVE VALUE: packing and padding change nothing: sequences of very
    different lengths together are their sum."""
    loss, prompts = subject.reinforce(), subject.prompts[:2]
    word = subject.words[0]
    rows = (Row(0, word * 12), Row(1, word[:1]), Row(0, word[:2]), Row(1, word * 5))
    batch = Batch(prompts, rows)
    parts = [Part(batch.only([index]), loss, 9.0) for index in range(4)]
    return _same(subject, "lengths 48, 1, 2 and 20 together or alone", Part(batch, loss, 9.0), *parts)


@check("normalization.masked_sequence")
def masked_sequence(subject: Subject) -> str:
    """losses.proto: a token of weight 0 contributes nothing to loss, gradient or statistics,
    whatever its other columns hold."""
    loss, batch = subject.reinforce(), subject.batch()
    zeros = (0.0,) * 4
    masked = Row(1, subject.words[5], weights=zeros, advantages=(1e30, -1e30, 5.0, 1.0))
    more = Batch(batch.prompts, (*batch.rows, masked))
    told = _same(subject, "with a masked sequence more", Part(more, loss, 4.0), Part(batch, loss, 4.0))
    results = [subject.train(one, loss=loss, rate=0.0).forward_backward.statistics[0] for one in (batch, more)]
    expect(results[0].tokens == results[1].tokens, f"{results[1].tokens} tokens counted instead of {results[0].tokens}")
    for name in ("mean_logprob", "entropy", "ratio_mean"):
        one, two = (getattr(result, name) for result in results)
        expect(abs(one - two) <= subject.tolerance, f"the masked sequence moved {name} from {one:.4g} to {two:.4g}")
    return told


@check("normalization.masked_token")
def masked_token(subject: Subject) -> str:
    """losses.proto: weight 0 masks a token; its text is still context for the tokens after it."""
    prompt, ids = subject.prompts[0], subject.words[0]
    loss = subject.reinforce()
    masked = Batch((prompt,), (Row(0, ids, weights=(0.0, 0.0, 1.0, 1.0)),))
    moved = Batch(((*prompt, *ids[:2]),), (Row(0, ids[2:]),))
    return _same(subject, "two tokens masked or in the prompt", Part(masked, loss), Part(moved, loss))


@check("normalization.weights")
def weights(subject: Subject) -> str:
    """losses.proto, NORMATIVE VALUE: weights multiply the token loss: twice the weights with twice
    Z changes nothing, and token weights are honoured one by one."""
    loss, batch = subject.reinforce(), subject.batch()
    heavy = batch.changed(lambda row: replace(row, weights=(2.0,) * 4))
    told = _same(subject, "weights 2 with 2Z", Part(heavy, loss, 8.0), Part(batch, loss, 4.0))
    uneven = (0.25, 3.0, 1.0, 0.5)
    by_weight = batch.changed(lambda row: replace(row, weights=uneven))
    by_advantage = batch.changed(
        lambda row: replace(row, advantages=tuple(a * w for a, w in zip(row.advantage, uneven, strict=True)))
    )
    _same(subject, "uneven weights or advantages", Part(by_weight, loss, 4.0), Part(by_advantage, loss, 4.0))
    return told


@check("normalization.statistics")
def statistics(subject: Subject) -> str:
    """results.proto, RoleStatistics: the whole batch first, then each role; the roles' shares of
    the loss add up; tokens of weight 0 do not count."""
    batch = subject.batch()
    rows = tuple(replace(row, role=index % 2 + 1, weights=(1.0, 1.0, 0.0, 1.0)) for index, row in enumerate(batch.rows))
    result = subject.train(
        Batch(batch.prompts, rows), loss=subject.reinforce(), normalizer=4.0, rate=0.0
    ).forward_backward
    whole, *roles = result.statistics
    expect(whole.role == 0 and [one.role for one in roles] == [1, 2], "roles are not: whole, challenger, reasoner")
    expect(
        whole.tokens == 12 and sum(one.tokens for one in roles) == 12, f"{whole.tokens} tokens counted instead of 12"
    )
    expect(whole.sequences == 4, f"{whole.sequences} sequences instead of 4")
    _close(subject, "shares of the roles", sum(one.loss for one in roles), result.loss)
    _close(subject, "share of the whole", whole.loss, result.loss)
    scored = subject.logprobs(batch)
    mean = float(np.mean([[row[0], row[1], row[3]] for row in scored]))
    expect(
        abs(whole.mean_logprob - mean) < subject.tolerance, f"mean_logprob {whole.mean_logprob:.4f}, scored {mean:.4f}"
    )
    return "shares add up, masked tokens do not count"


@check("normalization.norm")
def grad_norm(subject: Subject) -> str:
    """results.proto, OptimStepResult.grad_norm: the norm of the accumulated gradient: it scales
    with 1/Z exactly."""
    loss, batch = subject.reinforce(), subject.batch()
    one, four = (norm(subject, [Part(batch, loss, z)]) for z in (1.0, 4.0))
    expect(abs(one / four - 4) < 0.01, f"the norm at Z = 1 is {one / four:.4f} times that at Z = 4")
    return f"norm {one:.4g} at Z = 1, a quarter at Z = 4"
