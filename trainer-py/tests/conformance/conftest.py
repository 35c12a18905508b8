"""Fixtures: prepared trainers, each for many checks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mutants.trial import serving
from spice_conformance import Kit
from tests.conformance.examples import BIGRAM


@pytest.fixture(scope="session")
def fake() -> Iterator[Kit]:
    """The unbroken fake trainer, as a process."""
    with serving("spice_trainer", "serve", "--backend", "fake") as target:
        yield Kit(target)


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """The example of an own trainer, as a process."""
    site = BIGRAM.install(tmp_path_factory.mktemp("site"))
    with serving("tests.conformance.impatient", "serve", "--backend", "bigram", packages=site) as target:
        yield Kit(target)
