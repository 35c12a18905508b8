"""The example in `examples/bring-your-own-trainer`: its entry point, its imports, and the kit on
what it declares."""

from __future__ import annotations

import ast
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mutants.trial import serving
from spice_conformance import CHECKS, Check, Kit, Verdict
from spice_trainer.api import Backend

EXAMPLE = Path(__file__).parents[3] / "examples/bring-your-own-trainer"
PYPROJECT = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())
MODULES: list[str] = PYPROJECT["tool"]["setuptools"]["py-modules"]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """The example in a process of its own."""
    site = installed(tmp_path_factory.mktemp("site"))
    with serving("spice_trainer", "serve", "--backend", "bigram", packages=site) as target:
        yield Kit(target)


def installed(site: Path) -> Path:
    """The example as an installer would put it into `site`: modules, and a folder with entry
    points."""
    project = PYPROJECT["project"]
    for module in MODULES:
        shutil.copy(EXAMPLE / f"{module}.py", site)
    info = site / f"bigram_trainer-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
        for group, entries in project["entry-points"].items()
    ]
    (info / "entry_points.txt").write_text("\n".join(groups))
    return site


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    """Of the checks that were run already, by id."""
    return {}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_the_example_conforms(example: Kit, verdicts: dict[str, Verdict], check: Check) -> None:
    result = example.run(check)
    verdicts[check.id] = result.verdict
    assert result.verdict is not Verdict.FAIL, result.evidence


def test_most_checks_apply_to_the_example(example: Kit, verdicts: dict[str, Verdict]) -> None:
    """A trainer that declares nothing would pass as well."""
    for check in CHECKS:
        if check.id not in verdicts:
            verdicts[check.id] = example.run(check).verdict
    assert sum(verdict is Verdict.PASS for verdict in verdicts.values()) >= 80


def test_every_module_of_the_example_is_installed() -> None:
    assert sorted(MODULES) == sorted(path.stem for path in EXAMPLE.glob("*.py"))


@pytest.mark.parametrize("module", MODULES)
def test_the_example_imports_numpy_the_api_and_the_toolkit_only(module: str) -> None:
    """A trainer of somebody else cannot use what this package's own engines share."""
    imported = _imports((EXAMPLE / f"{module}.py").read_text())
    allowed = {"numpy", "spice_trainer.api", "spice_trainer.toolkit", *MODULES}
    assert "spice_trainer.api" in imported
    assert imported - allowed - sys.stdlib_module_names == set()


def _imports(source: str) -> set[str]:
    """Packages that a module imports; of `spice_trainer`, the subpackages."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            module = str(node.module)
            names.update(f"{module}.{alias.name}" if module == "spice_trainer" else module for alias in node.names)
    return {".".join(name.split(".")[: 2 if name.startswith("spice_trainer.") else 1]) for name in names}


def test_the_page_has_every_member_of_the_protocol_and_no_other() -> None:
    page = (EXAMPLE.parents[1] / "docs/trainers/bring-your-own.md").read_text()
    table = page.split("| Member |")[1].split("\n\n")[0]
    listed = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert sorted(listed) == sorted(name for name in vars(Backend) if not name.startswith("_"))
