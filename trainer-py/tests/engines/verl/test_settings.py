"""Settings, and what is refused before anything starts."""

from __future__ import annotations

import pytest

from spice_trainer import engines
from spice_trainer.api import BackendError, BackendErrorCode, LoraSpec, OpenSpec
from spice_trainer.engines.shared.engine_backend import EngineBackend
from spice_trainer.engines.shared.engine_settings import pick, read_settings
from spice_trainer.engines.shared.silent import Silent
from spice_trainer.engines.shared.text import HuggingFaceText
from spice_trainer.engines.verl.backend import PROPERTIES, VERL, make_sampler
from spice_trainer.engines.verl.cluster import environment, worker_threads
from spice_trainer.engines.verl.learner import VerlLearner
from spice_trainer.engines.verl.settings import WorkerSettings


def backend() -> EngineBackend:
    """Without the look at installed packages that `create` has."""
    return EngineBackend(VERL, VerlLearner, make_sampler, HuggingFaceText)


def workers(engine: dict[str, object]) -> WorkerSettings:
    return pick(WorkerSettings, read_settings(engine, PROPERTIES, "verl"))


def test_defaults_are_two_workers_of_a_cluster_of_our_own() -> None:
    learner = workers({})
    assert (learner.workers, learner.ray_address, learner.processes_on_nodes) == (2, "local", [2])
    assert {"workers", "ray_address", "sampler_kv_gib"} <= set(PROPERTIES)


def test_workers_are_spread_equally_over_the_machines() -> None:
    assert workers({"workers": 8, "nodes": 2}).processes_on_nodes == [4, 4]


@pytest.mark.parametrize(
    "engine",
    [
        {"workers": 3, "nodes": 2},
        {"workers": 0},
        {"ray_address": "ray://10.0.0.1:10001"},
        {"ray_address": "host:port"},
        {"ray_address": "a b:1"},
        {"worker": 2},
        {"sampler_python": "/bin/sh"},
    ],
)
def test_settings_that_make_no_sense_are_refused(engine: dict[str, object]) -> None:
    with pytest.raises(BackendError) as refused:
        backend().open(OpenSpec(model="tiny", seed=1, engine=engine), Silent())
    assert refused.value.reason == "ENGINE_SETTING_INVALID"


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (OpenSpec(model="tiny", seed=1, lora=LoraSpec(8, 16.0)), "LORA_UNSUPPORTED"),
        (OpenSpec(model="tiny", seed=1, compute_dtype="bfloat16"), "COMPUTE_DTYPE_UNSUPPORTED"),
    ],
)
def test_what_is_not_declared_is_refused_before_anything_starts(spec: OpenSpec, reason: str) -> None:
    with pytest.raises(BackendError) as refused:
        backend().open(spec, Silent())
    assert (refused.value.code, refused.value.reason) == (BackendErrorCode.UNIMPLEMENTED, reason)


def test_nothing_works_before_a_session_is_open() -> None:
    with pytest.raises(BackendError, match="no model is loaded"):
        backend().discard_gradients()


def test_a_local_cluster_talks_over_the_loopback_alone() -> None:
    local = environment(workers({}), "cpu")
    assert (local["GLOO_SOCKET_IFNAME"], local["VERL_PLATFORM"]) == ("lo", "cpu")
    remote = environment(workers({"ray_address": "10.0.0.1:6379"}), "cuda")
    assert "GLOO_SOCKET_IFNAME" not in remote
    assert "VERL_PLATFORM" not in remote


def test_workers_share_the_cores_of_their_machine() -> None:
    assert worker_threads(workers({"threads": 3})) == 3
    assert worker_threads(workers({"workers": 4096})) == 1


def test_without_verl_the_trainer_says_what_to_install() -> None:
    try:
        import verl  # noqa: F401
    except ImportError:
        with pytest.raises(BackendError) as absent:
            engines.load("verl")
        assert (absent.value.reason, "trainer install verl" in absent.value.hint) == ("BACKEND_NOT_INSTALLED", True)
    else:
        assert engines.load("verl").capabilities().backend == "verl"
