"""Settings of the workers and of their cluster, part of `OpenSpec.engine` of the verl trainer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spice_trainer.api import BackendError, BackendErrorCode

LOCAL = "local"
"""`ray_address` of a cluster that the sidecar starts and ends."""

WORKER_PROPERTIES: dict[str, dict[str, Any]] = {
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
"""JSON Schema of each setting."""


@dataclass(frozen=True)
class WorkerSettings:
    """Checked values. The table above documents each setting."""

    workers: int
    nodes: int
    ray_address: str
    device: str
    threads: int
    train_tokens: int
    gradient_checkpointing: int

    @property
    def processes_on_nodes(self) -> list[int]:
        """Returns the number of workers of each machine."""
        return [self.workers // self.nodes] * self.nodes


def check_spread(workers: int, nodes: int) -> None:
    """Raises INVALID_ARGUMENT (ENGINE_SETTING_INVALID) when the workers cannot be distributed
    equally over the machines."""
    if workers % nodes:
        raise BackendError(
            BackendErrorCode.INVALID,
            "ENGINE_SETTING_INVALID",
            f"engine.workers {workers} cannot be spread equally over engine.nodes {nodes}",
            "give a multiple of the number of machines",
        )
