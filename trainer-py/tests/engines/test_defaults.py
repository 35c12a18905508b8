"""The file from which the orchestrator's tests read what the engines declare."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from spice_trainer.engines import BUILT_IN

TOLD = json.loads((Path(__file__).parents[3] / "tests/fixtures/engine-defaults.json").read_text())


def properties(name: str) -> dict[str, dict[str, Any]]:
    """The settings of an engine: in its module, or in `settings` beside the module."""
    module = importlib.import_module(BUILT_IN[name])
    if not hasattr(module, "PROPERTIES"):
        module = importlib.import_module(BUILT_IN[name].rpartition(".")[0] + ".settings")
    return module.PROPERTIES


def test_the_file_names_the_engines_that_are_built_in() -> None:
    assert set(TOLD["engines"]) == set(BUILT_IN)


@pytest.mark.parametrize("name", TOLD["defaults"])
def test_the_file_has_the_defaults_that_the_engine_declares(name: str) -> None:
    told = TOLD["defaults"][name]
    assert told
    assert told == {setting: properties(name)[setting]["default"] for setting in told}
