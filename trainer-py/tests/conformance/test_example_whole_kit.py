"""The whole kit on the example in `examples/bring-your-own-trainer`. `scripts/test.sh` runs this
file with `--engines transformers`. The example is served by the code that serves the fake trainer,
and every run tries every check on the fake trainer."""

from __future__ import annotations

import pytest

from spice_conformance import CHECKS, Check, Kit, Verdict


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
