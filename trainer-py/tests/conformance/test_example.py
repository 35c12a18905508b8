"""The example in `examples/bring-your-own-trainer`: its entry point, its imports, and a check of
each area of the kit. The other checks are in `test_example_whole_kit.py`."""

from __future__ import annotations

import re
import sys

import pytest

from spice_conformance import AREAS, Check, Kit, Verdict, select
from spice_trainer.api import Backend
from tests.conformance.examples import BIGRAM, ROOT

CHOSEN = select(
    [
        "protocol.health",
        "batches.digest",
        "idempotency.resend",
        "leases.take_over",
        "capabilities.methods",
        "normalization.value",
        "losses.reinforce",
        "optimizer.learning_rate",
        "nulls.zero_advantage",
        "gradients.accumulate",
        "logprobs.agree",
        "sampling.length",
        "seeds.same",
        "publish.delivers",
        "checkpoints.resume",
        "isolation.samples",
        "soak.bandit",
    ]
)


@pytest.mark.parametrize("check", CHOSEN, ids=lambda check: check.id)
def test_the_example_conforms(example: Kit, check: Check) -> None:
    result = example.run(check)
    assert result.verdict is Verdict.PASS, result.evidence


def test_the_chosen_checks_are_of_every_area() -> None:
    assert sorted(check.area for check in CHOSEN) == sorted(AREAS)


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
