"""`spice_trainer.toolkit.torch`: AdamW, losses, digest, files and sampling, on small models."""

from __future__ import annotations

import copy
import threading
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from bench import byte_model  # noqa: E402
from spice_trainer import toolkit  # noqa: E402
from spice_trainer.api import (  # noqa: E402
    BackendError,
    CrossEntropyLoss,
    FinishReason,
    OptimSpec,
    PolicyGradientLoss,
    Prompt,
    PromptSpec,
    SampleDone,
    SampleEvent,
    SampleFinished,
    SampleRequest,
    SamplingParams,
    TrainSequence,
)
from spice_trainer.toolkit import torch as kit  # noqa: E402


def parameters(seed: int = 1) -> dict[str, torch.nn.Parameter]:
    generator = torch.Generator().manual_seed(seed)
    shapes = {"a": (3, 4), "b": (5,)}
    return {name: torch.nn.Parameter(torch.randn(shape, generator=generator)) for name, shape in shapes.items()}


def test_adamw_takes_the_steps_of_the_numpy_adamw() -> None:
    named = parameters()
    ours = kit.AdamW(named)
    flat = np.concatenate([one.detach().double().numpy().ravel() for one in named.values()])
    theirs = toolkit.AdamW(flat)
    rng = np.random.default_rng(2)
    specs = [
        OptimSpec(0.1),
        OptimSpec(0.05, beta1=0.5, weight_decay=0.1, max_grad_norm=None),
        OptimSpec(0.05, max_grad_norm=0.01, reset_moments=True),
        OptimSpec(0.0),
    ]
    for spec in specs:
        gradient = rng.normal(size=flat.size)
        theirs.accumulate(gradient)
        for one, part in zip(named.values(), np.split(gradient, [12]), strict=True):
            one.grad = torch.from_numpy(part.reshape(one.shape)).float()
        got, due = ours.update(spec), theirs.update(spec)
        assert got.step == due.step
        assert got.grad_norm == pytest.approx(due.grad_norm, rel=1e-5)
        found = np.concatenate([one.detach().double().numpy().ravel() for one in named.values()])
        np.testing.assert_allclose(found, theirs.weights, atol=1e-5)


def test_adamw_without_a_gradient_is_refused_and_an_infinite_one_changes_nothing() -> None:
    named = parameters()
    optimizer = kit.AdamW(named)
    with pytest.raises(BackendError, match="no gradient"):
        optimizer.update(OptimSpec(0.1))
    before = kit.digest(named)
    named["a"].grad = torch.full((3, 4), float("inf"))
    result = optimizer.update(OptimSpec(0.1))
    assert (result.skipped, result.step, kit.digest(named)) == (True, 0, before)
    assert named["a"].grad is None


def test_the_state_of_adamw_goes_through_a_file(tmp_path: Path) -> None:
    named = parameters()
    optimizer = kit.AdamW(named)
    named["b"].grad = torch.ones(5)
    optimizer.update(OptimSpec(0.1))
    kit.save_tensors(optimizer.state(), tmp_path / "state.safetensors")
    other = kit.AdamW(parameters(seed=9))
    other.restore(kit.load_tensors(tmp_path / "state.safetensors"))
    assert kit.digest(other.parameters) == kit.digest(named)
    assert (other.step, other.updates) == (1, 1)
    with pytest.raises(BackendError, match="another model"):
        kit.AdamW({"a": named["a"]}).restore(optimizer.state())
    (tmp_path / "state.safetensors").write_bytes(b"x")
    with pytest.raises(BackendError, match="damaged"):
        kit.load_tensors(tmp_path / "state.safetensors")


def sequence(weights: list[float], **columns: list[float]) -> TrainSequence:
    arrays = {name: np.array(values, dtype=np.float32) for name, values in columns.items()}
    return TrainSequence(
        prompt_ref=0,
        completion_ids=np.arange(len(weights), dtype=np.int32),
        weights=np.array(weights, dtype=np.float32),
        advantages=arrays.get("advantages", np.ones(len(weights), dtype=np.float32)),
        behaviour_logprobs=arrays.get("behaviour_logprobs"),
        old_logprobs=arrays.get("old_logprobs"),
        reference_logprobs=None,
        temperature=1.0,
        role="reasoner",
        group_id="",
        sample_id="",
    )


def test_a_sequences_loss_is_the_weighted_sum_over_z_and_masked_tokens_count_nothing() -> None:
    c = torch.tensor([-1.0, -2.0, -3.0], dtype=torch.float64, requires_grad=True)
    entropy = torch.zeros(3, dtype=torch.float64)
    given = sequence([0.5, 0.0, 2.0], advantages=[1.0, float("nan"), -1.0])
    plain = PolicyGradientLoss(surrogate="plain", ratio="none")
    total, record = kit.sequence_loss(plain, given, c, entropy, normalizer=4.0)
    assert float(total) == pytest.approx((0.5 * 1.0 + 2.0 * -3.0) / 4.0)
    total.backward()
    np.testing.assert_allclose(c.grad.numpy(), [-0.5 / 4, 0.0, 2.0 / 4])
    assert toolkit.by_role([record])[""].loss == pytest.approx(float(total))
    supervised, _ = kit.sequence_loss(CrossEntropyLoss(), given, c, entropy, normalizer=1.0)
    assert float(supervised) == pytest.approx(0.5 * 1.0 + 2.0 * 3.0)


def test_token_logprobs_are_of_the_tempered_distribution() -> None:
    logits = torch.randn(4, 7, generator=torch.Generator().manual_seed(3))
    ids = torch.tensor([0, 3, 6, 2])
    chosen, entropy = kit.token_logprobs(logits, ids, 0.5)
    every = torch.distributions.Categorical(logits=logits.double() / 0.5)
    np.testing.assert_allclose(chosen.numpy(), every.log_prob(ids).numpy(), atol=1e-5)
    np.testing.assert_allclose(entropy.numpy(), every.entropy().numpy(), atol=1e-5)


class Sampled:
    """A tiny random Llama, and requests to its sampler."""

    def __init__(self, folder: Path, rows: int) -> None:
        from transformers import AutoModelForCausalLM, AutoTokenizer

        byte_model.write(folder)
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        self.weights = {name: one.detach().clone() for name, one in model.named_parameters()}
        self.sampler = kit.TorchSampler(copy.deepcopy(model), self.decode, (1,), 64, rows=rows)

    def decode(self, ids: object) -> str:
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True))  # type: ignore[call-overload]

    def run(
        self, params: SamplingParams, seeds: tuple[int, ...], prompts: int = 1, cancel: bool = False
    ) -> list[SampleEvent]:
        events: list[SampleEvent] = []
        ended = threading.Event()

        def sink(event: SampleEvent) -> None:
            events.append(event)
            if isinstance(event, SampleDone):
                ended.set()

        specs = tuple(PromptSpec(Prompt(text="x"), seeds) for _ in range(prompts))
        ids = [np.arange(5 + at, 9 + at, dtype=np.int32) for at in range(prompts)]
        generation = self.sampler.submit(SampleRequest(specs, params), ids, 3, self.weights, sink)
        if cancel:
            generation.cancel(prompts - 1)
        assert ended.wait(60)
        return events

    def samples(self, params: SamplingParams, seeds: tuple[int, ...], **more: object) -> list[SampleFinished]:
        events = self.run(params, seeds, **more)  # type: ignore[arg-type]
        done = events[-1]
        assert isinstance(done, SampleDone)
        assert done.error is None
        found = [one for one in events if isinstance(one, SampleFinished)]
        return sorted(found, key=lambda one: (one.prompt_index, one.sample_index))


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Sampled:
    return Sampled(tmp_path_factory.mktemp("model"), rows=1)


@pytest.fixture(scope="module")
def batched(tmp_path_factory: pytest.TempPathFactory) -> Sampled:
    return Sampled(tmp_path_factory.mktemp("model"), rows=4)


def test_with_one_row_a_seed_gives_its_sample_alone_and_beside_others(sampled: Sampled) -> None:
    params = SamplingParams(max_tokens=12, ignore_eos=True)
    together = sampled.samples(params, (7, 8, 9))
    alone = sampled.samples(params, (8,))
    assert together[1].token_ids.tolist() == alone[0].token_ids.tolist()
    assert together[1].logprobs is not None
    assert together[1].logprobs.tobytes() == alone[0].logprobs.tobytes()  # type: ignore[union-attr]
    assert len({one.token_ids.tobytes() for one in together}) == 3
    assert {one.policy_version for one in together} == {3}


def test_rows_that_are_decoded_together_are_those_that_are_decoded_alone(sampled: Sampled, batched: Sampled) -> None:
    """Up to the last bits: samples of different lengths leave the batch one after the other."""
    params = SamplingParams(max_tokens=20, temperature=0.9, top_p=0.95, top_k=50)
    seeds = tuple(range(10))
    one, four = sampled.samples(params, seeds), batched.samples(params, seeds)
    assert [a.token_ids.tolist() for a in one] == [b.token_ids.tolist() for b in four]
    for a, b in zip(one, four, strict=True):
        np.testing.assert_allclose(a.logprobs, b.logprobs, atol=1e-4)


def test_a_stop_string_ends_the_text_before_it_and_a_stop_id_is_part_of_the_ids(sampled: Sampled) -> None:
    free = sampled.samples(SamplingParams(max_tokens=12, ignore_eos=True), (4,))[0]
    stop = int(free.token_ids[5])
    cut = sampled.samples(SamplingParams(max_tokens=12, ignore_eos=True, stop_token_ids=(stop,)), (4,))[0]
    assert (cut.reason, int(cut.token_ids[-1])) == (FinishReason.STOP_TOKEN, stop)
    text = free.text[3:5]
    ended = sampled.samples(SamplingParams(max_tokens=12, ignore_eos=True, stop_strings=(text,)), (4,))[0]
    assert ended.reason is FinishReason.STOP_STRING
    assert ended.text == free.text[: free.text.index(text)]


def test_a_cancelled_prompt_is_aborted_and_the_other_one_is_whole(sampled: Sampled) -> None:
    found = sampled.samples(SamplingParams(max_tokens=30, ignore_eos=True), (1, 2), prompts=2, cancel=True)
    assert [one.reason for one in found[:2]] == [FinishReason.LENGTH] * 2
    assert [one.reason for one in found[2:]] == [FinishReason.ABORTED] * 2


def test_a_prompt_that_fills_the_context_is_refused(sampled: Sampled) -> None:
    request = SampleRequest((PromptSpec(Prompt(text="x"), (1,)),), SamplingParams(max_tokens=1))
    with pytest.raises(BackendError, match="the context holds 64"):
        sampled.sampler.submit(request, [np.zeros(64, dtype=np.int32)], 0, sampled.weights, lambda event: None)
