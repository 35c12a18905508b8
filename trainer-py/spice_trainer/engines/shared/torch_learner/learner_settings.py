"""Settings of the torch learner, part of `OpenSpec.engine` of an engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

LEARNER_PROPERTIES: dict[str, dict[str, Any]] = {
    "device": {
        "type": "string",
        "default": "auto",
        "pattern": "^(auto|cpu|cuda(:[0-9]+)?)$",
        "description": "Where the model runs. auto: CUDA when present.",
    },
    "threads": {
        "type": "integer",
        "default": 0,
        "minimum": 0,
        "maximum": 1024,
        "description": "Processor threads of one operation. 0: torch's own choice, one a core.",
    },
    "train_tokens": {
        "type": "integer",
        "default": 1024,
        "minimum": 16,
        "maximum": 1048576,
        "description": "Token budget of a micro-batch: prompts once, completions after them.",
    },
    "head_tokens": {
        "type": "integer",
        "default": 128,
        "minimum": 1,
        "maximum": 65536,
        "description": "Response positions whose logits exist at the same time in training.",
    },
}
"""JSON Schema of each setting."""


@dataclass(frozen=True)
class LearnerSettings:
    """Checked values. The table above documents each setting."""

    device: str
    threads: int
    train_tokens: int
    head_tokens: int
