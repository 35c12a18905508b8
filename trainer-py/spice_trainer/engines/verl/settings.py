"""`OpenSpec.engine` of this backend: the workers, the cluster and the sampler."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from spice_trainer.api import BackendError, BackendErrorCode
from spice_trainer.engines.shared.engine_settings import checked, refuse_unknown, schema_of
from spice_trainer.engines.shared.vllm_engine import SAMPLER_PROPERTIES, SamplerSettings

LOCAL = "local"
"""`ray_address` of a cluster that the sidecar starts and ends itself."""

_LEARNER: dict[str, dict[str, Any]] = {
    "workers": {
        "type": "integer",
        "default": 2,
        "minimum": 1,
        "maximum": 4096,
        "description": "Processes that share a model's weights and a batch's sequences; each has a GPU of its own, if any.",
    },
    "nodes": {
        "type": "integer",
        "default": 1,
        "minimum": 1,
        "maximum": 1024,
        "description": "Machines of the Ray cluster that the workers are spread over, equally many on each.",
    },
    "ray_address": {
        "type": "string",
        "default": LOCAL,
        "pattern": r"^(local|auto|[A-Za-z0-9.-]+:[0-9]{1,5})$",
        "description": "local: a Ray cluster of our own on this machine. auto: the one that runs here (RAY_ADDRESS). "
        "HOST:PORT: that of a cluster's head.",
    },
    "device": {
        "type": "string",
        "default": "auto",
        "pattern": "^(auto|cpu|cuda)$",
        "description": "Where the workers compute. auto: CUDA when this machine has it.",
    },
    "threads": {
        "type": "integer",
        "default": 0,
        "minimum": 0,
        "maximum": 1024,
        "description": "Processor threads of each worker, and of vLLM. 0: a worker gets its share of the cores.",
    },
    "train_tokens": {
        "type": "integer",
        "default": 1024,
        "minimum": 16,
        "maximum": 1048576,
        "description": "Token budget of a worker's micro-batch, prompts and padding counted in each sequence. A longer "
        "sequence gets a micro-batch of its own.",
    },
    "gradient_checkpointing": {
        "type": "integer",
        "default": 0,
        "minimum": 0,
        "maximum": 1,
        "description": "1: recompute activations in the backward pass: less memory, a third more arithmetic.",
    },
}
_PROPERTIES = {**_LEARNER, **SAMPLER_PROPERTIES}
ENGINE_SCHEMA = schema_of(_PROPERTIES)
"""JSON Schema, for `Capabilities.engine_schema`."""


@dataclass(frozen=True)
class WorkerSettings:
    """Checked values; the table above says what each means."""

    workers: int
    nodes: int
    ray_address: str
    device: str
    threads: int
    train_tokens: int
    gradient_checkpointing: int

    @property
    def processes_on_nodes(self) -> list[int]:
        """Workers of each machine."""
        return [self.workers // self.nodes] * self.nodes


def split(engine: Mapping[str, object]) -> tuple[WorkerSettings, SamplerSettings]:
    """The workers' settings and the sampler's. Raises INVALID_ARGUMENT (ENGINE_SETTING_INVALID)."""
    refuse_unknown(engine, _PROPERTIES, "verl")
    learner = WorkerSettings(**{field.name: checked(field.name, engine, _LEARNER) for field in fields(WorkerSettings)})
    if learner.workers % learner.nodes:
        raise BackendError(
            BackendErrorCode.INVALID,
            "ENGINE_SETTING_INVALID",
            f"engine.workers {learner.workers} cannot be spread equally over engine.nodes {learner.nodes}",
            "give a multiple of the number of machines",
        )
    sampler = {field.name: checked(field.name, engine, SAMPLER_PROPERTIES) for field in fields(SamplerSettings)}
    return learner, SamplerSettings(**sampler)
