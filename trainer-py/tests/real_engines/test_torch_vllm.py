"""torch+vllm for real: a tiny Llama, vLLM in its own process. Runs in that trainer's environment; `npm run test:engines`."""

from __future__ import annotations

import importlib.util
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from spice_trainer.api import Backend, OpenSpec

if importlib.util.find_spec("vllm") is None:
    pytest.skip("needs the environment of torch+vllm: npm run test:engines", allow_module_level=True)

from bench import byte_model
from spice_trainer.engines.shared.silent import Silent
from spice_trainer.engines.torch_vllm.backend import create as create_torch_vllm
from tests.real_engines.driving import gap, sample, train


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    folder = tmp_path_factory.mktemp("model")
    byte_model.write(Path(folder), head_size=64)  # vLLM on a processor refuses 16
    made = create_torch_vllm()
    patient = {"sampler_start_seconds": 1800}  # beside other work a start took more than the default of 300 s
    spec = OpenSpec(model=str(folder), seed=1, compute_dtype="float32", max_context_tokens=256, engine=patient)
    made.open(spec, Silent())
    yield made
    made.close()


@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_sampler_and_learner_agree(backend: Backend, temperature: float) -> None:
    samples, done = sample(backend, 4, temperature)
    assert done.error is None
    assert gap(backend, samples, "current", temperature) < 2e-4


def test_new_weights_arrive(backend: Backend) -> None:
    """Several times: a tied output layer that keeps its old packed copy would show from the first one."""
    for _ in range(2):
        train(backend, 1e-2)
        version = backend.publish()
        samples, _ = sample(backend, 4)
        assert {span for one in samples for span in one.spans} == {
            (len(one.token_ids), version.version) for one in samples
        }
        assert gap(backend, samples, "current") < 2e-4


def test_a_killed_engine_comes_back_with_the_published_weights(backend: Backend) -> None:
    train(backend, 1e-2)
    version = backend.publish()
    assert backend.session.sampler.pid is not None
    os.kill(backend.session.sampler.pid, signal.SIGKILL)
    samples, done = sample(backend, 4)
    if done.error is not None:  # it was taken before the death was noticed
        assert done.error.reason == "SAMPLER_DIED"
        samples, done = sample(backend, 4)
    assert done.error is None
    assert {one.policy_version for one in samples} == {version.version}
    assert gap(backend, samples, "current") < 2e-4
