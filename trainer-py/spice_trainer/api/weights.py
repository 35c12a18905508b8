"""Published policy versions and checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class PolicyVersion:
    """An immutable published set of weights. `digest` is SHA-256, hex, over the trainable tensors
    (name, shape, bytes)."""

    version: int
    parent_step: int
    digest: str
    kind: Literal["full", "adapter"]


@dataclass(frozen=True)
class CheckpointInfo:
    path: str
    step: int
    digest: str
    """SHA-256, hex, of the manifest file."""
    bytes: int
