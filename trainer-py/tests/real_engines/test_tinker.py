"""The tinker backend on a real SkyRL server: run with the Python of `spice trainer install tinker`, which has no pytest:

    uv pip install --target FOLDER pytest==9.2.0
    PYTHONPATH=.:FOLDER "$(spice trainer install tinker)/bin/python" -m pytest tests/real_engines

One server serves the tests in order; the last one kills it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pytest

from spice_trainer.api import (
    I32,
    Backend,
    BackendError,
    BackendErrorCode,
    CrossEntropyLoss,
    LoraSpec,
    OpenSpec,
    OptimSpec,
    PolicyGradientLoss,
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
from spice_trainer.engines.shared.silent import Silent


def _installed() -> bool:
    try:
        return bool(version("skyrl") and version("tinker"))
    except PackageNotFoundError:
        return False


pytestmark = pytest.mark.skipif(not _installed(), reason="needs the Python of `spice trainer install tinker`")

if _installed():
    from bench import byte_model
    from spice_trainer.engines.tinker.backend import create as create_tinker
    from tests.real_engines.reach import LOOPBACK, answer, family, files_that_hold, listening

LORA = LoraSpec(16, 32.0)
ENGINE: dict[str, object] = {"sample_sequences": 8, "train_sequences": 4}
IDS = np.array([70, 71, 72, 73], dtype=np.int32)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    byte_model.write(folder)
    return folder


@pytest.fixture(scope="module")
def backend(model: Path) -> Iterator[Backend]:
    made = create_tinker()
    made.open(OpenSpec(str(model), 7, LORA, "float32", 256, ENGINE), Silent())
    yield made
    made.close()


def sample(backend: Backend, seeds: Sequence[int], timeout: float = 120, **fields: object) -> list[SampleFinished]:
    events: list[SampleEvent] = []
    over = threading.Event()

    def sink(event: SampleEvent) -> None:
        events.append(event)
        if isinstance(event, SampleDone):
            over.set()

    request = SampleRequest((PromptSpec(Prompt(token_ids=prompt(backend)), tuple(seeds)),), SamplingParams(8), **fields)  # type: ignore[arg-type]
    backend.submit(request, sink)
    assert over.wait(timeout)
    done = events[-1]
    assert isinstance(done, SampleDone)
    if done.error is not None:
        raise done.error
    found = [one for one in events if isinstance(one, SampleFinished)]
    return sorted(found, key=lambda one: one.sample_index)


def prompt(backend: Backend) -> I32:
    return backend.tokenize([Prompt(text="Water boils at")])[0]


def score(backend: Backend, ids: I32 = IDS, target: object = "current") -> np.ndarray:
    return backend.score([prompt(backend)], [(0, ids)], target, 1.0, Silent())[0]  # type: ignore[arg-type]


def step(backend: Backend, **fields: object) -> float:
    ones = np.ones(len(IDS), dtype=np.float32)
    one = TrainSequence(0, IDS, ones, ones, None, None, None, 1.0, "", "", "")
    told = backend.forward_backward(
        TrainBatch((prompt(backend),), (one,)), CrossEntropyLoss(), float(len(IDS)), False, Silent()
    )
    backend.optim_step(OptimSpec(**{"learning_rate": 1e-2, **fields}))  # type: ignore[arg-type]
    return told.loss


def test_emitted_log_probabilities_are_those_of_the_learner(backend: Backend) -> None:
    for one in sample(backend, [1, 2, 3]):
        assert one.logprobs is not None
        np.testing.assert_allclose(score(backend, one.token_ids), one.logprobs, atol=1e-4)


def test_seeds_repeat_samples(backend: Backend) -> None:
    one, two = (sample(backend, [5, 2**63 + 5, 6]) for _ in range(2))
    assert [each.token_ids.tolist() for each in one] == [each.token_ids.tolist() for each in two]
    assert len({tuple(each.token_ids.tolist()) for each in one}) == 3


def test_steps_lower_the_loss_and_reach_the_sampler_with_a_publish(backend: Backend) -> None:
    before, old = score(backend), backend.versions()[-1]
    losses = [step(backend, max_grad_norm=1.0) for _ in range(6)]
    assert losses[-1] < 0.7 * losses[0]
    np.testing.assert_allclose(score(backend, target=old.version), before, atol=1e-5)
    new = backend.publish()
    assert new.digest != old.digest
    np.testing.assert_allclose(score(backend, target=new.version), score(backend), atol=1e-5)
    # Sampling an older version must not overwrite the learner.
    now = score(backend)
    sample(backend, [1], policy_version=old.version)
    np.testing.assert_allclose(score(backend), now, atol=1e-6)
    assert backend.publish().digest == new.digest


def test_a_policy_gradient_makes_rewarded_samples_likelier(backend: Backend) -> None:
    drawn = sample(backend, range(4))
    rows = tuple(
        TrainSequence(
            prompt_ref=0,
            completion_ids=one.token_ids,
            weights=np.ones(len(one.token_ids), dtype=np.float32),
            advantages=np.full(len(one.token_ids), 1.5 if at == 0 else -0.5, dtype=np.float32),
            behaviour_logprobs=one.logprobs,
            old_logprobs=None,
            reference_logprobs=None,
            temperature=1.0,
            role="reasoner",
            group_id="g",
            sample_id=str(at),
        )
        for at, one in enumerate(drawn)
    )
    before = score(backend, drawn[0].token_ids).sum()
    told = backend.forward_backward(
        TrainBatch((prompt(backend),), rows), PolicyGradientLoss(correction="token_truncate"), 32.0, False, Silent()
    )
    assert told.stats["reasoner"].truncated_fraction == 0
    backend.optim_step(OptimSpec(1e-2, max_grad_norm=1.0))
    assert score(backend, drawn[0].token_ids).sum() > before


def test_weight_decay_of_the_learner_leaves_versions_alone(backend: Backend) -> None:
    backend.publish()
    kept = backend.publish().version
    before = score(backend, target=kept)
    step(backend, weight_decay=5.0)
    np.testing.assert_allclose(score(backend, target=kept), before, atol=1e-5)


def test_a_checkpoint_brings_back_weights_and_moments(backend: Backend, tmp_path: Path) -> None:
    backend.save(tmp_path / "one", {})
    at, saved = backend.step, score(backend)
    step(backend)
    after = score(backend)
    backend.load(tmp_path / "one")
    assert backend.step == at
    np.testing.assert_allclose(score(backend), saved, atol=1e-6)
    step(backend)
    np.testing.assert_allclose(score(backend), after, atol=1e-4)


def test_a_server_that_runs_already_is_used_by_its_address(backend: Backend, model: Path) -> None:
    """Another controller on the same server, as with one elsewhere: the disk is not read, versions are told by scores."""
    server = backend.session.learner.server
    assert server is not None
    other = create_tinker()
    engine = {**ENGINE, "base_url": server.url, "base_model": str(model), "keep_versions": 1}
    other.open(OpenSpec(str(model), 8, LORA, "float32", 256, engine), Silent())
    try:
        first = other.versions()[-1]
        assert step(other) > 0
        assert other.publish().digest != first.digest
        assert len(sample(other, [1, 2])) == 2
    finally:
        for each in (other.session.learner.trained.model, other.session.learner.reference):
            each.unload()
        other.close()


def test_a_trainer_that_is_killed_takes_its_server_along(model: Path) -> None:
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from spice_trainer.engines.tinker.server import SkyrlServer\n"
        "from spice_trainer.engines.tinker.settings import parse_settings\n"
        "server = SkyrlServer(Path(sys.argv[1]), 8, parse_settings({}), print)\n"
        "print(server.pid, server.folder, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(model)], stdout=subprocess.PIPE, text=True) as trainer:
        assert trainer.stdout is not None
        pid, folder = trainer.stdout.readline().split()
        time.sleep(1)
        trainer.kill()
    assert _gone(int(pid), 30)
    deadline = time.monotonic() + 30
    while Path(folder).exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not Path(folder).exists()


def test_a_server_that_is_killed_makes_everything_unavailable_and_leaves_nothing(backend: Backend) -> None:
    server = backend.session.learner.server
    assert server is not None
    children = _children(server.pid)
    assert children
    os.kill(server.pid, signal.SIGKILL)
    began = time.monotonic()
    for call in (lambda: score(backend), backend.publish, lambda: sample(backend, [1])):
        with pytest.raises(BackendError) as gone:
            call()
        assert gone.value.code is BackendErrorCode.UNAVAILABLE
    assert time.monotonic() - began < 20
    assert all(_gone(child, 10) for child in children)
    backend.close()
    assert not server.folder.exists()


@pytest.mark.slow
def test_two_ray_actors_give_the_numbers_of_one_process(model: Path) -> None:
    told: list[list[float]] = []
    for processes in (0, 2):
        made = create_tinker()
        made.open(OpenSpec(str(model), 7, LORA, "float32", 256, {**ENGINE, "ray_processes": processes}), Silent())
        try:
            told.append([*[step(made) for _ in range(3)], *score(made).tolist()])
            assert len(sample(made, [1, 2])) == 2
            if processes:
                _ask_without_token(made)
        finally:
            made.close()
    np.testing.assert_allclose(told[0], told[1], rtol=1e-4)


def _ask_without_token(backend: Backend) -> None:
    """Every port of the cluster is on loopback; Ray's take nothing without the token, and something with it."""
    server = backend.session.learner.server
    assert server is not None
    file = server.folder / "token"
    assert file.stat().st_mode & 0o777 == 0o600
    ports = listening(family())
    print("\n".join(f"{name} {address} {port}" for name, address, port in sorted(ports)))
    assert [one for one in ports if one[1] not in LOOPBACK] == []
    for wanted in ("gcs_server", "raylet", "ray::Narrow"):
        answers = [(answer(port, None), answer(port, file.read_text())) for name, _, port in ports if name == wanted]
        assert any(without == {"UNAUTHENTICATED"} and "UNAUTHENTICATED" not in having for without, having in answers)
        assert not any("OK" in without for without, _ in answers)
    assert files_that_hold(file.read_text(), server.folder) == [file]


def _children(pid: int) -> list[int]:
    """Linux."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _gone(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if " Z " in Path(f"/proc/{pid}/stat").read_text():
                return True
        except OSError:
            return True
        time.sleep(0.1)
    return False
