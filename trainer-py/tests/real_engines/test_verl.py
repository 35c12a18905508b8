"""The verl trainer for real: two Ray workers with FSDP2 on the processor, and vLLM as the sampler.
Minutes.

Runs in the environment of `spice trainer install verl` with pytest beside it, and skips elsewhere:

    <uv> pip install --python <dev venv> --target <folder> pytest==9.2.0
    SPICE_VLLM_PYTHON=<torch-vllm venv>/bin/python PYTHONPATH=.:<folder> <verl venv>/bin/python -m
    pytest tests/real_engines

The reference is the torch backend in this process: same model, same batch, no Ray.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bench import byte_model
from spice_trainer.api import (
    BackendError,
    BackendErrorCode,
    CrossEntropyLoss,
    OptimSpec,
    Prompt,
    PromptSpec,
    SampleDone,
    SampleFinished,
    SampleRequest,
    SamplingParams,
    TrainBatch,
)
from spice_trainer.engines.shared.silent import Silent
from tests.engines.verl.batches import LOSSES, NORMALIZER, make_batch
from tests.real_engines.reach import (
    LOOPBACK,
    answers,
    family,
    files_that_hold,
    listening,
    stranger,
    variables_of,
    words_of,
)
from tests.real_engines.verl_steps import (
    LOGPROB,
    NEEDED,
    STEP,
    WEIGHT,
    assert_trains_alike,
    distance,
    scores,
    spec,
    tensors,
    train,
)

pytestmark = NEEDED


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bytes")
    byte_model.write(made, head_size=64)  # vLLM on a processor refuses 16
    return made


@pytest.fixture(scope="module")
def verl(folder: Path) -> Iterator:
    from spice_trainer.engines.verl.backend import create as create_verl

    backend = create_verl()
    backend.open(spec(folder, train_tokens=64), Silent())
    yield backend
    backend.close()


@pytest.fixture(scope="module")
def torch_backend(folder: Path) -> Iterator:
    from spice_trainer.engines.torch_local.backend import create as create_torch

    backend = create_torch()
    backend.open(spec(folder), Silent())
    yield backend
    backend.close()


@pytest.fixture
def both(verl, torch_backend, tmp_path: Path) -> Iterator:
    """The two backends with the same weights, put back afterwards."""
    verl.save(tmp_path / "before", {})
    torch_backend.load(tmp_path / "before")
    yield verl, torch_backend
    verl.load(tmp_path / "before")


# ----------------------------------------------------------------------------------------- training


@pytest.mark.parametrize("name", LOSSES)
def test_two_workers_give_the_loss_gradient_and_update_of_one_process(both, name: str, tmp_path: Path) -> None:
    assert_trains_alike(*both, name, tmp_path)
    assert both[0].step == both[1].step


def test_every_setting_of_an_update_reaches_the_optimiser(both, tmp_path: Path) -> None:
    steps = [
        OptimSpec(learning_rate=1e-2, beta1=0.8, beta2=0.9, epsilon=1e-3, weight_decay=0.3, max_grad_norm=None),
        OptimSpec(learning_rate=3e-3, beta1=0.5, beta2=0.99, epsilon=1e-2, max_grad_norm=0.1),
        OptimSpec(learning_rate=5e-3, epsilon=1e-3, max_grad_norm=1.0, reset_moments=True),
    ]
    for backend in both:
        for step in steps:
            train(backend, "reinforce", step)
    one, other = (tensors(backend, tmp_path / type(backend).__name__) for backend in both)
    assert distance(one.values(), [other[key] for key in one]) < WEIGHT


def test_gradients_accumulate_over_calls_until_they_are_used_or_discarded(both) -> None:
    backend, reference = both
    batch = make_batch()
    for part in (batch.sequences[:1], batch.sequences[1:4], batch.sequences[4:]):
        backend.forward_backward(TrainBatch(batch.prompts, part), LOSSES["ppo"], NORMALIZER, False, Silent())
    reference.forward_backward(batch, LOSSES["ppo"], NORMALIZER, False, Silent())
    assert backend.optim_step(STEP).grad_norm == pytest.approx(reference.optim_step(STEP).grad_norm, rel=1e-5)
    backend.forward_backward(batch, LOSSES["ppo"], NORMALIZER, False, Silent())
    backend.discard_gradients()
    with pytest.raises(BackendError, match="no gradient"):
        backend.optim_step(STEP)
    assert train(backend, "ppo")[1].grad_norm == pytest.approx(train(reference, "ppo")[1].grad_norm, rel=1e-4)


def test_a_call_that_is_cancelled_leaves_no_gradient(verl) -> None:
    class Stop(Silent):
        calls = 0

        def cancelled(self) -> bool:
            self.calls += 1
            return self.calls > 1

    with pytest.raises(BackendError) as stopped:
        verl.forward_backward(make_batch(), LOSSES["ppo"], NORMALIZER, False, Stop())
    assert stopped.value.code is BackendErrorCode.CANCELLED
    with pytest.raises(BackendError, match="no gradient"):
        verl.optim_step(STEP)


# -------------------------------------------------------------------------- publishing and sampling


def sample(backend, version: int | None, temperature: float = 1.0):
    events, over = [], threading.Event()

    def sink(event) -> None:
        events.append(event)
        if isinstance(event, SampleDone):
            over.set()

    prompts = tuple(PromptSpec(Prompt(text=text), (1, 2, 3)) for text in ("abc", "hello there"))
    params = SamplingParams(max_tokens=12, temperature=temperature, ignore_eos=True)
    backend.submit(SampleRequest(prompts, params, policy_version=version), sink)
    assert over.wait(120)
    return events


def test_what_is_published_is_what_vllm_samples_with_and_what_the_version_scores(both) -> None:
    backend, reference = both
    train(backend, "cross_entropy", OptimSpec(learning_rate=1e-2))
    version = backend.publish()
    assert version.parent_step == backend.step
    assert backend.versions() == [version]
    published = scores(backend)
    for temperature in (1.0, 0.7):
        events = sample(backend, version.version, temperature)
        samples = [event for event in events if isinstance(event, SampleFinished)]
        assert len(samples) == 6
        assert all(one.spans == ((12, version.version),) for one in samples)
        found = backend.score(
            events[0].prompt_ids,
            [(one.prompt_index, one.token_ids) for one in samples],
            version.version,
            temperature,
            Silent(),
        )
        assert distance(found, [one.logprobs for one in samples]) < 2e-4
    train(backend, "cross_entropy", OptimSpec(learning_rate=1e-2))
    assert distance(scores(backend), published) > 1e-2
    assert distance(scores(backend, version.version), published) < 1e-6
    assert distance(scores(backend, "reference"), scores(reference, "reference")) < LOGPROB
    with pytest.raises(BackendError) as gone:
        sample(backend, version.version - 1)
    assert gone.value.reason == "VERSION_UNKNOWN"


# -------------------------------------------------------------------------------------- checkpoints


def test_a_checkpoint_brings_weights_moments_and_step_back(verl, tmp_path: Path) -> None:
    train(verl, "ppo")
    saved = verl.save(tmp_path / "saved", {"who": "test"})
    step, before = verl.step, scores(verl)
    first = train(verl, "ppo")
    after = tensors(verl, tmp_path / "after")
    verl.forward_backward(make_batch(), LOSSES["ppo"], NORMALIZER, False, Silent())
    assert verl.load(tmp_path / "saved").digest == saved.digest
    assert verl.step == step
    assert distance(scores(verl), before) == 0
    with pytest.raises(BackendError, match="no gradient"):
        verl.optim_step(STEP)
    second = train(verl, "ppo")
    assert second[1].grad_norm == first[1].grad_norm
    again = tensors(verl, tmp_path / "again")
    assert distance(again.values(), [after[key] for key in again]) == 0


def test_checkpoints_are_those_of_the_torch_backend(both, tmp_path: Path) -> None:
    backend, reference = both
    train(reference, "ppo")
    reference.save(tmp_path / "torch", {})
    backend.load(tmp_path / "torch")
    assert distance(scores(backend), scores(reference)) < LOGPROB
    assert train(backend, "ppo")[1].grad_norm == pytest.approx(train(reference, "ppo")[1].grad_norm, rel=1e-5)


# -------------------------------------------------------------------------------------------- reach


def test_every_port_is_on_loopback_and_asks_for_the_token(verl) -> None:
    token = (verl.session.learner.cluster._folder / "token").read_text()
    ports = listening(family())
    print("\n".join(f"{name} {address} {port}" for name, address, port in sorted(ports)))
    assert {"gcs_server", "raylet", "ray::LearnerWorker"} <= {name for name, _, _ in ports}
    assert [one for one in ports if one[1] not in LOOPBACK] == []
    without_token, with_token = (answers([port for _, _, port in ports], one) for one in (None, token))
    told = {port: (name, without_token[port], with_token[port]) for name, _, port in ports}
    # The processes through which code gets in take nothing without the token, and something with
    # it.
    for wanted in ("gcs_server", "raylet", "ray::LearnerWorker", "ray::RuntimeEnvAgent"):
        pairs = [(without, having) for name, without, having in told.values() if name == wanted]
        refused = [having for without, having in pairs if without in ({"UNAUTHENTICATED"}, {"HTTP 401"})]
        assert refused, wanted
        assert not any({"UNAUTHENTICATED", "HTTP 401"} & having for having in refused)
        assert not any("OK" in without for without, _ in pairs)
    # What remains open tells numbers: Ray's metrics.
    assert {name for name, without, _ in told.values() if "HTTP 200" in without} <= OPEN


OPEN = {"python", "ray::DashboardAgent"}


def test_a_process_without_the_token_does_not_get_in(verl, tmp_path: Path) -> None:
    import ray

    address = ray.get_runtime_context().gcs_address
    file = verl.session.learner.cluster._folder / "token"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    for variables in (
        {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0" * 64},
        {"RAY_AUTH_MODE": "token", "HOME": str(tmp_path)},
        {"RAY_AUTH_MODE": "disabled"},
    ):
        said = stranger(address, **variables)
        assert "saw 1 node" not in said
        assert "AuthenticationError" in said or "Unauthenticated" in said, said
    token = file.read_text()
    assert files_that_hold(token, file.parent) == [file]
    assert [one for one in family() if token in words_of(one) + variables_of(one)] == []


# ------------------------------------------------------------------------------------------ failure

OPEN_AND_WAIT = """
import sys, time
from pathlib import Path
from spice_trainer.engines.shared.engine_settings import pick, read_settings
from spice_trainer.engines.verl.cluster import Cluster
from spice_trainer.engines.verl.group import WorkerGroup
from spice_trainer.engines.verl.settings import WORKER_PROPERTIES, WorkerSettings
settings = pick(WorkerSettings, read_settings({}, WORKER_PROPERTIES, "verl"))
cluster = Cluster(settings, "cpu")
group = WorkerGroup(settings, "cpu", Path(sys.argv[1]))
print("up", flush=True)
time.sleep(600)
"""


def test_when_the_sidecar_is_killed_nothing_of_its_cluster_is_left(folder: Path) -> None:
    sidecar = subprocess.Popen([sys.executable, "-c", OPEN_AND_WAIT, str(folder)], stdout=subprocess.PIPE, text=True)
    assert sidecar.stdout is not None
    assert sidecar.stdout.readline() == "up\n"
    children = psutil.Process(sidecar.pid).children(recursive=True)
    assert any("LearnerWorker" in words_of(one) for one in children)
    watchdog = next(one for one in children if "watchdog.py" in words_of(one))
    folder_of_ray = Path(watchdog.cmdline()[-1])
    assert (folder_of_ray / "token").exists()
    sidecar.send_signal(signal.SIGKILL)
    sidecar.wait()
    _, alive = psutil.wait_procs(children, timeout=30)
    for one in alive:
        one.kill()
    assert alive == []
    assert not folder_of_ray.exists()


def test_a_worker_that_is_killed_in_a_step_makes_the_trainer_unavailable(verl) -> None:
    """Last: the backend is of no use afterwards."""
    pid = verl.session.learner.workers.call("facts")[1]["pid"]
    batch = make_batch()
    many = TrainBatch(batch.prompts, batch.sequences * 200)
    failures: list[BaseException] = []

    def step() -> None:
        try:
            verl.forward_backward(many, CrossEntropyLoss(), NORMALIZER, False, Silent())
        except BaseException as failed:
            failures.append(failed)

    thread = threading.Thread(target=step)
    thread.start()
    time.sleep(2)
    os.kill(pid, signal.SIGKILL)
    thread.join(120)
    assert not thread.is_alive()
    (failed,) = failures
    assert isinstance(failed, BackendError)
    assert (failed.code, failed.reason) == (BackendErrorCode.UNAVAILABLE, "WORKER_DIED")
    assert "checkpoint" in failed.hint
    with pytest.raises(BackendError, match="a worker of the Ray cluster is gone"):
        verl.optim_step(STEP) if verl.session.learner.pending else verl.score(
            batch.prompts, [], "reference", 1.0, Silent()
        )
    children = psutil.Process().children(recursive=True)
    verl.close()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == []
