"""A tiny random model with a tiny tokenizer, made once a test session, and trainers of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import byte_model
from spice_trainer.api import Backend
from tests.engines.torch_local.driving import opened


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a 2-layer Llama with grouped heads and tied embeddings, vocabulary of bytes."""
    folder = tmp_path_factory.mktemp("tiny")
    byte_model.write(folder)
    return folder


@pytest.fixture(scope="session")
def shared(tiny: Path) -> Iterator[Backend]:
    """One backend for tests that do not change weights."""
    backend = opened(tiny)
    yield backend
    backend.close()


@pytest.fixture
def fresh(tiny: Path) -> Iterator[Backend]:
    """A backend of its own, for tests that train."""
    backend = opened(tiny)
    yield backend
    backend.close()
