"""Who is given the key, and what an error of the SDK means: the rules that need no SDK."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from urllib.parse import urlsplit

from spice_trainer.api import BackendError, BackendErrorCode

KEY_VARIABLE = "TINKER_API_KEY"
URL_VARIABLE = "TINKER_BASE_URL"
NO_KEY = "tml-local"
"""What a server on loopback gets instead: the SDK wants something of this form."""
OTHER_SECRETS = ("TINKER_CREDENTIAL_CMD", "CLOUDFLARE_ACCESS_CLIENT_ID", "CLOUDFLARE_ACCESS_CLIENT_SECRET")
"""More that SDK 0.38.0 sends to whatever address it is given: a command whose output is the
credential, which the server can ask for (internal_client_holder.py, `credential_default_source`),
and headers for a gateway."""
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def secret_for(url: str, environment: Mapping[str, str], own: str = "") -> str:
    """The key for this server; empty for one on loopback, which gets none.

    The address may come with a request, the key is this machine's: so it goes to the address of the
    environment alone, or to `own`, the SDK's, where the environment names none. Raises
    FAILED_PRECONDITION (BASE_URL_NOT_ALLOWED, API_KEY_ABSENT).
    """
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
    """By what the server said. `secret` is cut out."""
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
    """A proxy of the environment would capture loopback, too."""
    for name in ("NO_PROXY", "no_proxy"):
        known = os.environ.get(name, "")
        if host not in known.split(","):
            os.environ[name] = f"{known},{host}" if known else host


def withhold(environment: MutableMapping[str, str]) -> None:
    """Take away what the SDK would send, of its own accord, to a server that gets no key."""
    for name in OTHER_SECRETS:
        environment.pop(name, None)
