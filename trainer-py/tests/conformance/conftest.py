"""Fixtures: one prepared trainer for all checks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mutants.trial import serving
from spice_conformance import Kit


@pytest.fixture(scope="session")
def fake() -> Iterator[Kit]:
    """The unbroken fake trainer, as a process."""
    with serving("spice_trainer", "serve", "--backend", "fake") as target:
        yield Kit(target)
