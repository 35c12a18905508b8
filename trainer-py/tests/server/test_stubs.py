"""What pb.pyi tells the type checker is what pb.py has when it runs."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from spice_trainer.server.wire import pb
from spice_trainer.server.wire.handlers import snake

STUBS = ast.parse(Path(pb.__file__).with_suffix(".pyi").read_text())
CLASSES = {one.name: one for one in STUBS.body if isinstance(one, ast.ClassDef) and not one.decorator_list}
MESSAGES = [name for name in CLASSES if not name.endswith("Servicer")]
SERVICES = [name for name in CLASSES if name.endswith("Servicer")]
ENUMS = [
    one.targets[0].id
    for one in STUBS.body
    if isinstance(one, ast.Assign)
    and isinstance(one.targets[0], ast.Name)
    and isinstance(one.value, ast.Call)
    and ast.unparse(one.value.func) == "NewType"
]
PROTOBUF = {"__init__", "HasField", "ClearField", "WhichOneof"}


def members(name: str) -> set[str]:
    """Attributes and methods of a class of the stubs."""
    named = {one.name for one in CLASSES[name].body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
    return named | {ast.unparse(one.target) for one in CLASSES[name].body if isinstance(one, ast.AnnAssign)}


def test_the_stubs_name_messages_enums_and_services() -> None:
    assert len(MESSAGES) > 100
    assert len(ENUMS) > 20
    assert len(SERVICES) == 11


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_has_the_fields_that_its_stub_has(name: str) -> None:
    fields = {one.name for one in getattr(pb, name).DESCRIPTOR.fields}
    assert members(name) - PROTOBUF == fields


@pytest.mark.parametrize("name", ENUMS)
def test_an_enum_has_the_values_that_its_stub_has(name: str) -> None:
    alias = next(
        one for one in STUBS.body if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == f"{name}Name"
    )
    literal = alias.value
    assert isinstance(literal, ast.Subscript)
    assert ast.literal_eval(literal.slice) == tuple(pb.enum_values(name))
    assert getattr(pb, name)(1) == 1


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_the_rpcs_that_its_stub_has_and_none_of_them_works(name: str) -> None:
    package = "grpc.health.v1" if name == "HealthServicer" else pb.PACKAGE
    rpcs = {snake(rpc.name) for rpc in pb.rpcs(f"{package}.{name.removesuffix('Servicer')}")}
    assert members(name) == rpcs
    assert not any(hasattr(getattr(pb, name), rpc) for rpc in rpcs)
