"""Removes secrets from everything that is logged, sent in an error or printed.
src/core/runs/redaction.ts has the same rules for the orchestrator. Both are tested with the same
examples (tests/fixtures/redaction.json)."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

HIDDEN = "***"
SHORTEST_KNOWN = 8
"""Characters. A shorter known secret is not searched, because the search would also hide ordinary
words."""

_NAMES = "token|password|passwd|passphrase|secret|credentials?|api[_-]?key|access[_-]?key"
# Each pattern begins with a literal, so that one pass over a long text is enough.
_URL_USER = re.compile(r"://[^\s/\"'<>]*@")
# `<token>` in angle brackets is a place to fill in.
_AUTHORIZATION = re.compile(r"(authorization[\"']?\s*[:=]\s*[\"']?(?:bearer|basic)\s+)(?!<)[^\s\"',;]+", re.IGNORECASE)
_BEARER = re.compile(r"(\bbearer\s+)[A-Za-z0-9._~+/-]{8,}=*", re.IGNORECASE)
_HUB_TOKEN = re.compile(r"\b(?:hf|api_org)_[A-Za-z0-9]{16,}")
_ASSIGNED = re.compile(
    rf"((?:{_NAMES})(?:[\"']?\s*=\s*|[\"']\s*:\s*))(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\s\"',;&}}]+)",
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(rf"(?:{_NAMES})\Z", re.IGNORECASE)


def redact(text: str, known: Iterable[str] = ()) -> str:
    """Returns `text` with secrets replaced by `***`. Secrets are: user and password of URLs; bearer
    and basic credentials; tokens of model hubs; values written as `<something>token=...` or
    `"...token": ...` (also password, secret, api key); and every text of `known` with 8 characters
    or more."""
    for secret in sorted((one for one in known if len(one) >= SHORTEST_KNOWN), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    text = _URL_USER.sub(f"://{HIDDEN}@", text)
    text = _AUTHORIZATION.sub(rf"\g<1>{HIDDEN}", text)
    text = _BEARER.sub(rf"\g<1>{HIDDEN}", text)
    text = _HUB_TOKEN.sub(HIDDEN, text)
    return _ASSIGNED.sub(rf"\g<1>{HIDDEN}", text)


def known_secrets(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Returns the secrets in environment variables: values of variables with such a name
    (`HF_TOKEN`), and passwords of URLs (`HTTPS_PROXY`)."""
    found: set[str] = set()
    for name, value in environment.items():
        if _SECRET_NAME.search(name):
            found.add(value.strip())
        elif "://" in value and "@" in value:
            found.update(_password(value))
    return tuple(one for one in found if len(one) >= SHORTEST_KNOWN)


def _password(url: str) -> tuple[str, ...]:
    try:
        return tuple(filter(None, (urlsplit(url).password,)))
    except ValueError:
        return ()


class RedactingFormatter(logging.Formatter):
    """Formats log records, with their stack traces, without secrets."""

    def __init__(self, form: str, known: Iterable[str] = ()) -> None:
        super().__init__(form)
        self._known = (*known, *known_secrets(os.environ))

    def format(self, record: logging.LogRecord) -> str:
        """Returns the line to write."""
        return redact(super().format(record), self._known)
