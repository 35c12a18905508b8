"""The rule that a room imports nothing but what is listed."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.domain.helpers import module_expressions_to_modules


class OnlyContract(Contract):
    """Each source room imports itself, Python's standard library, and what is allowed.

    Options:
        sources: rooms (packages or modules); `package.*` names every room directly inside one.
        allowed: rooms of this repository; every module inside them is allowed.
        allowed_modules: single modules, without what is inside them. Optional.
        packages: installed packages by the name they are imported by; `*` allows all. Optional.
        without: rooms inside the sources that have a contract of their own. The source rooms must
            not import them. Optional.
    """

    type_name = "only"

    sources = fields.SetField(subfield=fields.ModuleExpressionField())
    allowed = fields.SetField(subfield=fields.StringField(), required=False)
    allowed_modules = fields.SetField(subfield=fields.StringField(), required=False)
    packages = fields.SetField(subfield=fields.StringField(), required=False)
    without = fields.SetField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Compare every direct import of every source room with the lists."""
        roots = {str(root) for root in self.session_options["root_packages"]}
        broken: list[dict[str, object]] = []
        for source in module_expressions_to_modules(graph, self.sources):
            room = str(source)
            modules = [room, *graph.find_descendants(room)] if room in graph.modules else []
            for importer in sorted(one for one in modules if not _inside(one, self.without or ())):
                for imported in sorted(graph.find_modules_directly_imported_by(importer)):
                    if not self._may_import(room, imported, roots):
                        broken.extend(graph.get_import_details(importer=importer, imported=imported))
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print each forbidden import with its line."""
        for one in check.metadata["broken"]:
            output.print_error(
                f"{one['importer']} must not import {one['imported']}: line {one['line_number']},"
                f" `{one['line_contents']}`",
                bold=False,
            )

    def _may_import(self, room: str, imported: str, roots: set[str]) -> bool:
        if imported.partition(".")[0] not in roots:
            package = imported.partition(".")[0]
            packages = self.packages or set()
            return "*" in packages or package in packages or package in sys.stdlib_module_names
        if _inside(imported, self.without or ()):
            return False
        return _inside(imported, {room, *(self.allowed or ())}) or imported in (self.allowed_modules or ())


def _inside(module: str, rooms: Iterable[str]) -> bool:
    return any(module == one or module.startswith(f"{one}.") for one in rooms)
