"""What can come of a check, and how a check ends early."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """Outcome of a check."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    """The trainer allowed no decision this time: too noisy, or too fast to be caught in the act."""
    SKIPPED = "skipped"
    """The trainer does not declare what the check needs."""


class Decision(Exception):  # noqa: N818 - not an error: how a check ends early
    """Ends a check with a verdict and one sentence of evidence. `cause`: what several failures may
    share; empty when nothing is known."""

    def __init__(self, verdict: Verdict, evidence: str, cause: str = "") -> None:
        super().__init__(evidence)
        self.verdict = verdict
        self.evidence = evidence
        self.cause = cause


def expect(condition: bool, evidence: str) -> None:
    """Fail the check unless `condition` holds. `evidence` says what was seen instead."""
    if not condition:
        raise Decision(Verdict.FAIL, evidence)


def skip(evidence: str) -> Decision:
    """To raise where the trainer does not declare what is needed."""
    return Decision(Verdict.SKIPPED, evidence)


def inconclusive(evidence: str) -> Decision:
    """To raise where what was seen proves nothing."""
    return Decision(Verdict.INCONCLUSIVE, evidence)
