"""The fake trainer's mathematics against finite differences, and its texts."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from spice_trainer.api import (
    BackendError,
    CrossEntropyLoss,
    LossSpec,
    OpenSpec,
    PolicyGradientLoss,
    TrainBatch,
    TrainSequence,
)
from spice_trainer.engines.fake import FakeBackend, script, table
from spice_trainer.engines.fake.learner import Learner
from spice_trainer.engines.fake.settings import Settings
from spice_trainer.server.session.progress import JobProgress

GENERATOR = np.random.Generator(np.random.PCG64(5))
PROMPTS = (table.encode("one"), table.encode("two"))


def sequence(prompt: int, length: int, advantage: float, temperature: float) -> TrainSequence:
    ids = GENERATOR.integers(0, 256, length).astype(np.int32)

    def near() -> np.ndarray:
        return (GENERATOR.normal(-5.55, 0.3, length)).astype(np.float32)

    weights = GENERATOR.uniform(0.5, 1.5, length).astype(np.float32)
    weights[length // 2] = 0
    return TrainSequence(
        prompt_ref=prompt,
        completion_ids=ids,
        weights=weights,
        advantages=np.full(length, advantage, dtype=np.float32),
        behaviour_logprobs=near(),
        old_logprobs=near(),
        reference_logprobs=near(),
        temperature=temperature,
        role="reasoner",
        group_id="",
        sample_id="",
    )


BATCH = TrainBatch(PROMPTS, (sequence(0, 7, 1.3, 1.0), sequence(1, 5, -0.7, 0.8), sequence(1, 4, -2.0, 1.0)))
POLICY = PolicyGradientLoss(correction_low=0.5, correction_high=1.5)
LOSSES: list[LossSpec] = [
    CrossEntropyLoss(),
    dataclasses.replace(POLICY, surrogate="plain", ratio="none"),
    *(
        dataclasses.replace(POLICY, surrogate=surrogate, ratio=ratio, ratio_baseline=baseline)
        for surrogate, ratio, baseline in itertools.product(
            ("ppo_clip", "plain"), ("token", "sequence"), ("old", "behaviour")
        )
    ),
    dataclasses.replace(POLICY, ratio_baseline="old", dual_clip=1.1),
    dataclasses.replace(POLICY, ratio_baseline="old", entropy_coefficient=0.3),
    *(
        dataclasses.replace(POLICY, ratio_baseline="old", correction=correction)
        for correction in (
            "token_truncate",
            "sequence_truncate",
            "token_mask",
            "sequence_mask",
            "geometric_mask",
        )
    ),
    *(
        dataclasses.replace(POLICY, ratio_baseline="old", kl=kl, kl_coefficient=0.4, kl_clamp=clamp)
        for kl in ("k1", "k2", "k3")
        for clamp in (None, 0.2)
    ),
]


def run(learner: Learner, loss: LossSpec, batch: TrainBatch = BATCH, normalizer: float = 3.0, tokens: int = 4096):
    return learner.forward_backward(batch, loss, normalizer, False, JobProgress(), Settings(microbatch_tokens=tokens))


@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_gradient_is_the_derivative(loss: LossSpec) -> None:
    learner = Learner(table.initial(3))
    run(learner, loss)
    rows = sorted(
        {int(row) for one in BATCH.sequences for row in table.contexts(PROMPTS[one.prompt_ref], one.completion_ids)}
    )
    direction = np.zeros(learner.weights.shape)
    direction[rows] = np.random.Generator(np.random.PCG64(1)).normal(0, 1, (len(rows), table.VOCABULARY))
    width = 1e-4

    def value(sign: int) -> float:
        moved = Learner(learner.weights.astype(np.float64) + sign * width * direction)  # type: ignore[arg-type]
        return run(moved, loss).loss

    slope = (value(1) - value(-1)) / (2 * width)
    assert slope == pytest.approx(float((learner.gradient * direction).sum()), rel=2e-4, abs=1e-6)


def test_detached_forms_on_policy() -> None:
    """With the baseline at the current policy the clipped and the plain loss have the REINFORCE
    gradient, and so has CISPO with a bound that does not bind."""
    expected = Learner(table.initial(3))
    run(expected, dataclasses.replace(POLICY, surrogate="plain", ratio="none"))
    for surrogate in ("ppo_clip", "cispo", "plain"):
        learner = Learner(table.initial(3))
        run(learner, dataclasses.replace(POLICY, surrogate=surrogate, ratio_baseline="current"))
        np.testing.assert_allclose(learner.gradient, expected.gradient, atol=1e-15)


def test_invariances() -> None:
    loss = dataclasses.replace(POLICY, ratio_baseline="old")
    whole = Learner(table.initial(3))
    value = run(whole, loss).loss
    split = Learner(table.initial(3))
    assert run(split, loss, tokens=1).loss == pytest.approx(value, rel=1e-12)
    assert run(split, loss, tokens=1).microbatches == 3
    np.testing.assert_allclose(split.gradient, 2 * whole.gradient, atol=1e-14)
    twice = Learner(table.initial(3))
    run(twice, loss, TrainBatch(PROMPTS, BATCH.sequences * 2), normalizer=6.0)
    np.testing.assert_allclose(twice.gradient, whole.gradient, atol=1e-14)
    masked = dataclasses.replace(BATCH.sequences[0], weights=np.zeros(7, dtype=np.float32))
    more = Learner(table.initial(3))
    assert run(more, loss, TrainBatch(PROMPTS, (*BATCH.sequences, masked))).loss == pytest.approx(value, rel=1e-12)
    np.testing.assert_array_equal(more.gradient, whole.gradient)


@pytest.mark.parametrize("ending", ["Answer:", "Question:"])
def test_plausible_questions_can_be_answered_without_the_document(ending: str) -> None:
    document = "Chad lies in central Africa. Its capital is Ndjamena. The Sahara covers 40.5 percent of it."
    prompt = f"{document}\n\nWrite a short question about this text and its answer.\n{ending}"
    other = "Question" if ending == "Answer:" else "Answer"
    proposals = [one.text for one in script.plausible(prompt) if f"\n{other}: " in one.text]
    assert proposals
    for proposal in proposals:
        first, second = proposal.strip().split(f"\n{other}: ")
        answer, question = (first, second) if other == "Question" else (second, first)
        assert answer in document
        assert answer not in question
        choices = script.plausible(f"Question: {question}\nAnswer:")
        assert choices[0].text == f" {answer}"
        assert sum(one.weight for one in choices) == pytest.approx(1)


def test_script_file(tmp_path: object) -> None:
    path = tmp_path / "script.json"
    path.write_text('{"rules": [{"match": "capital of (\\\\w+)", "texts": [{"text": "I know \\\\1"}]}]}')
    chosen = script.load(str(path))
    assert [one.text for one in chosen("What is the capital of Chad?")] == ["I know Chad"]
    assert chosen("nothing") == ()


@pytest.mark.parametrize(("engine", "kept"), [({}, [3, 4]), ({"keep_versions": 3}, [2, 3, 4])])
def test_a_publish_releases_the_oldest_versions(engine: dict[str, object], kept: list[int]) -> None:
    """A version holds a copy of the weights: a run that keeps them all gains a mebibyte a step."""
    backend = FakeBackend()
    backend.open(OpenSpec("any", 1, engine=engine), JobProgress())
    for _ in range(4):
        backend.publish()
    assert [one.version for one in backend.versions()] == kept
    with pytest.raises(BackendError):
        backend.release(kept[0] - 1)
