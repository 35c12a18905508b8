"""The example in `examples/bring-your-own-trainer`: its entry point, its imports, and the kit on
what it declares."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import pytest

from mutants.trial import serving
from spice_conformance import CHECKS, Check, Kit, Verdict
from spice_trainer.api import Backend
from tests.conformance.examples import BIGRAM, ROOT


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """The example in a process of its own."""
    site = BIGRAM.install(tmp_path_factory.mktemp("site"))
    with serving("tests.conformance.impatient", "serve", "--backend", "bigram", packages=site) as target:
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


def test_every_module_of_the_example_is_installed() -> None:
    assert sorted(BIGRAM.modules) == sorted(path.stem for path in BIGRAM.folder.glob("*.py"))


@pytest.mark.parametrize("module", BIGRAM.modules)
def test_the_example_imports_numpy_the_api_and_the_toolkit_only(module: str) -> None:
    """A trainer of somebody else cannot use what this package's own engines share."""
    imported = BIGRAM.imports(module)
    allowed = {"numpy", "spice_trainer.api", "spice_trainer.toolkit", *BIGRAM.modules}
    assert "spice_trainer.api" in imported
    assert imported - allowed - sys.stdlib_module_names == set()


def test_the_page_has_every_member_of_the_protocol_and_no_other() -> None:
    page = (ROOT / "docs/trainers/bring-your-own.md").read_text()
    table = page.split("| Member |")[1].split("\n\n")[0]
    listed = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert sorted(listed) == sorted(name for name in vars(Backend) if not name.startswith("_"))
