"""What a check is, and what can come of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spice_conformance.subject import Subject


class Verdict(StrEnum):
    """Outcome of a check."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    """The trainer allowed no decision this time: too noisy, or too fast to be caught in the act."""
    SKIPPED = "skipped"
    """The trainer does not declare what the check needs."""


class Decision(Exception):  # noqa: N818 - not an error: how a check ends early
    """Ends a check with a verdict and one sentence of evidence."""

    def __init__(self, verdict: Verdict, evidence: str) -> None:
        super().__init__(evidence)
        self.verdict = verdict
        self.evidence = evidence


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


Body = Callable[["Subject"], str]
"""Returns the evidence of a pass; raises Decision for every other outcome."""


@dataclass(frozen=True)
class Check:
    """One rule of the contract, made observable."""

    id: str
    """Stable, `area.name`."""
    rule: str
    """Which rule of which proto file it proves."""
    slow: bool
    """It waits for a time that the contract fixes; such checks run last."""
    body: Body

    @property
    def area(self) -> str:
        """The part of the identifier before the dot."""
        return self.id.partition(".")[0]


@dataclass(frozen=True)
class Result:
    """A check's outcome on one trainer."""

    check: Check
    verdict: Verdict
    evidence: str
    """One sentence."""
    seconds: float


REGISTRY: dict[str, Check] = {}
"""Every check by its id, in the order of definition."""


def check(identifier: str, *, slow: bool = False) -> Callable[[Body], Body]:
    """Register a function as a check. Its docstring is the rule."""

    def register(body: Body) -> Body:
        if identifier in REGISTRY:
            raise ValueError(f"two checks are called {identifier}")
        rule = " ".join((body.__doc__ or "").split())
        if not rule:
            raise ValueError(f"check {identifier} does not say which rule it proves")
        REGISTRY[identifier] = Check(identifier, rule, slow, body)
        return body

    return register
