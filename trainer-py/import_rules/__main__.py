"""`python -m import_rules`, in trainer-py: check the rules of imports. Exit codes: 0 kept, 1 broken or too few modules."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import grimp
from importlinter.cli import lint_imports

FEWEST_MODULES = 230
"""A check that saw fewer modules looked at the wrong folder."""


def main() -> int:
    """Entry point; returns the exit code."""
    settings = tomllib.loads(Path("pyproject.toml").read_text())["tool"]["importlinter"]
    graph = grimp.build_graph(*settings["root_packages"], cache_dir=None)
    found = len(graph.modules)
    print(f"{found} modules analysed")
    if found < FEWEST_MODULES:
        print(f"at least {FEWEST_MODULES} are expected: is this the folder trainer-py?", file=sys.stderr)
        return 1
    return lint_imports(config_filename="pyproject.toml", no_cache=True)


if __name__ == "__main__":
    sys.exit(main())
