"""The rules of imports between the Python rooms, checked in CI by `python -m import_rules`.

The rules are in pyproject.toml (`tool.importlinter`); import-linter reads them. `OnlyContract` is a
kind of rule that import-linter does not have: it names what a room may import, so that a new room
is forbidden until a rule allows it.
"""

from import_rules.only_contract import OnlyContract

__all__ = ["OnlyContract"]
