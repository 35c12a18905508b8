"""A Ray cluster of our own: who reaches it (processes of this machine alone, with a token that only
its user can read), and how long it may take to start."""

# Ray is in the environments of some backends only, not in the one that types are checked in.
# pyright: reportMissingImports=false
from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

LOOPBACK = "127.0.0.1"
_LOOPBACK_ONLY = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
"""Ray replaces a loopback address that it is given by the machine's outside one, and listens on
that or on all interfaces. Where clusters of several machines are switched off, as with 0 here, it
stays on loopback with every port."""
_TAKEN_AWAY = ("RAY_AUTH_TOKEN", "RAY_ADDRESS")
"""They would take the token's, or the cluster's, place."""
START_SECONDS = 180
"""How long Ray's processes may take to start. Ray gives its first one 30 s; a slow disk takes
longer to read it for the first time, or after its memory went to something else (seen on 27
November 2026, on two cores with nothing else running)."""


def private_variables(folder: Path) -> dict[str, str]:
    """Variables of every process of a cluster of our own, with a fresh token in `folder`, which
    must be private, too.

    A file, as processes that have nothing to do with Ray inherit the environment, and it ends with
    the folder."""
    path = folder / "token"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(32))
    return {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN_PATH": str(path),
        _LOOPBACK_ONLY: "0",
        "RAY_gcs_server_port_wait_time_s": str(START_SECONDS),
    }


def private_environment(ours: Mapping[str, str], folder: Path) -> dict[str, str]:
    """A process's environment with `private_variables` in place of its own."""
    return {name: value for name, value in ours.items() if name not in _TAKEN_AWAY} | private_variables(folder)


class PrivateAccess:
    """This process as a driver of its own cluster; `close` gives it back its own variables, for a
    cluster by address."""

    def __init__(self, folder: Path) -> None:
        """Before `ray.init`."""
        wanted = private_variables(folder)
        self._before = {name: os.environ.get(name) for name in (*wanted, *_TAKEN_AWAY)}
        self._set({**dict.fromkeys(_TAKEN_AWAY), **wanted}, loopback_only=True)

    def check(self) -> None:
        """After `ray.init`. Raises RuntimeError where the cluster is open to more than it should
        be."""
        import ray
        from ray._raylet import AuthenticationMode, get_authentication_mode

        address = ray.util.get_node_ip_address()
        if address != LOOPBACK or get_authentication_mode() != AuthenticationMode.TOKEN:
            raise RuntimeError(f"Ray listens on {address}, or asks for no token")

    def close(self) -> None:
        """Safe to call twice."""
        before, self._before = self._before, {}
        if before:
            self._set(before, loopback_only=False)

    def _set(self, variables: Mapping[str, str | None], loopback_only: bool) -> None:
        for name, value in variables.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        read_again(loopback_only)


def read_again(loopback_only: bool) -> None:
    """Make Ray read its variables: it does so once, and an earlier cluster of this process may have
    been another one."""
    from ray._private import ray_constants
    from ray._raylet import AuthenticationTokenLoader, Config

    ray_constants.ENABLE_RAY_CLUSTER = not loopback_only
    Config.initialize("")
    AuthenticationTokenLoader.instance().reset_cache()
