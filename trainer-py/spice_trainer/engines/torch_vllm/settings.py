"""`OpenSpec.engine` of this backend: the learner's settings and the sampler's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from spice_trainer.engines.shared.engine_settings import checked, refuse_unknown, schema_of
from spice_trainer.engines.shared.vllm_engine import SAMPLER_PROPERTIES, SamplerSettings
from spice_trainer.engines.shared.vllm_engine.placement import TRANSFER_PROPERTY
from spice_trainer.engines.torch_local.settings import PROPERTIES

_LEARNER = ("device", "threads", "train_tokens", "head_tokens")
"""Of the torch backend's settings, those that are not about its own sampler."""
_PROPERTIES = {
    **{name: PROPERTIES[name] for name in _LEARNER},
    **SAMPLER_PROPERTIES,
    "weight_transfer": TRANSFER_PROPERTY,
}
ENGINE_SCHEMA = schema_of(_PROPERTIES)
"""JSON Schema, for `Capabilities.engine_schema`."""


def split(engine: Mapping[str, object]) -> tuple[dict[str, object], SamplerSettings, str]:
    """Settings for the learner, the sampler's, and `weight_transfer`, checked. Raises INVALID_ARGUMENT
    (ENGINE_SETTING_INVALID)."""
    refuse_unknown(engine, _PROPERTIES, "torch+vllm")
    sampler = {field.name: checked(field.name, engine, SAMPLER_PROPERTIES) for field in fields(SamplerSettings)}
    learner = {name: engine[name] for name in _LEARNER if name in engine}
    return learner, SamplerSettings(**sampler), checked("weight_transfer", engine, _PROPERTIES)
