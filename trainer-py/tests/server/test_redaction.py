"""Secrets in text: the examples both languages share, and properties."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spice_trainer.server.redaction import RedactingFormatter, known_secrets, redact
from spice_trainer.server.start_error import StartError
from spice_trainer.server.wire.errors import ServiceError, to_status

EXAMPLES = json.loads((Path(__file__).parents[3] / "tests/fixtures/redaction.json").read_text())
SECRETS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=16, max_size=40)
PROSE = st.text("abcdefghijklmnop ,.", max_size=40)
PLACES = (
    "http://user:{}@host:80/x",
    "Authorization: Bearer {}",
    "hf_{}",
    "MY_TOKEN={}",
    "{{'db_password': '{}'}}",
    '{{"apiKey": "{} and {}"}}',
)


@pytest.mark.parametrize(("text", "expected"), EXAMPLES)
def test_examples_of_both_languages(text: str, expected: str) -> None:
    assert redact(text) == expected


@given(SECRETS, PROSE, PROSE, st.sampled_from(PLACES))
def test_a_secret_in_a_known_place_never_survives(secret: str, before: str, after: str, place: str) -> None:
    assert secret not in redact(f"{before} {place.format(secret, secret)} {after}")


@given(SECRETS, st.text(), st.text())
def test_a_known_secret_never_survives(secret: str, before: str, after: str) -> None:
    assert secret not in redact(before + secret + after, [secret])


@given(PROSE)
def test_ordinary_prose_is_not_touched(text: str) -> None:
    assert redact(text) == text


def test_secrets_of_the_environment() -> None:
    found = known_secrets(
        {
            "HF_TOKEN": " long-enough ",
            "HTTPS_PROXY": "http://user:swordfish@proxy:1",
            "OTHER": "x" * 9,
            "PASSWORD": "no",
        }
    )
    assert sorted(found) == ["long-enough", "swordfish"]


def test_log_lines_and_stack_traces() -> None:
    form = RedactingFormatter("%(message)s", ["the-bearer-token"])
    try:
        raise ValueError("https://user:swordfish@host refused the-bearer-token")
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "key=%s", ("api_key=1",), (ValueError, error, None))
    written = form.format(record)
    assert "ValueError" in written
    for secret in ("swordfish", "the-bearer-token", "api_key=1"):
        assert secret not in written


def test_errors_on_the_wire_and_at_the_start() -> None:
    url = "http://user:swordfish@host"
    error = ServiceError(grpc.StatusCode.UNAVAILABLE, "HUB", f"{url} failed", f"look at {url}", facts={"url": url})
    assert b"swordfish" not in to_status(error).SerializeToString()
    assert "swordfish" not in StartError(2, "HUB", f"{url} failed", url).to_json()
