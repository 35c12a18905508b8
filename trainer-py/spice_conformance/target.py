"""The trainer under test, and how a session with it is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spice_conformance.client import Client
from spice_trainer.server.wire import pb

LEASE_SECONDS = 300.0
"""Longer than any check may take on a slow machine; a kit that was killed blocks its trainer no longer than this."""


@dataclass(frozen=True)
class Target:
    """A running trainer that nobody else uses: the kit trains it."""

    address: str
    """`127.0.0.1:port` or `unix:///path`."""
    token: str | None
    """Bearer token; None for a trainer that wants none."""
    model: str = "tiny"
    """What to open: a small model. A trainer holds one model for its life, so this must fit what it holds already."""
    seed: int = 7
    engine_json: str = ""
    """Engine settings, one JSON object; empty: {}."""
    max_context_tokens: int = 1024
    lora_rank: int = 0
    """Train low-rank adapters of this rank; 0: all parameters."""
    checkpoint_root: Path | None = None
    """The trainer's checkpoint root, when it can be reached from here: then damage to a checkpoint is tried out."""

    def connect(self) -> Client:
        """A channel of its own, with the token."""
        return Client(self.address, self.token)

    def open_fields(self, capabilities: pb.GetCapabilitiesResponse) -> pb.OpenRequestFields:
        """Fields of OpenRequest, equal in every session; float32 where it is declared, for narrow tolerances."""
        float32 = pb.enum_number("ComputeDtype", "float32")
        fields: pb.OpenRequestFields = {
            "model": self.model,
            "seed": self.seed,
            "max_context_tokens": self.max_context_tokens,
            "compute_dtype": float32 if float32 in capabilities.compute_dtypes else pb.ComputeDtype(0),
            "client_name": "spice conformance kit",
            "lease_seconds": LEASE_SECONDS,
        }
        if self.lora_rank:
            fields["lora"] = pb.LoraSpec(rank=self.lora_rank, alpha=2.0 * self.lora_rank)
        return fields
