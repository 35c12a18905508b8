"""Settings of the local sampler, part of `OpenSpec.engine` of the torch trainer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SAMPLER_PROPERTIES: dict[str, dict[str, Any]] = {
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
    "keep_versions": {
        "type": "integer",
        "default": 2,
        "minimum": 1,
        "maximum": 64,
        "description": "Published versions kept; publishing one more releases the oldest.",
    },
}
"""JSON Schema of each setting."""


@dataclass(frozen=True)
class LocalSamplerSettings:
    """Checked values. The table above documents each setting."""

    max_batch_rows: int
    prefill_tokens: int
    prefix_cache_mb: int
    keep_versions: int
    threads: int
    """The setting of the learner."""
