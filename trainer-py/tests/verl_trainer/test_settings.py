"""Settings, and what is refused before anything starts."""

from __future__ import annotations

import json

import pytest

from spice_trainer import engines
from spice_trainer.api import BackendError, BackendErrorCode, LoraSpec, OpenSpec
from spice_trainer.engines.shared.silent import Silent
from spice_trainer.engines.verl.backend import VerlBackend
from spice_trainer.engines.verl.cluster import environment, worker_threads
from spice_trainer.engines.verl.settings import ENGINE_SCHEMA, split


def test_defaults_are_two_workers_of_a_cluster_of_our_own() -> None:
    learner, sampler = split({})
    assert (learner.workers, learner.ray_address, learner.processes_on_nodes) == (2, "local", [2])
    assert sampler.sampler_dtype == "auto"
    assert {"workers", "ray_address", "sampler_kv_gib"} <= set(json.loads(ENGINE_SCHEMA)["properties"])


def test_workers_are_spread_equally_over_the_machines() -> None:
    assert split({"workers": 8, "nodes": 2})[0].processes_on_nodes == [4, 4]


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
        split(engine)
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
        VerlBackend().open(spec, Silent())
    assert (refused.value.code, refused.value.reason) == (BackendErrorCode.UNIMPLEMENTED, reason)


def test_nothing_works_before_a_session_is_open() -> None:
    with pytest.raises(BackendError, match="no model is loaded"):
        VerlBackend().discard_gradients()


def test_a_local_cluster_talks_over_the_loopback_alone() -> None:
    local = environment(split({})[0], "cpu")
    assert (local["GLOO_SOCKET_IFNAME"], local["VERL_PLATFORM"]) == ("lo", "cpu")
    remote = environment(split({"ray_address": "10.0.0.1:6379"})[0], "cuda")
    assert "GLOO_SOCKET_IFNAME" not in remote
    assert "VERL_PLATFORM" not in remote


def test_workers_share_the_cores_of_their_machine() -> None:
    assert worker_threads(split({"threads": 3})[0]) == 3
    assert worker_threads(split({"workers": 4096})[0]) == 1


def test_without_verl_the_trainer_says_what_to_install() -> None:
    try:
        import verl  # noqa: F401
    except ImportError:
        with pytest.raises(BackendError) as absent:
            engines.load("verl")
        assert (absent.value.reason, "trainer install verl" in absent.value.hint) == ("BACKEND_NOT_INSTALLED", True)
    else:
        assert engines.load("verl").capabilities().backend == "verl"
