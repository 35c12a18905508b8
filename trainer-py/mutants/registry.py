"""What a mutant is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """The fake trainer with one fault."""

    name: str
    fault: str
    """What it does wrong, one sentence."""
    caught_by: str
    """Identifier of the check that must fail on it."""
    apply: Callable[[], None]
    """Break this process."""


MUTANTS: dict[str, Mutant] = {}
"""By name, in the order of definition."""


def mutant(caught_by: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register a function that breaks the process it runs in. Its docstring is the fault."""

    def register(apply: Callable[[], None]) -> Callable[[], None]:
        name = apply.__name__
        if name in MUTANTS:
            raise ValueError(f"two mutants are called {name}")
        MUTANTS[name] = Mutant(name, " ".join((apply.__doc__ or "").split()), caught_by, apply)
        return apply

    return register
