"""torch+vllm for real: a tiny Llama, vLLM in its own process. Runs in that trainer's environment; `npm run test:engines`."""

from __future__ import annotations

import importlib.util
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from spice_trainer.backend import (
    CrossEntropyLoss,
    OpenSpec,
    OptimSpec,
    Prompt,
    PromptSpec,
    SampleDone,
    SampleEvent,
    SampleFinished,
    SampleRequest,
    SamplingParams,
    TrainBatch,
    TrainSequence,
)

if importlib.util.find_spec("vllm") is None:
    pytest.skip("needs the environment of torch+vllm: npm run test:engines", allow_module_level=True)

from bench import byte_model
from spice_trainer.backends.silent import Silent
from spice_trainer.backends.torch_vllm import TorchVllmBackend

PROMPTS = [np.array([10, 20, 30, 40], dtype=np.int32), np.array([11, 21, 31], dtype=np.int32)]


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TorchVllmBackend]:
    folder = tmp_path_factory.mktemp("model")
    byte_model.write(Path(folder), head_size=64)  # vLLM on a processor refuses 16
    made = TorchVllmBackend()
    patient = {"sampler_start_seconds": 1800}  # beside other work a start took more than the default of 300 s
    spec = OpenSpec(model=str(folder), seed=1, compute_dtype="float32", max_context_tokens=256, engine=patient)
    made.open(spec, Silent())
    yield made
    made.close()


def sample(backend: TorchVllmBackend, n: int = 4, temperature: float = 1.0) -> tuple[list[SampleFinished], SampleDone]:
    events: list[SampleEvent] = []
    over = threading.Event()

    def sink(event: SampleEvent) -> None:
        events.append(event)
        if isinstance(event, SampleDone):
            over.set()

    specs = tuple(PromptSpec(Prompt(token_ids=ids), tuple(range(n))) for ids in PROMPTS)
    backend.submit(SampleRequest(specs, SamplingParams(max_tokens=12, temperature=temperature)), sink)
    assert over.wait(1800)
    done = events[-1]
    assert isinstance(done, SampleDone)
    return [one for one in events if isinstance(one, SampleFinished)], done


def gap(backend: TorchVllmBackend, samples: list[SampleFinished], temperature: float) -> float:
    """Largest difference between vLLM's log-probabilities and the learner's."""
    scored = backend.score(
        PROMPTS, [(one.prompt_index, one.token_ids) for one in samples], "current", temperature, Silent()
    )
    return max(float(np.abs(row - one.logprobs).max()) for row, one in zip(scored, samples, strict=True))


def train(backend: TorchVllmBackend, rate: float = 1e-2) -> None:
    sequences = tuple(
        TrainSequence(
            prompt_ref=index,
            completion_ids=np.array([50, 51, 52, 53], dtype=np.int32),
            weights=np.ones(4, dtype=np.float32),
            advantages=np.ones(4, dtype=np.float32),
            behaviour_logprobs=None,
            old_logprobs=None,
            reference_logprobs=None,
            temperature=1.0,
            role="warmup",
            group_id="",
            sample_id="",
        )
        for index in range(2)
    )
    backend.forward_backward(TrainBatch(tuple(PROMPTS), sequences), CrossEntropyLoss(), 8.0, False, Silent())
    backend.optim_step(OptimSpec(learning_rate=rate))


@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_sampler_and_learner_agree(backend: TorchVllmBackend, temperature: float) -> None:
    samples, done = sample(backend, temperature=temperature)
    assert done.error is None
    assert gap(backend, samples, temperature) < 2e-4


def test_new_weights_arrive(backend: TorchVllmBackend) -> None:
    """Several times: a tied output layer that keeps its old packed copy would show from the first one."""
    for _ in range(2):
        train(backend)
        version = backend.publish()
        samples, _ = sample(backend)
        assert {span for one in samples for span in one.spans} == {
            (len(one.token_ids), version.version) for one in samples
        }
        assert gap(backend, samples, 1.0) < 2e-4


def test_a_killed_engine_comes_back_with_the_published_weights(backend: TorchVllmBackend) -> None:
    train(backend)
    version = backend.publish()
    assert backend.sampler_pid is not None
    os.kill(backend.sampler_pid, signal.SIGKILL)
    samples, done = sample(backend)
    if done.error is not None:  # it was taken before the death was noticed
        assert done.error.reason == "SAMPLER_DIED"
        samples, done = sample(backend)
    assert done.error is None
    assert {one.policy_version for one in samples} == {version.version}
    assert gap(backend, samples, 1.0) < 2e-4
