"""Settings of this backend alone: `OpenSpec.engine`, its JSON Schema and its defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from spice_trainer.engines.shared.engine_settings import checked, refuse_unknown, schema_of

PROPERTIES: dict[str, dict[str, Any]] = {
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
    "max_batch_rows": {
        "type": "integer",
        "default": 96,
        "minimum": 1,
        "maximum": 1024,
        "description": "Samples decoded together. More rows: higher throughput, longer steps, more memory.",
    },
    "prefill_tokens": {
        "type": "integer",
        "default": 256,
        "minimum": 64,
        "maximum": 8192,
        "description": "Prompt tokens computed in one forward pass; rounded down to a multiple of 64. "
        "A cancel waits for at most one such pass.",
    },
    "prefix_cache_mb": {
        "type": "integer",
        "default": 512,
        "minimum": 0,
        "maximum": 1048576,
        "description": "Memory for keys and values of prompts no sample is using, kept for prompts that begin alike.",
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
    "keep_versions": {
        "type": "integer",
        "default": 2,
        "minimum": 1,
        "maximum": 64,
        "description": "Published versions kept; publishing one more releases the oldest.",
    },
}

ENGINE_SCHEMA = schema_of(PROPERTIES)
"""JSON Schema of `OpenSpec.engine`, for `Capabilities.engine_schema`."""


@dataclass(frozen=True)
class EngineSettings:
    """Checked settings; the meaning of each is its `description` in the schema."""

    device: str
    threads: int
    max_batch_rows: int
    prefill_tokens: int
    prefix_cache_mb: int
    train_tokens: int
    head_tokens: int
    keep_versions: int


def parse_settings(engine: Mapping[str, object]) -> EngineSettings:
    """Fill defaults and check. The service validates against the schema too; a direct caller gets the same errors:
    `BackendError` INVALID_ARGUMENT (ENGINE_SETTING_INVALID)."""
    refuse_unknown(engine, PROPERTIES, "torch")
    return EngineSettings(**{field.name: checked(field.name, engine, PROPERTIES) for field in fields(EngineSettings)})
