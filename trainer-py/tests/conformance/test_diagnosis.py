"""The kit names the one fault that explains many failures."""

from __future__ import annotations

import numpy as np
import pytest

from mutants.trial import serving
from spice_conformance import CHECKS, Kit, Result, Verdict, report, select
from spice_conformance.diagnosis import Finding, explained
from spice_conformance.faults import FAULTS, Tokens, total

PASSES = "logprobs.normalized"
"""A check that finds none of the faults below."""


@pytest.mark.parametrize(
    ("fault", "told", "failing"),
    [
        ("steps_twice", "applied twice, or the learning rate is doubled (ratio 2)", "losses.derivative losses.entropy"),
        (
            "rolls_advantages",
            "advantages are one position late",
            "losses.reinforce losses.plain losses.ppo_clip losses.cispo losses.temperature",
        ),
        ("divides_by_length", "divided by its number of tokens (1/length)", "normalization.value losses.reinforce"),
        ("divides_by_sequences", "also divided by the number of sequences", "normalization.value losses.plain"),
        ("ignores_z", "divided by the number of tokens instead of Z", "normalization.value losses.plain"),
        ("scores_late", "log-probabilities are one position off", "losses.reinforce logprobs.chain"),
        ("scores_without_temperature", "scoring forgets the temperature", "losses.temperature logprobs.processed"),
    ],
)
def test_the_fault_is_named(fault: str, told: str, failing: str) -> None:
    with serving("tests.conformance.faulty", fault) as target:
        kit = Kit(target)
        results = kit.diagnose([kit.run(check) for check in select([PASSES, *failing.split()])])
    ((cause, checks),) = report.causes(results)
    assert told in cause
    assert sorted(checks) == sorted(failing.split())


def test_a_trainer_without_failures_is_not_diagnosed(fake: Kit) -> None:
    results = [fake.run(check) for check in select(["normalization.value", "nulls.zero_advantage"])]
    assert {one.verdict for one in results} == {Verdict.PASS}
    assert fake.diagnose(results) == results


def test_a_finding_explains_failures_of_its_areas_that_have_no_cause() -> None:
    by_id = {check.id: check for check in CHECKS}
    results = [
        Result(by_id["losses.reinforce"], Verdict.FAIL, "off", 0.1),
        Result(by_id["losses.plain"], Verdict.FAIL, "raised", 0.1, "KeyError: 'x'"),
        Result(by_id["losses.cispo"], Verdict.PASS, "fine", 0.1),
        Result(by_id["seeds.same"], Verdict.FAIL, "other samples", 0.1),
    ]
    causes = [one.cause for one in explained(results, [Finding("1/length", ("losses",))])]
    assert causes == ["1/length", "KeyError: 'x'", "", ""]


def test_every_fault_gives_another_value_than_the_right_loss_and_than_the_others() -> None:
    """So a value that fits names one fault."""
    rng = np.random.default_rng(1)
    lengths = (4, 2, 3)
    masks = [np.arange(n) != 1 for n in lengths]
    tokens = [
        Tokens(mask * rng.uniform(0.3, 2, len(mask)), rng.normal(size=len(mask)), rng.normal(size=len(mask)) - 2)
        for mask in masks
    ]
    values = {fault.text: fault.value(tokens, 3.5) for fault in FAULTS}
    values["right"] = total(tokens, 3.5)
    ordered = sorted(values.values())
    assert min(np.diff(ordered)) > 1e-3, values
