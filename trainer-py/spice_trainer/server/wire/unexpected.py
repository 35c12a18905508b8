"""What a caller learns about an exception that a backend did not mean to raise.

Its text may hold user data. So a caller on another machine learns the type alone, and a caller on
this machine also learns the text and the place in the code.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path

_SERVER = Path(__file__).parents[1]
LONGEST_TEXT = 500
"""Characters of an exception's text that are sent."""


@dataclass
class Disclosure:
    """What errors of this process contain. `serve` sets it once, before the first call."""

    local: bool = False
    """Whether all callers are on this machine."""


DISCLOSURE = Disclosure()


@dataclass(frozen=True)
class Place:
    """A line of code in a stack trace."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}, in {self.function}"


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


def place_of(error: BaseException) -> Place | None:
    """Returns the last line of the backend's own code in the stack trace: the code in the folder of
    the first file after the code of the server. A library that the backend calls is another folder.
    Without such a file: the last line of the trace. None without a trace."""
    frames = [Place(one.filename, one.lineno or 0, one.name) for one in traceback.extract_tb(error.__traceback__)]
    if not frames:
        return None
    outside = [one for one in frames if _SERVER not in Path(one.file).parents]
    if not outside:
        return frames[-1]
    folder = Path(outside[0].file).parent
    return [one for one in outside if folder in Path(one.file).parents][-1]
