"""The rule that names what a room may import."""

from __future__ import annotations

import pytest
from grimp import ImportGraph

from import_rules import OnlyContract

ROOM, OTHER, SHARED = "pack.engines.one", "pack.engines.two", "pack.engines.shared"


def broken(*imports: tuple[str, str], **options: list[str]) -> list[tuple[object, object]]:
    """What the rule says of a graph with these imports."""
    graph = ImportGraph()
    modules = {"pack", "pack.engines", ROOM, OTHER, SHARED, f"{ROOM}.inner"}
    for module in modules | {name for pair in imports for name in pair if name.startswith("pack")}:
        graph.add_module(module)
    for importer, imported in imports:
        if imported not in graph.modules:
            graph.add_module(imported, is_squashed=True)
        graph.add_import(importer=importer, imported=imported, line_number=1, line_contents="import")
    contract = OnlyContract(
        name="rule",
        session_options={"root_packages": ["pack"]},
        contract_options={"sources": ["pack.engines.*"], "allowed": [SHARED], **options},
    )
    found = contract.check(graph, verbose=False)
    assert found.kept == (not found.metadata["broken"])
    return [(one["importer"], one["imported"]) for one in found.metadata["broken"]]


def test_a_room_imports_itself_what_is_allowed_and_the_standard_library() -> None:
    assert broken((f"{ROOM}.inner", ROOM), (ROOM, f"{SHARED}.part"), (ROOM, "json"), (SHARED, SHARED)) == []


def test_an_import_of_another_room_breaks_the_rule_also_from_deep_inside() -> None:
    assert broken((f"{ROOM}.inner", f"{OTHER}.part")) == [(f"{ROOM}.inner", f"{OTHER}.part")]


def test_what_several_rooms_share_may_not_import_a_room() -> None:
    assert broken((SHARED, ROOM)) == [(SHARED, ROOM)]


def test_an_allowed_module_does_not_allow_what_is_inside_it() -> None:
    assert broken((ROOM, "pack"), allowed_modules=["pack"]) == []
    assert broken((ROOM, "pack.server"), allowed_modules=["pack"]) == [(ROOM, "pack.server")]


@pytest.mark.parametrize(("packages", "kept"), [(["numpy"], False), (["torch"], True), (["*"], True)])
def test_installed_packages_are_allowed_by_name(packages: list[str], kept: bool) -> None:
    assert (broken((ROOM, "torch"), packages=packages) == []) == kept


def test_a_room_inside_with_a_rule_of_its_own_is_left_out_and_may_not_be_imported() -> None:
    inner = f"{ROOM}.inner"
    assert broken((inner, "torch"), without=[inner]) == []
    assert broken((ROOM, inner), without=[inner]) == [(ROOM, inner)]
