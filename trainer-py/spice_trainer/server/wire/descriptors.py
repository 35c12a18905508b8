"""The descriptors of the contract, read at import from the committed descriptor set, and message
classes by full name.

This module finds everything by text. It is for code that handles any message. Code that names a
message takes its class from `pb`, for which the type checker has the fields. The classes are in a
separate pool, so they never conflict with other copies of google/rpc/*.proto in the process. The
module supports protobuf 4.21 to 7, which have two ways to get a class from a descriptor.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, message_factory
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message

DESCRIPTOR_SET = Path(__file__).with_name("spice.binpb")
PACKAGE = "spice.trainer.v1"
PACKAGES = (PACKAGE, "google.rpc", "grpc.health.v1", "google.protobuf")
"""Packages of the descriptor set, in the order in which `pb` searches for a name."""


@dataclass(frozen=True)
class Rpc:
    """One method of a service. Types are full message names."""

    name: str
    request: str
    response: str
    streams_requests: bool
    streams_responses: bool


def _load() -> tuple[DescriptorPool, dict[str, list[Rpc]]]:
    """Returns the pool, and the rpcs by service. A descriptor of protobuf 4.21 does not state which
    rpcs stream."""
    files = descriptor_pb2.FileDescriptorSet()
    files.ParseFromString(DESCRIPTOR_SET.read_bytes())
    pool = DescriptorPool()
    services: dict[str, list[Rpc]] = {}
    for file in files.file:  # buf writes dependencies first
        pool.AddSerializedFile(file.SerializeToString())
        for service in file.service:
            services[f"{file.package}.{service.name}"] = [
                Rpc(
                    one.name,
                    one.input_type.removeprefix("."),
                    one.output_type.removeprefix("."),
                    one.client_streaming,
                    one.server_streaming,
                )
                for one in service.method
            ]
    return pool, services


_POOL, _SERVICES = _load()
_OLD_FACTORY: Any = None if hasattr(message_factory, "GetMessageClass") else message_factory.MessageFactory(_POOL)


@cache
def message_class(full_name: str) -> type[Message]:
    """Returns the class of message `full_name`, for example "spice.trainer.v1.Operation". Raises
    KeyError for an unknown message."""
    descriptor = _POOL.FindMessageTypeByName(full_name)
    if _OLD_FACTORY is not None:  # protobuf 4.21
        return _OLD_FACTORY.GetPrototype(descriptor)
    return message_factory.GetMessageClass(descriptor)


def has_service(full_name: str) -> bool:
    """Whether the contract has service `full_name`, for example "spice.trainer.v1.InfoService"."""
    return full_name in _SERVICES


def rpcs(service: str) -> list[Rpc]:
    """Returns the methods of service `service`, a full name. Raises KeyError for an unknown
    service."""
    return _SERVICES[service]


@cache
def enum_values(name: str) -> dict[str, int]:
    """Returns the numbers of an enum of the contract by the names of its values, without the prefix
    of the enum and in lower case. Raises KeyError for an unknown enum."""
    prefix = len(_upper_snake(name)) + 1
    values = _POOL.FindEnumTypeByName(f"{PACKAGE}.{name}").values
    return {value.name[prefix:].lower(): value.number for value in values}


def enum_number(name: str, value: str) -> int:
    """Returns the number of `value` ("stop_token", "E0") in enum `name`. Raises KeyError for an
    unknown value."""
    return enum_values(name)[value.lower()]


def enum_name(name: str, number: int) -> str | None:
    """Returns the lower-case name of `number` in enum `name`, or None for an unknown number."""
    return next((key for key, value in enum_values(name).items() if value == number), None)


def _upper_snake(name: str) -> str:
    out = "".join(f"_{letter}" if letter.isupper() else letter for letter in name)
    return out.lstrip("_").upper()
