"""What a service refuses, where the key goes, and what is said of it; over HTTP, with the real SDK."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest

from spice_trainer.api import BackendError, BackendErrorCode, LoraSpec, OpenSpec, OptimSpec
from spice_trainer.engines import load
from spice_trainer.engines.tinker.access import KEY_VARIABLE, NO_KEY, URL_VARIABLE, secret_for
from spice_trainer.engines.tinker.hosted import create as create_hosted
from spice_trainer.engines.tinker.hosted_sdk import sdk_url, service_url
from spice_trainer.server.redaction import HIDDEN, RedactingFormatter
from tests.engines.tinker_hosted.http_base import Reply
from tests.engines.tinker_hosted.scenario import Opened, Silent, accumulate, open_backend, sample, score
from tests.engines.tinker_hosted.service import KEY, HostedStandIn

ELSEWHERE = "127.0.0.2"


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_said_to_be_refused_and_is_not_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """The stand-in's answer has the key in it; a service's might."""
    stand_in, wrong = HostedStandIn(), "tml-a-wrong-key"
    monkeypatch.setenv(KEY_VARIABLE, wrong)
    stand_in.faults["config"] = [Reply.of({"detail": f"no: {wrong}"}, status)]
    with stand_in.server(ELSEWHERE) as server, caplog.at_level(logging.DEBUG):
        monkeypatch.setenv(URL_VARIABLE, server.url)
        with pytest.raises(BackendError) as refused:
            open_backend(server.url, "a/stand-in", folder)
    assert (refused.value.code, refused.value.reason) == (BackendErrorCode.PRECONDITION, "API_KEY_REFUSED")
    assert "no: [key]" in str(refused.value)
    assert wrong not in f"{refused.value} {refused.value.hint} {refused.value.facts}"
    assert stand_in.keys == {wrong}


def test_the_key_goes_where_the_environment_says_and_into_no_line_of_the_trainers_log(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """The SDK logs what a service answers, be it the key."""
    stand_in = HostedStandIn()
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    with stand_in.server(ELSEWHERE) as server, caplog.at_level(logging.DEBUG):
        monkeypatch.setenv(URL_VARIABLE, server.url)
        backend = open_backend("", "a/stand-in", folder)
        stand_in.faults["asample"] = [Reply.of({"detail": KEY}, 422)]
        with pytest.raises(BackendError) as refused:
            sample(backend, (1,))
        backend.save(tmp_path / "one", {})
        backend.close()
    assert stand_in.keys == {KEY}
    assert KEY not in f"{refused.value} {refused.value.hint} {refused.value.facts}"
    written = RedactingFormatter("%(name)s %(message)s")
    lines = [written.format(record) for record in caplog.records]
    assert not [line for line in lines if KEY in line]
    assert [line for line in lines if line.startswith("tinker") and HIDDEN in line]
    assert not any(KEY in file.read_text(errors="replace") for file in tmp_path.rglob("*") if file.is_file())


def test_a_server_on_loopback_gets_no_key_nor_anything_else_of_the_environment(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The SDK would run the command where the server says so, and send its output and the gateway's headers along."""
    ran = tmp_path / "ran"
    for name, value in {
        KEY_VARIABLE: KEY,
        "TINKER_CREDENTIAL_CMD": f"touch {ran}; echo tml-from-a-command",
        "CLOUDFLARE_ACCESS_CLIENT_ID": "someone",
        "CLOUDFLARE_ACCESS_CLIENT_SECRET": "something secret",
    }.items():
        monkeypatch.setenv(name, value)
    stand_in = HostedStandIn(key=None)
    config = {"pjwt_auth_enabled": True, "credential_default_source": "credential_cmd"}
    stand_in.faults["config"] = [Reply.of(config)]
    with pytest.raises(BackendError):
        opened(stand_in)
    opened(stand_in)
    assert stand_in.keys == {NO_KEY}
    assert not ran.exists()
    assert "something secret" not in str(stand_in.sent_headers)


def test_without_a_key_or_an_allowed_address_nothing_is_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = HostedStandIn()
    with stand_in.server(ELSEWHERE) as server:
        monkeypatch.setenv(KEY_VARIABLE, KEY)
        with pytest.raises(BackendError) as refused:
            open_backend(server.url, "a/stand-in", folder)
        assert refused.value.reason == "BASE_URL_NOT_ALLOWED"
        monkeypatch.delenv(KEY_VARIABLE)
        monkeypatch.setenv(URL_VARIABLE, server.url)
        with pytest.raises(BackendError) as absent:
            open_backend(server.url, "a/stand-in", folder)
        assert absent.value.reason == "API_KEY_ABSENT"
    assert not stand_in.sent_headers


def test_the_sdks_own_address_is_allowed_where_the_environment_names_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert secret_for(sdk_url(), {KEY_VARIABLE: KEY}, sdk_url()) == KEY
    with pytest.raises(BackendError):
        secret_for(sdk_url(), {KEY_VARIABLE: KEY, URL_VARIABLE: "https://tinker.example.invalid"}, sdk_url())
    assert service_url() == sdk_url()
    monkeypatch.setenv(URL_VARIABLE, "https://tinker.example.invalid/")
    assert service_url() == "https://tinker.example.invalid"


@pytest.mark.parametrize("status", [429, 503])
def test_what_passes_is_tried_again_and_counts_once(opened: Opened, stand_in: HostedStandIn, status: int) -> None:
    backend = opened(stand_in)
    before = score(backend)
    for name in ("forward_backward", "optim_step", "retrieve_future", "asample"):
        stand_in.faults[name] = [Reply.of({"detail": "busy"}, status)]
    accumulate(backend)
    assert backend.optim_step(OptimSpec(1e-2)).step == 1
    assert len(sample(backend, (1, 2))) == 2
    assert len(stand_in.bodies("optim_step")) == 4  # three looks at the norm when the session was opened
    assert sum(score(backend)) > sum(before)


def test_an_update_whose_answer_was_lost_is_asked_for_by_the_same_number(
    opened: Opened, stand_in: HostedStandIn
) -> None:
    """So that a service that goes by numbers counts it once, as the stand-in does."""
    backend = opened(stand_in)
    for name in ("forward_backward", "optim_step"):
        stand_in.lost[name] = 1
    accumulate(backend)
    backend.optim_step(OptimSpec(1e-2))
    learner = [body for body in stand_in.bodies("optim_step") if body["model_id"].endswith(":1")]
    assert len({body["seq_id"] for body in learner}) == 1
    assert len(learner) == 2
    assert len(stand_in.service.models[1].adams) == 1


@pytest.mark.parametrize(
    ("reply", "code", "reason"),
    [
        (Reply.of({"detail": "rank"}, 400), BackendErrorCode.INVALID, "SERVER_REFUSED"),
        (Reply.of({"detail": "who are you"}, 403), BackendErrorCode.PRECONDITION, "API_KEY_REFUSED"),
        (Reply.of({"detail": "no such model"}, 404), BackendErrorCode.UNAVAILABLE, "SERVER_FAILED"),
    ],
)
def test_a_refused_request_gets_the_contracts_code(
    opened: Opened, stand_in: HostedStandIn, reply: Reply, code: BackendErrorCode, reason: str
) -> None:
    backend = opened(stand_in)
    stand_in.faults["forward_backward"] = [reply]
    with pytest.raises(BackendError) as refused:
        accumulate(backend)
    assert (refused.value.code, refused.value.reason) == (code, reason)


def test_a_request_that_fails_at_the_service_is_told_with_its_words(opened: Opened, stand_in: HostedStandIn) -> None:
    backend = opened(stand_in)
    stand_in.faults["retrieve_future"] = [Reply.of({"error": "the actor died", "category": "server"})]
    with pytest.raises(BackendError, match="the actor died") as failed:
        score(backend)
    assert failed.value.code is BackendErrorCode.UNAVAILABLE


def test_a_service_that_falls_silent_is_given_up_and_nothing_goes_on(opened: Opened, stand_in: HostedStandIn) -> None:
    backend = opened(stand_in)
    service = backend.session.learner.service
    service._patience = 1  # type: ignore[attr-defined]
    stand_in.pending_polls = 10**9
    began = time.monotonic()
    with pytest.raises(BackendError) as silent:
        score(backend)
    assert time.monotonic() - began < 10
    assert (silent.value.code, silent.value.reason) == (BackendErrorCode.UNAVAILABLE, "SERVER_SILENT")
    for call in (backend.publish, lambda: score(backend), lambda: sample(backend, (1,))):
        with pytest.raises(BackendError) as later:
            call()
        assert later.value.reason == "SERVER_SILENT"


def test_settings_of_a_server_here_are_refused() -> None:
    with pytest.raises(BackendError) as refused:
        create_hosted().open(OpenSpec("x", 1, LoraSpec(8, 32.0), engine={"ray_processes": 2}), Silent())
    assert refused.value.reason == "ENGINE_SETTING_INVALID"
    assert "tinker-hosted" in str(refused.value)


def test_the_trainer_is_found_by_its_name() -> None:
    assert load("tinker-hosted").capabilities().backend == "tinker-hosted"
