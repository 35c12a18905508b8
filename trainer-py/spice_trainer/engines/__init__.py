"""Finds a backend by name. A backend is imported only when it is loaded, so an engine that is not
installed does not affect the others.

Each folder beside this file is one engine. It imports `api`, `shared`, `models`, `toolkit` and
itself, and no other engine.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Protocol, cast

from spice_trainer.api import Backend, BackendError, BackendErrorCode

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

ENTRY_POINT_GROUP = "spice_trainer.backends"
"""Packages outside this repository register `name = "module:Class"` in this group. The class has a
method `create()` that returns a `Backend`."""

BUILT_IN = {
    "torch": "spice_trainer.engines.torch_local.backend",
    "torch+vllm": "spice_trainer.engines.torch_vllm.backend",
    "verl": "spice_trainer.engines.verl.backend",
    "tinker": "spice_trainer.engines.tinker.backend",
    "tinker-hosted": "spice_trainer.engines.tinker.hosted",
    "fake": "spice_trainer.engines.fake.trainer",
    "sink": "spice_trainer.engines.fake.wire_only",
}
"""Module by name. The module has a function `create`."""


class BackendFactory(Protocol):
    """The object that an entry point names: a class or an object. For the engines of this package:
    their module."""

    def create(self) -> Backend:
        """Returns a backend without a session. Raises ImportError when its engine is not
        installed."""
        ...


def names() -> list[str]:
    """Returns every name that `load` accepts: names of this package, and names that installed
    packages register."""
    return sorted({*BUILT_IN, *(entry.name for entry in _registered())})


def load(name: str) -> Backend:
    """Creates the backend `name`.

    Raises `BackendError`: NOT_FOUND (BACKEND_UNKNOWN); UNAVAILABLE (BACKEND_NOT_INSTALLED) when its
    engine cannot be imported in this environment.
    """
    try:
        return _factory(name).create()
    except ImportError as missing:
        raise BackendError(
            BackendErrorCode.UNAVAILABLE,
            "BACKEND_NOT_INSTALLED",
            f"trainer {name} cannot be imported here: {missing}",
            f"install its environment with `spice trainer install {name}`"
            if name in BUILT_IN
            else f"install what is missing into the environment of {sys.executable}",
        ) from missing


def _registered() -> EntryPoints:
    """Returns what installed packages register. It reads the metadata of all of them, so an engine
    of this package is loaded without it."""
    from importlib.metadata import entry_points

    return entry_points(group=ENTRY_POINT_GROUP)


def _factory(name: str) -> BackendFactory:
    if name in BUILT_IN:
        return cast(BackendFactory, importlib.import_module(BUILT_IN[name]))
    for entry in _registered():
        if entry.name == name:
            return cast(BackendFactory, entry.load())
    known = ", ".join(names())
    raise BackendError(
        BackendErrorCode.NOT_FOUND,
        "BACKEND_UNKNOWN",
        f"no trainer is called {name} in the environment of {sys.executable}",
        f"install the package of your trainer there (docs/trainers/bring-your-own.md); known: {known}",
    )
