"""Reads `OpenSpec.engine` with a table of JSON Schema properties, for every backend with
settings."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from spice_trainer.api import BackendError, BackendErrorCode

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")
Properties = Mapping[str, Mapping[str, Any]]
"""Schema by name: `type` string (with `pattern`) or integer (with `minimum`, `maximum`), `default`,
`description`."""


def schema_of(properties: Properties) -> str:
    """Returns the JSON Schema of the settings, as text."""
    return json.dumps(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": False,
            "properties": properties,
        }
    )


def read_settings(engine: Mapping[str, object], properties: Properties, backend: str) -> dict[str, Any]:
    """Returns every setting of the table: the checked value of `engine`, or the default. Raises
    INVALID_ARGUMENT (ENGINE_SETTING_INVALID), also for a name that is not in the table."""
    unknown = sorted(set(engine) - set(properties))
    if unknown:
        raise _invalid(
            f"engine.{unknown[0]} is not a setting of the {backend} backend", "known: " + ", ".join(properties)
        )
    return {name: _checked(name, engine, properties) for name in properties}


def pick(cls: type[T], settings: Mapping[str, Any]) -> T:
    """Returns a dataclass, filled with the settings that have the names of its fields."""
    return cls(**{field.name: settings[field.name] for field in fields(cls)})


def _checked(name: str, engine: Mapping[str, object], properties: Properties) -> Any:
    rule = properties[name]
    value = engine.get(name, rule["default"])
    if rule["type"] == "string":
        if not isinstance(value, str) or not re.match(rule["pattern"], value):
            raise _invalid(f"engine.{name} is {value!r}", f"give a string that matches {rule['pattern']}")
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # JSON made by JavaScript does not distinguish 2 from 2.0
    if isinstance(value, bool) or not isinstance(value, int) or not rule["minimum"] <= value <= rule["maximum"]:
        raise _invalid(f"engine.{name} is {value!r}", f"give an integer from {rule['minimum']} to {rule['maximum']}")
    return value


def _invalid(message: str, hint: str) -> BackendError:
    return BackendError(BackendErrorCode.INVALID, "ENGINE_SETTING_INVALID", message, hint)
