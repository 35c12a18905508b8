"""What a caller learns about an exception that a backend did not mean to raise.

Its text may hold user data. So a caller on another machine learns the type alone, and a caller on
this machine also learns the text and the place in the code.
"""

from __future__ import annotations

from dataclasses import dataclass

from spice_trainer.toolkit.own_code import place_of

LONGEST_TEXT = 500
"""Characters of an exception's text that are sent."""


@dataclass
class Disclosure:
    """What errors of this process contain. `serve` sets it once, before the first call."""

    local: bool = False
    """Whether all callers are on this machine."""


DISCLOSURE = Disclosure()


def message_of(error: BaseException) -> str:
    """Returns the message for the caller, as `DISCLOSURE` allows."""
    name = type(error).__name__
    text = str(error).strip()
    if not DISCLOSURE.local:
        return f"unexpected {name} in the trainer"
    place = place_of(error)
    told = f": {text[:LONGEST_TEXT]}" if text else ""
    return f"unexpected {name} in the trainer{told}" + ("" if place is None else f" ({place})")


def facts_of(error: BaseException) -> dict[str, str]:
    """Returns type, text, file, line and function for ErrorInfo; nothing for a caller on another
    machine."""
    if not DISCLOSURE.local:
        return {}
    facts = {"exception": type(error).__name__, "text": str(error).strip()[:LONGEST_TEXT]}
    place = place_of(error)
    if place is not None:
        facts.update(file=place.file, line=str(place.line), function=place.function)
    return facts
