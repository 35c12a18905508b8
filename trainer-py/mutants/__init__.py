"""Negative controls of the conformance kit: the `fake` trainer with one fault each, served as real
processes.

A kit that no mutant fails proves nothing. Each file holds the faults of one area, each fault a
function that patches the process it runs in; `python -m mutants NAME ...` applies one and serves.
This package is not part of `spice_trainer`, and no installation has it: a checkout does.
"""

from mutants import faults_of_losses, faults_of_sampling, faults_of_sessions, faults_of_steps, faults_of_versions
from mutants.registry import MUTANTS, Mutant

__all__ = [
    "MUTANTS",
    "Mutant",
    "faults_of_losses",
    "faults_of_sampling",
    "faults_of_sessions",
    "faults_of_steps",
    "faults_of_versions",
]
