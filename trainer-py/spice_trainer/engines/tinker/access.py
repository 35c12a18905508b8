"""Rules for the key and for errors of the SDK. They do not need the SDK."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from urllib.parse import urlsplit

from spice_trainer.api import BackendError, BackendErrorCode

KEY_VARIABLE = "TINKER_API_KEY"
URL_VARIABLE = "TINKER_BASE_URL"
NO_KEY = "tml-local"
"""Value for a server on loopback. The SDK needs a text of this form."""
OTHER_SECRETS = ("TINKER_CREDENTIAL_CMD", "CLOUDFLARE_ACCESS_CLIENT_ID", "CLOUDFLARE_ACCESS_CLIENT_SECRET")
"""Other secrets that SDK 0.38.0 sends to every address: a command whose output is the credential,
which the server can request (internal_client_holder.py, `credential_default_source`), and headers
for a gateway."""
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def secret_for(url: str, environment: Mapping[str, str], own: str = "") -> str:
    """Returns the key for this server; empty for a server on loopback, which gets no key. The
    address may come from a request, but the key belongs to this machine. So the key is sent only to
    the address of the environment, or, if the environment has none, to `own`, the address of the
    SDK. Raises FAILED_PRECONDITION (BASE_URL_NOT_ALLOWED, API_KEY_ABSENT)."""
    if urlsplit(url).hostname in _LOOPBACK:
        return ""
    if url.rstrip("/") != (environment.get(URL_VARIABLE, "") or own).rstrip("/"):
        raise BackendError(
            BackendErrorCode.PRECONDITION,
            "BASE_URL_NOT_ALLOWED",
            f"engine.base_url is {url}, which this trainer's {URL_VARIABLE} does not name",
            f"set {URL_VARIABLE} to the server's address in the trainer's environment",
        )
    key = environment.get(KEY_VARIABLE, "")
    if not key:
        raise BackendError(
            BackendErrorCode.PRECONDITION,
            "API_KEY_ABSENT",
            f"{KEY_VARIABLE} is not set",
            "put the key into the trainer's environment; it is not read from a request",
        )
    return key


def backend_error(failed: Exception, secret: str) -> BackendError:
    """Returns the error for a message of the server. `secret` is removed."""
    text = str(failed).splitlines()[0] if str(failed) else type(failed).__name__
    if secret:
        text = text.replace(secret, "[key]")
    status = getattr(failed, "status_code", None)
    if status in (401, 403):
        return BackendError(
            BackendErrorCode.PRECONDITION,
            "API_KEY_REFUSED",
            f"the server refused the key: {text}",
            f"check {KEY_VARIABLE} in the trainer's environment",
        )
    if status == 402:
        return BackendError(
            BackendErrorCode.PRECONDITION,
            "BILLING",
            f"the service wants to be paid: {text}",
            "see to the account, resume",
        )
    if "Maximum number of LoRA adapters" in text:
        return BackendError(
            BackendErrorCode.MEMORY, "NO_SLOT", text, "lower keep_versions, or wait until samples in flight have ended"
        )
    if status in (400, 422):
        return BackendError(BackendErrorCode.INVALID, "SERVER_REFUSED", f"the server refused a request: {text}")
    return BackendError(
        BackendErrorCode.UNAVAILABLE,
        "SERVER_FAILED",
        f"the server failed: {text}",
        "restart the trainer and load the last checkpoint",
    )


def keep_off_proxies(host: str) -> None:
    """Excludes the host from proxies of the environment, which would also capture loopback."""
    for name in ("NO_PROXY", "no_proxy"):
        known = os.environ.get(name, "")
        if host not in known.split(","):
            os.environ[name] = f"{known},{host}" if known else host


def withhold(environment: MutableMapping[str, str]) -> None:
    """Removes the variables that the SDK would send to a server that gets no key."""
    for name in OTHER_SECRETS:
        environment.pop(name, None)
