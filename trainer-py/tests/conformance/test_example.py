"""The example in `examples/bring-your-own-trainer` is found by its entry point and passes the kit for what it declares."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mutants.trial import serving
from spice_conformance import CHECKS, Check, Kit, Verdict

EXAMPLE = Path(__file__).parents[3] / "examples/bring-your-own-trainer"
MODULE = EXAMPLE / "bigram_trainer.py"


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """Installed as an installer would: the module, and a dist-info folder with the entry points of its pyproject.toml."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    site = tmp_path_factory.mktemp("site")
    shutil.copy(MODULE, site)
    info = site / f"bigram_trainer-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
        for group, entries in project["entry-points"].items()
    ]
    (info / "entry_points.txt").write_text("\n".join(groups))
    with serving("spice_trainer", "serve", "--backend", "bigram", packages=site) as target:
        yield Kit(target)


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


def test_the_example_is_short() -> None:
    lines = [line for line in MODULE.read_text().splitlines() if line.strip()]
    assert len(lines) <= 100
