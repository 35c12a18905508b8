"""Refuses fields that this trainer does not recognize. A newer client sends them, and ignoring them
would change the meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, cast

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from spice_trainer.server.wire.errors import unimplemented

try:
    from google.protobuf import unknown_fields
except ImportError:  # before protobuf 4.23 the message itself lists them
    unknown_fields = None


class _Unknown(Protocol):
    field_number: int


def refuse(message: Message) -> None:
    """Raises UNIMPLEMENTED when `message`, or a message inside it, has an unknown field."""
    for field in _fields(message):
        name = message.DESCRIPTOR.full_name
        raise unimplemented(f"field number {field.field_number} of {name}", "the client is newer than this trainer")
    for descriptor, value in message.ListFields():
        if descriptor.type == FieldDescriptor.TYPE_MESSAGE:
            for inner in _messages(descriptor, value):
                refuse(inner)


def _fields(message: Message) -> Iterable[_Unknown]:
    found = message.UnknownFields() if unknown_fields is None else unknown_fields.UnknownFieldSet(message)
    return cast("Iterable[_Unknown]", found)


def _messages(descriptor: FieldDescriptor, value: object) -> Iterable[Message]:
    """Yields the messages in a field: one message, the messages of a list, or the messages among
    the values of a map."""
    if isinstance(value, Message):
        return (value,)
    entry = descriptor.message_type
    if entry is not None and entry.GetOptions().map_entry:
        holds_messages = entry.fields_by_name["value"].type == FieldDescriptor.TYPE_MESSAGE
        return cast("Mapping[object, Message]", value).values() if holds_messages else ()
    return cast("Iterable[Message]", value)
