"""A check, and the list of all checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from spice_conformance.subject import Subject
from spice_conformance.verdict import Verdict

Body = Callable[[Subject], str]
"""Returns the evidence of a pass. Raises Decision for every other outcome."""


@dataclass(frozen=True)
class Check:
    """One rule of the contract, as a test."""

    id: str
    """Stable identifier, `area.name`."""
    rule: str
    """The tested rule, with its proto file."""
    slow: bool
    """Whether the check waits for a time that the contract fixes. Such checks run last."""
    body: Body

    @property
    def area(self) -> str:
        """The part of the identifier before the dot."""
        return self.id.partition(".")[0]


@dataclass(frozen=True)
class Result:
    """Outcome of a check on one trainer."""

    check: Check
    verdict: Verdict
    evidence: str
    """One sentence."""
    seconds: float
    cause: str = ""
    """What this failure may share with others: an exception of the trainer with its place, or an
    explanation that fits the numbers. Empty: not known."""


REGISTRY: dict[str, Check] = {}
"""Every check by id, in the order of definition."""


def check(identifier: str, *, slow: bool = False) -> Callable[[Body], Body]:
    """Registers a function as a check. Its docstring is the rule."""

    def register(body: Body) -> Body:
        if identifier in REGISTRY:
            raise ValueError(f"two checks are called {identifier}")
        rule = " ".join((body.__doc__ or "").split())
        if not rule:
            raise ValueError(f"check {identifier} does not say which rule it proves")
        REGISTRY[identifier] = Check(identifier, rule, slow, body)
        return body

    return register
