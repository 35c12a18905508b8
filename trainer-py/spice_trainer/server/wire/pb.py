"""Message classes of the contract, as attributes: `pb.Operation()`, `pb.Status()`.

Names are looked up in spice.trainer.v1, then google.rpc, then grpc.health.v1. The classes live in a pool of their own, so
they never clash with other copies of google/rpc/*.proto in the process. Built for protobuf 4.21 to 7, whose public way to
get a class from a descriptor changed on the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

DESCRIPTOR_SET = Path(__file__).with_name("spice.binpb")
PACKAGE = "spice.trainer.v1"
_PACKAGES = (PACKAGE, "google.rpc", "grpc.health.v1", "google.protobuf")


@dataclass(frozen=True)
class Rpc:
    """One method of a service. Types are full message names."""

    name: str
    request: str
    response: str
    streams_requests: bool
    streams_responses: bool


def _load() -> tuple[Any, dict[str, list[Rpc]]]:
    """The pool, and the rpcs by service: a 4.21 descriptor does not tell which of them stream."""
    files: Any = descriptor_pb2.FileDescriptorSet()
    files.ParseFromString(DESCRIPTOR_SET.read_bytes())
    pool: Any = descriptor_pool.DescriptorPool()
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
_FACTORY: Any = message_factory
_OLD_FACTORY: Any = None if hasattr(message_factory, "GetMessageClass") else _FACTORY.MessageFactory(_POOL)


@cache
def message_class(full_name: str) -> Any:
    """The class of message `full_name`, for example "spice.trainer.v1.Operation". Raises KeyError when there is none."""
    descriptor = _POOL.FindMessageTypeByName(full_name)
    if _OLD_FACTORY is not None:  # protobuf 4.21
        return _OLD_FACTORY.GetPrototype(descriptor)
    return _FACTORY.GetMessageClass(descriptor)


def rpcs(service: str) -> list[Rpc]:
    """The methods of service `service`, a full name. Raises KeyError when there is none."""
    return _SERVICES[service]


@cache
def enum_values(name: str) -> dict[str, int]:
    """Values of an enum of the contract: name without the enum's prefix, in lower case, to number."""
    values: Any = _POOL.FindEnumTypeByName(f"{PACKAGE}.{name}").values
    prefix = len(_upper_snake(name)) + 1
    return {value.name[prefix:].lower(): value.number for value in values}


def enum_number(name: str, value: str) -> int:
    """Number of `value` ("stop_token", "E0") in enum `name`. Raises KeyError when there is none."""
    return enum_values(name)[value.lower()]


def enum_name(name: str, number: int) -> str | None:
    """Lower-case name of `number` in enum `name`, None when the number is unknown to this trainer."""
    return next((key for key, value in enum_values(name).items() if value == number), None)


def _upper_snake(name: str) -> str:
    out = "".join(f"_{letter}" if letter.isupper() else letter for letter in name)
    return out.lstrip("_").upper()


def __getattr__(name: str) -> Any:
    if not name.startswith("_"):
        for package in _PACKAGES:
            try:
                return message_class(f"{package}.{name}")
            except KeyError:
                continue
    raise AttributeError(f"the contract has no message {name}")
