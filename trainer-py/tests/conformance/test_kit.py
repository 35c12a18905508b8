"""The kit itself: its reference, its reports, its command line, its documentation."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mutants import MUTANTS
from spice_conformance import CHECKS, Result, Verdict, losses, reference, report, select
from spice_conformance.batch import Row
from spice_trainer.__main__ import main

ROOT = Path(__file__).parents[3]
PROTOS = {path.name for path in (ROOT / "proto/spice/trainer/v1").glob("*.proto")}
DOCUMENT = ROOT / "docs/conformance.md"


def test_every_check_names_its_proto_file() -> None:
    for check in CHECKS:
        first = check.rule.split(",")[0].split(":")[0].split(" ")[0]
        assert first in PROTOS, f"{check.id}: {check.rule}"


def test_the_document_lists_every_check_and_mutant() -> None:
    text = DOCUMENT.read_text()
    for check in CHECKS:
        assert f"`{check.id}`" in text or f"`{check.id.split('.')[1]}`" in text, check.id
    for mutant in MUTANTS.values():
        assert f"| `{mutant.name}` | {mutant.fault} | `{mutant.caught_by}` |" in text, mutant.name


def test_reference_of_a_clipped_token() -> None:
    """Ratio 2 at advantage 1 is held at 1.3, ratio 0.5 at advantage -1 at 0.8: no gradient in
    either."""
    row = Row(0, (1, 2), advantages=(1.0, -1.0), old=(-1.0, -1.0))
    c = np.array([-1.0 + np.log(2.0), -1.0 + np.log(0.5)])
    spec = losses.ppo().policy_gradient
    np.testing.assert_allclose(reference.token_losses(spec, row, c, c), [-1.3, 0.8])
    np.testing.assert_allclose(reference.slopes(spec, row, c), [0.0, 0.0], atol=1e-9)


def test_reference_of_a_penalty_and_a_correction() -> None:
    """k3 at k = 0.5 has slope 1 - exp(0.5); a factor of exp(1) is cut to 2 and has no gradient of
    its own."""
    row = Row(0, (1,), advantages=(3.0,), behaviour=(-3.0,), reference=(-1.5,))
    c = np.array([-2.0])
    correction = losses.correction("token_truncate", 0.0, 2.0, "current_over_behaviour")
    spec = losses.ppo(baseline="current", correction=correction, kl=losses.kl("k3", 1.0)).policy_gradient
    np.testing.assert_allclose(reference.token_losses(spec, row, c, c), [-6.0 + np.exp(0.5) - 1.5])
    np.testing.assert_allclose(reference.slopes(spec, row, c), [-6.0 + 1 - np.exp(0.5)], rtol=1e-6)


def test_masked_tokens_are_no_part_of_a_sequence_ratio() -> None:
    row = Row(0, (1, 2), weights=(1.0, 0.0), old=(-1.0, 50.0))
    c = np.array([-1.0 + np.log(1.5), -1.0])
    found = reference.token_losses(losses.plain("sequence").policy_gradient, row, c, c)
    np.testing.assert_allclose(found, [-1.5, 0.0])


def test_select_takes_areas_and_checks_under_old_names_too_and_runs_slow_ones_last() -> None:
    assert [one.id for one in select(["nulls"])] == ["nulls.zero_advantage", "nulls.zero_rate"]
    assert [one.id for one in select(["seeds.same"])] == ["seeds.same"]
    assert select(["normalisation", "optimiser.beta2"]) == select(["normalization", "optimizer.beta2"])
    assert [one.id for one in select(["losses.baseline_behaviour", "logprobs.normalised"])] == [
        "losses.baseline_behavior",
        "logprobs.normalized",
    ]
    slow = [one.slow for one in select()]
    assert slow == sorted(slow)
    with pytest.raises(KeyError):
        select(["no.such"])


def test_report_counts_by_verdict_and_area() -> None:
    results = [Result(CHECKS[0], Verdict.PASS, "fine", 0.1), Result(CHECKS[1], Verdict.FAIL, "not so", 0.2)]
    told = report.document("fake", "here", results)
    assert (told["schema"], told["pass"], told["fail"], told["skipped"]) == ("spice.conformance/1", 1, 1, 0)
    assert told["checks"][1]["evidence"] == "not so"
    assert report.by_area(results)[CHECKS[0].area]["pass"] == 1


def test_command_line_refuses_what_it_cannot_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance"]) == 2
    assert main(["conformance", "--only", "no.such", "--target", "127.0.0.1:9"]) == 2
    assert "areas: protocol" in capsys.readouterr().err
    assert main(["conformance", "--target", "127.0.0.1:9"]) == 3
    assert main(["conformance", "--list", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["checks"]) == len(CHECKS)


def test_every_error_of_the_contract_is_looked_for() -> None:
    """The codes of common.proto that a caller can provoke stand in a check."""
    source = "".join(path.read_text() for path in (ROOT / "trainer-py/spice_conformance/checks").glob("*.py"))
    for code in ("INVALID_ARGUMENT", "OUT_OF_RANGE", "FAILED_PRECONDITION", "NOT_FOUND", "ALREADY_EXISTS"):
        assert f'"{code}"' in source
    for code in ("UNIMPLEMENTED", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED", "ABORTED", "CANCELLED", "DATA_LOSS"):
        assert f'"{code}"' in source
