"""Settings of this backend only: `OpenSpec.engine`, its JSON Schema and its defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spice_trainer.engines.shared.engine_settings import Properties, read_settings
from spice_trainer.engines.tinker.profiles import SKYRL, Profile

PROPERTIES: dict[str, dict[str, Any]] = {
    "base_url": {
        "type": "string",
        "default": "",
        "pattern": r"^(https?://[A-Za-z0-9.\-_\[\]:]+(/[A-Za-z0-9.\-_~/]*)?)?$",
        "description": "Address of a running Tinker-compatible server. Empty: start SkyRL here and look after it.",
    },
    "base_model": {
        "type": "string",
        "default": "",
        "pattern": "^[A-Za-z0-9._/-]*$",
        "description": "The model's name on that server. Empty: as the session names it.",
    },
    "keep_versions": {
        "type": "integer",
        "default": 2,
        "minimum": 1,
        "maximum": 64,
        "description": "Published versions kept; publishing one more releases the oldest. Each takes a slot of the server.",
    },
    "train_sequences": {
        "type": "integer",
        "default": 8,
        "minimum": 1,
        "maximum": 1024,
        "description": "Sequences computed together in training and scoring (train_micro_batch_size).",
    },
    "sample_sequences": {
        "type": "integer",
        "default": 16,
        "minimum": 1,
        "maximum": 4096,
        "description": "Samples decoded together (sample_max_num_sequences); twice as many are on their way at most.",
    },
    "ray_processes": {
        "type": "integer",
        "default": 0,
        "minimum": 0,
        "maximum": 64,
        "description": "Ray actors that the local server spreads the model over. 0: one process without Ray.",
    },
    "start_seconds": {
        "type": "integer",
        "default": 300,
        "minimum": 10,
        "maximum": 7200,
        "description": "How long the local server may take until it answers, its engine included.",
    },
}

HOSTED_PROPERTIES: dict[str, dict[str, Any]] = {
    "base_url": {
        **PROPERTIES["base_url"],
        "description": "Address of the service. Empty: TINKER_BASE_URL, or the address that the SDK was made for.",
    },
    "base_model": {
        **PROPERTIES["base_model"],
        "description": "The model's name there. Empty: as the session names it.",
    },
    "keep_versions": {
        **PROPERTIES["keep_versions"],
        "description": "Published versions kept; publishing one more releases the oldest.",
    },
    "train_sequences": {**PROPERTIES["train_sequences"], "description": "An eighth of the sequences of one request."},
    "sample_sequences": {
        **PROPERTIES["sample_sequences"],
        "default": 64,
        "description": "Half of the samples that are on their way at most.",
    },
    "patience_seconds": {
        "type": "integer",
        "default": 1800,
        "minimum": 10,
        "maximum": 86_400,
        "description": "How long one request may take, queueing at the service included, before the trainer gives up.",
    },
    "checkpoint_ttl_hours": {
        "type": "integer",
        "default": 0,
        "minimum": 0,
        "maximum": 87_600,
        "description": "After how long the service deletes a checkpoint. 0: never.",
    },
}


@dataclass(frozen=True)
class TinkerSettings:
    """Checked settings. `description` in the schema documents each setting."""

    base_url: str
    base_model: str
    keep_versions: int
    train_sequences: int
    sample_sequences: int
    ray_processes: int = 0
    start_seconds: int = 0
    patience_seconds: int = 0
    checkpoint_ttl_hours: int = 0

    @property
    def slots(self) -> int:
        """Number of adapters of the local server: the adapter of the base model, the learner, the
        reference, the next learner of a load, each version, the next version while the oldest still
        exists, and two adapters that running samples may use."""
        return self.keep_versions + 7


def properties_of(profile: Profile) -> Properties:
    """Returns the JSON Schema of each setting of the trainer for this kind of server."""
    return PROPERTIES if profile is SKYRL else HOSTED_PROPERTIES


def parse_settings(engine: Mapping[str, object], profile: Profile = SKYRL) -> TinkerSettings:
    """Returns the checked settings with defaults. Raises INVALID_ARGUMENT
    (ENGINE_SETTING_INVALID)."""
    return TinkerSettings(**read_settings(engine, properties_of(profile), profile.kind))
