"""Find a backend by name. Backends are imported only when asked for, so a missing engine never breaks another.

Each room beside this file is one engine. It imports `api`, `shared`, `models`, `toolkit` and itself, and no other engine.
"""

from __future__ import annotations

import importlib
from importlib.metadata import entry_points
from typing import Protocol, cast

from spice_trainer.api import Backend, BackendError, BackendErrorCode

ENTRY_POINT_GROUP = "spice_trainer.backends"
"""Third parties register `name = "module:Class"` here; the class has a `create()` that returns a `Backend`."""

BUILT_IN = {
    "torch": "spice_trainer.engines.torch_local.backend",
    "torch+vllm": "spice_trainer.engines.torch_vllm.backend",
    "verl": "spice_trainer.engines.verl.backend",
    "tinker": "spice_trainer.engines.tinker.backend",
    "tinker-hosted": "spice_trainer.engines.tinker.hosted",
    "fake": "spice_trainer.engines.fake.trainer",
    "sink": "spice_trainer.engines.fake.wire_only",
}
"""Name to a module that has a function `create`."""


class BackendFactory(Protocol):
    """What an entry point names: a class or an object. Of the engines here: their module."""

    def create(self) -> Backend:
        """A backend without a session. Raises ImportError when its engine is not installed."""
        ...


def names() -> list[str]:
    """Every name `load` accepts: built in, and registered by installed packages."""
    return sorted({*BUILT_IN, *(entry.name for entry in entry_points(group=ENTRY_POINT_GROUP))})


def load(name: str) -> Backend:
    """Create the backend `name`.

    Raises `BackendError`: NOT_FOUND (BACKEND_UNKNOWN), or UNAVAILABLE (BACKEND_NOT_INSTALLED) when its engine cannot
    be imported in this environment.
    """
    try:
        return _factory(name).create()
    except ImportError as missing:
        raise BackendError(
            BackendErrorCode.UNAVAILABLE,
            "BACKEND_NOT_INSTALLED",
            f"trainer {name} cannot be imported here: {missing}",
            f"install its environment with `spice trainer install {name}`",
        ) from missing


def _factory(name: str) -> BackendFactory:
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        if entry.name == name and name not in BUILT_IN:
            return cast(BackendFactory, entry.load())
    if name not in BUILT_IN:
        raise BackendError(
            BackendErrorCode.NOT_FOUND,
            "BACKEND_UNKNOWN",
            f"no trainer is called {name}",
            "known: " + ", ".join(names()),
        )
    return cast(BackendFactory, importlib.import_module(BUILT_IN[name]))
