"""Settings of the vLLM process, part of `OpenSpec.engine` of a backend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SAMPLER_PROPERTIES: dict[str, dict[str, Any]] = {
    "sampler_dtype": {
        "type": "string",
        "default": "auto",
        "pattern": "^(auto|float32|bfloat16)$",
        "description": "Number format of the sampler's weights. auto: as the learner computes.",
    },
    "sampler_sequences": {
        "type": "integer",
        "default": 64,
        "minimum": 1,
        "maximum": 4096,
        "description": "Samples decoded together by vLLM (max_num_seqs).",
    },
    "sampler_kv_gib": {
        "type": "integer",
        "default": 1,
        "minimum": 1,
        "maximum": 1024,
        "description": "Memory for keys and values where vLLM runs on the processor, in GiB.",
    },
    "sampler_gpu_percent": {
        "type": "integer",
        "default": 45,
        "minimum": 5,
        "maximum": 95,
        "description": "Share of the GPU's memory that vLLM may take, in percent; the learner needs the rest.",
    },
    "sampler_tensor_parallel": {
        "type": "integer",
        "default": 1,
        "minimum": 1,
        "maximum": 64,
        "description": "GPUs that one replica of the sampler is spread over.",
    },
    "sampler_gpus": {
        "type": "string",
        "default": "auto",
        "pattern": "^(auto|[0-9]{1,3}(,[0-9]{1,3})*)$",
        "description": "GPUs that vLLM runs on, as many as sampler_tensor_parallel, counted from 0 among those that the "
        "trainer's process sees, as in 1 or 2,3. auto: torch+vllm takes those after the learner's, or shares the "
        "learner's when there are no others; verl takes the first.",
    },
    "sampler_restarts": {
        "type": "integer",
        "default": 3,
        "minimum": 0,
        "maximum": 1000,
        "description": "How often a dead sampler is started again before the trainer gives up; a publish that succeeds "
        "starts the count anew.",
    },
    "sampler_start_seconds": {
        "type": "integer",
        "default": 300,
        "minimum": 10,
        "maximum": 7200,
        "description": "How long vLLM may take to start.",
    },
}
"""JSON Schema of each setting."""


@dataclass(frozen=True)
class SamplerSettings:
    """Checked values; see `SAMPLER_PROPERTIES`."""

    sampler_dtype: str
    sampler_sequences: int
    sampler_kv_gib: int
    sampler_gpu_percent: int
    sampler_tensor_parallel: int
    sampler_gpus: str
    sampler_restarts: int
    sampler_start_seconds: int
