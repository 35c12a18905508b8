"""Negative controls: every mutant is caught by the check it names."""

from __future__ import annotations

import pytest

from mutants import MUTANTS, Mutant
from mutants.trial import try_mutant
from spice_conformance import CHECKS

SAMPLE = (
    "divides_by_microbatches",
    "drops_clip",
    "ignores_norm_clip",
    "leaks_gradients",
    "emits_one_off",
    "ignores_seed",
    "publishes_nothing",
    "saves_no_moments",
    "repeats_on_resend",
)
"""One an area: the others are tried by `npm run conformance`, which takes minutes."""


@pytest.mark.parametrize("name", SAMPLE)
def test_mutant_is_caught(name: str) -> None:
    trial = try_mutant(MUTANTS[name])
    assert trial.caught, trial.evidence


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=lambda mutant: mutant.name)
def test_mutant_names_a_check(mutant: Mutant) -> None:
    assert mutant.caught_by in {check.id for check in CHECKS}
    assert mutant.fault.endswith(".")
