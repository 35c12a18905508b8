"""The names of the contract as attributes: messages (`pb.Operation()`), enums (`pb.Dtype`, which is
`int`), services.

A class is built at its first use. The type checker reads pb.pyi, which is generated from the same
descriptor set. A name that the contract does not have is a type error. The types named `...Fields`,
`...Case` and `...Name`, `RpcCall` and `ResponseStream` are in pb.pyi only, for annotations.
"""

from __future__ import annotations

from functools import cache

from spice_trainer.server.wire.descriptors import (
    PACKAGE,
    PACKAGES,
    Rpc,
    enum_name,
    enum_number,
    enum_values,
    has_service,
    message_class,
    rpcs,
)

__all__ = ["PACKAGE", "Rpc", "enum_name", "enum_number", "enum_values", "message_class", "rpcs"]


@cache
def __getattr__(name: str) -> object:
    if not name.startswith("_"):
        for package in PACKAGES:
            try:
                return message_class(f"{package}.{name}")
            except KeyError:
                continue
        if _is_enum(name):
            return int
        service = name.removesuffix("Servicer")
        if service != name and any(has_service(f"{package}.{service}") for package in PACKAGES):
            # The class has no methods, because the methods of an implementation show which rpcs it
            # has.
            return type(name, (), {})
    raise AttributeError(f"the contract has no message {name}, and no enum or service of that name")


def _is_enum(name: str) -> bool:
    try:
        enum_values(name)
    except KeyError:
        return False
    return True
