"""Fields a newer client sends and this trainer does not know: refused, because ignoring them would change the meaning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from google.protobuf.descriptor import FieldDescriptor

from spice_trainer.server.wire.errors import unimplemented

try:
    from google.protobuf import unknown_fields
except ImportError:  # before protobuf 4.23 a message tells them itself
    unknown_fields = None


def refuse(message: Any) -> None:
    """Raise UNIMPLEMENTED when `message`, or a message inside it, has an unknown field."""
    for field in _fields(message):
        name = message.DESCRIPTOR.full_name
        raise unimplemented(f"field number {field.field_number} of {name}", "the client is newer than this trainer")
    for descriptor, value in message.ListFields():
        if descriptor.type == FieldDescriptor.TYPE_MESSAGE:
            for inner in _messages(descriptor, value):
                refuse(inner)


def _fields(message: Any) -> Any:
    return message.UnknownFields() if unknown_fields is None else unknown_fields.UnknownFieldSet(message)


def _messages(descriptor: Any, value: Any) -> Iterator[Any]:
    entry = descriptor.message_type
    if entry.GetOptions().map_entry:
        holds_messages = entry.fields_by_name["value"].type == FieldDescriptor.TYPE_MESSAGE
        return iter(cast(Any, value.values() if holds_messages else ()))
    return iter((value,) if hasattr(value, "DESCRIPTOR") else value)
