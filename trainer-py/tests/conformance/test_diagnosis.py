"""The kit names the one fault that explains many failures."""

from __future__ import annotations

import numpy as np
import pytest

from mutants.trial import serving
from spice_conformance import CHECKS, Kit, Result, Verdict, report, select
from spice_conformance.diagnosis import Finding, explained
from spice_conformance.faults import FAULTS, Tokens, total

CHECKED = (
    "normalization.value",
    "normalization.half_z",
    "normalization.doubled",
    "normalization.lengths",
    "normalization.weights",
    "losses.reinforce",
    "losses.plain",
    "losses.ppo_clip",
    "losses.cispo",
    "losses.temperature",
    "losses.derivative",
    "losses.entropy",
    "optimizer.beta2",
    "logprobs",
    "sampling.temperature",
)
"""For each fault, at least as many failing checks as its test asks for, and checks that pass."""


def diagnosed(fault: str, *names: str) -> list[tuple[str, list[str]]]:
    with serving("tests.conformance.faulty", fault) as target:
        kit = Kit(target)
        return report.causes(kit.diagnose([kit.run(check) for check in select(names or CHECKED)]))


@pytest.mark.parametrize(
    ("fault", "told", "failures"),
    [
        ("steps_twice", "applied twice, or the learning rate is doubled (ratio 2)", 2),
        ("rolls_advantages", "advantages are one position late", 5),
        ("divides_by_length", "divided by its number of tokens (1/length)", 2),
        ("divides_by_sequences", "also divided by the number of sequences", 2),
        ("ignores_z", "divided by the number of tokens instead of Z", 2),
        ("scores_late", "log-probabilities are one position off", 2),
        ("scores_without_temperature", "scoring forgets the temperature", 1),
    ],
)
def test_the_fault_is_named(fault: str, told: str, failures: int) -> None:
    causes = diagnosed(fault)
    assert causes, "no cause was found"
    cause, checks = causes[0]
    assert told in cause
    assert len(checks) >= failures


def test_a_trainer_without_failures_is_not_diagnosed() -> None:
    with serving("spice_trainer", "serve", "--backend", "fake") as target:
        kit = Kit(target)
        results = [kit.run(check) for check in select(["nulls"])]
        assert kit.diagnose(results) == results


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
