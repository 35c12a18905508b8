"""Access to a Ray cluster that this process starts: only processes of this machine with a token
that only its user can read. Also the time limit of its start."""

# Ray is installed in the environments of some backends only, and not in the environment of the type
# checker.
# pyright: reportMissingImports=false
from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

LOOPBACK = "127.0.0.1"
_LOOPBACK_ONLY = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
"""Ray replaces a loopback address by the outside address of the machine, and listens on that
address or on all interfaces. With the value 0 of this variable, clusters of several machines are
switched off, and Ray uses loopback for every port."""
_TAKEN_AWAY = ("RAY_AUTH_TOKEN", "RAY_ADDRESS")
"""Variables that would replace the token or the cluster."""
START_SECONDS = 180
"""Seconds that the processes of Ray may take to start. Ray gives its first process 30 s. A slow
disk takes longer to read the program for the first time, or after its cache was used for other data
(seen on 27 November 2026, on two cores without other load)."""


def private_variables(folder: Path) -> dict[str, str]:
    """Returns the variables of every process of such a cluster, with a new token in `folder`, which
    must be private. The token is in a file, because unrelated processes inherit the environment,
    and because the file is deleted with the folder."""
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
    """Returns the environment of a process, with `private_variables` instead of its own
    variables."""
    return {name: value for name, value in ours.items() if name not in _TAKEN_AWAY} | private_variables(folder)


class PrivateAccess:
    """This process as a driver of its own cluster. `close` restores its variables, for a cluster by
    address."""

    def __init__(self, folder: Path) -> None:
        """Call it before `ray.init`."""
        wanted = private_variables(folder)
        self._before = {name: os.environ.get(name) for name in (*wanted, *_TAKEN_AWAY)}
        self._set({**dict.fromkeys(_TAKEN_AWAY), **wanted}, loopback_only=True)

    def check(self) -> None:
        """Call it after `ray.init`. Raises RuntimeError when more processes than allowed can reach
        the cluster."""
        import ray
        from ray._raylet import AuthenticationMode, get_authentication_mode

        address = ray.util.get_node_ip_address()
        if address != LOOPBACK or get_authentication_mode() != AuthenticationMode.TOKEN:
            raise RuntimeError(f"Ray listens on {address}, or asks for no token")

    def close(self) -> None:
        """Restores the variables. May be called twice."""
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
    """Makes Ray read its variables again. Ray reads them once, and an earlier cluster of this
    process may have had other values."""
    from ray._private import ray_constants
    from ray._raylet import AuthenticationTokenLoader, Config

    ray_constants.ENABLE_RAY_CLUSTER = not loopback_only
    Config.initialize("")
    AuthenticationTokenLoader.instance().reset_cache()
