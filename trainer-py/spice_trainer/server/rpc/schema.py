"""The part of JSON Schema that engine settings use: type, properties, required, enum, minimum,
maximum, items."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from spice_trainer.server.wire.errors import invalid, unimplemented

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}


def parse_settings(text: str, schema_text: str) -> dict[str, object]:
    """Returns the validated engine settings of OpenRequest.engine_json. Raises INVALID_ARGUMENT for
    bad JSON or a bad value, and UNIMPLEMENTED for a key that the schema does not have."""
    try:
        value = json.loads(text or "{}")
    except ValueError as wrong:
        raise invalid("ENGINE_JSON", f"engine_json is not JSON: {wrong}") from wrong
    if not isinstance(value, dict):
        raise invalid("ENGINE_JSON", "engine_json must be one JSON object")
    _check(value, json.loads(schema_text), "engine")
    return cast(dict[str, object], value)


def _check(value: Any, schema: Mapping[str, Any], where: str) -> None:
    kinds: Any = schema.get("type")
    if kinds is not None and not any(_is(value, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)):
        raise invalid("ENGINE_SETTING", f"{where} must be {kinds}, not {json.dumps(value)}")
    if "enum" in schema and value not in schema["enum"]:
        raise invalid("ENGINE_SETTING", f"{where} must be one of {json.dumps(schema['enum'])}")
    if "minimum" in schema and value < schema["minimum"]:
        raise invalid("ENGINE_SETTING", f"{where} must be at least {schema['minimum']}")
    if "maximum" in schema and value > schema["maximum"]:
        raise invalid("ENGINE_SETTING", f"{where} must be at most {schema['maximum']}")
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(cast(list[Any], value)):
            _check(item, schema["items"], f"{where}[{index}]")
    if isinstance(value, dict):
        _check_object(cast(dict[str, Any], value), schema, where)


def _check_object(value: Mapping[str, Any], schema: Mapping[str, Any], where: str) -> None:
    properties: Mapping[str, Any] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            raise invalid("ENGINE_SETTING", f"{where}.{name} is missing")
    for name, item in value.items():
        inner: Any = properties.get(name, schema.get("additionalProperties", False))
        if inner is False:
            raise unimplemented(f"engine setting {where}.{name}", "known: " + (", ".join(properties) or "none"))
        if isinstance(inner, dict):
            _check(item, cast(dict[str, Any], inner), f"{where}.{name}")


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind])
