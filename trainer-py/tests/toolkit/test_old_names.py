"""Old names of what outside engines import."""

from __future__ import annotations

import importlib
import sys

import pytest

from spice_trainer import api
from spice_trainer.toolkit import checkpoint_files


@pytest.mark.parametrize("name", ["backend", "checkpoint_files"])
def test_an_old_name_warns_with_the_present_name(name: str) -> None:
    sys.modules.pop(f"spice_trainer.{name}", None)
    with pytest.warns(DeprecationWarning, match=r"is spice_trainer\..*: import that name"):
        importlib.import_module(f"spice_trainer.{name}")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_names_have_the_same_classes_and_functions() -> None:
    old = importlib.import_module("spice_trainer.backend")
    assert {name: getattr(old, name) for name in api.__all__} == {name: getattr(api, name) for name in api.__all__}
    files = importlib.import_module("spice_trainer.checkpoint_files")
    assert (files.write, files.read, files.verify) == (
        checkpoint_files.write,
        checkpoint_files.read,
        checkpoint_files.verify,
    )
