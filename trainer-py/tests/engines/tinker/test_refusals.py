"""Settings, adapters and errors of the SDK."""

from __future__ import annotations

from pathlib import Path

import pytest

from spice_trainer.api import BackendError, BackendErrorCode, LoraSpec, OpenSpec
from spice_trainer.engines.tinker.access import KEY_VARIABLE, URL_VARIABLE, backend_error, secret_for
from spice_trainer.engines.tinker.loading import check_adapter
from spice_trainer.engines.tinker.server import INTERPRETER_VARIABLE, SkyrlServer
from spice_trainer.engines.tinker.settings import parse_settings
from tests.engines.tinker.progress import Silent


def test_defaults_start_a_server_here() -> None:
    settings = parse_settings({})
    assert settings.base_url == ""
    assert settings.ray_processes == 0
    assert settings.slots >= settings.keep_versions + 5


@pytest.mark.parametrize(
    "engine",
    [
        {"base_url": "ftp://x"},
        {"base_url": "http://user:pass@x"},
        {"ray_processes": -1},
        {"train_sequences": 0},
        {"api_key": "tml-x"},
    ],
)
def test_settings_that_are_wrong_or_unknown_are_refused(engine: dict[str, object]) -> None:
    with pytest.raises(BackendError) as refused:
        parse_settings(engine)
    assert refused.value.reason == "ENGINE_SETTING_INVALID"


@pytest.mark.parametrize(
    ("lora", "reason"),
    [
        (None, "FULL_UNSUPPORTED"),
        (LoraSpec(8, 16.0), "LORA_ALPHA"),
        (LoraSpec(129, 32.0), "LORA_RANK"),
        (LoraSpec(8, 32.0, ("q_proj",)), "LORA_TARGETS"),
    ],
)
def test_adapters_that_no_tinker_server_has_are_refused_with_what_to_set(lora: LoraSpec | None, reason: str) -> None:
    with pytest.raises(BackendError) as refused:
        check_adapter(OpenSpec("tiny", 1, lora))
    assert (refused.value.code, refused.value.reason) == (BackendErrorCode.UNIMPLEMENTED, reason)
    assert refused.value.hint


class ToldError(Exception):
    """An error with a status, as the SDK has them."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status_code = status


@pytest.mark.parametrize(
    ("failed", "code", "reason"),
    [
        (ToldError("no", 401), BackendErrorCode.PRECONDITION, "API_KEY_REFUSED"),
        (ToldError("Request failed: Maximum number of LoRA adapters (3) reached"), BackendErrorCode.MEMORY, "NO_SLOT"),
        (ToldError("rank", 400), BackendErrorCode.INVALID, "SERVER_REFUSED"),
        (ToldError("The actor died unexpectedly"), BackendErrorCode.UNAVAILABLE, "SERVER_FAILED"),
        (ConnectionError("refused"), BackendErrorCode.UNAVAILABLE, "SERVER_FAILED"),
    ],
)
def test_errors_of_the_sdk_get_the_contracts_codes(failed: Exception, code: BackendErrorCode, reason: str) -> None:
    error = backend_error(failed, "")
    assert (error.code, error.reason) == (code, reason)


def test_the_key_is_in_no_message() -> None:
    error = backend_error(ToldError("header tml-secret was refused\nbody tml-secret", 403), "tml-secret")
    assert "tml-secret" not in f"{error} {error.hint} {error.facts}"


URL = "https://tinker.example.invalid/api"


@pytest.mark.parametrize(
    ("url", "environment", "reason"),
    [
        (URL, {}, "BASE_URL_NOT_ALLOWED"),
        (URL, {KEY_VARIABLE: "tml-x"}, "BASE_URL_NOT_ALLOWED"),
        ("https://thief.example.invalid", {KEY_VARIABLE: "tml-x", URL_VARIABLE: URL}, "BASE_URL_NOT_ALLOWED"),
        ("https://127.0.0.1.example.invalid", {KEY_VARIABLE: "tml-x", URL_VARIABLE: URL}, "BASE_URL_NOT_ALLOWED"),
        (URL, {URL_VARIABLE: URL}, "API_KEY_ABSENT"),
    ],
)
def test_a_request_cannot_send_the_key_anywhere(url: str, environment: dict[str, str], reason: str) -> None:
    with pytest.raises(BackendError) as refused:
        secret_for(url, environment)
    assert (refused.value.code, refused.value.reason) == (BackendErrorCode.PRECONDITION, reason)


def test_the_key_goes_to_the_environments_server_and_none_to_loopback() -> None:
    environment = {KEY_VARIABLE: "tml-x", URL_VARIABLE: f"{URL}/"}
    assert secret_for(URL, environment) == "tml-x"
    assert secret_for("http://127.0.0.1:8000", environment) == ""


def test_an_interpreter_without_skyrl_is_named_with_its_last_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stand_in = tmp_path / "python"
    stand_in.write_text("#!/bin/sh\necho 'No module named skyrl' >&2\nexit 1\n")
    stand_in.chmod(0o755)
    monkeypatch.setenv(INTERPRETER_VARIABLE, str(stand_in))
    ended: list[BackendError] = []
    server = SkyrlServer(tmp_path, 8, parse_settings({}), ended.append)
    with pytest.raises(BackendError, match="No module named skyrl") as refused:
        server.wait_for_api(30, Silent())
    assert refused.value.code is BackendErrorCode.UNAVAILABLE
    server.stop()
    assert not server.folder.exists()


def test_an_interpreter_that_is_not_there_is_said_to_be_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(INTERPRETER_VARIABLE, str(tmp_path / "none"))
    with pytest.raises(BackendError) as refused:
        SkyrlServer(tmp_path, 8, parse_settings({}), lambda error: None)
    assert refused.value.reason == "SERVER_NOT_STARTED"
