"""The form of an answer for the LaTeX reader of math-verify, and the answers that it cannot read.
The reader for plain text of math-verify is never used, because it calls parse_expr of sympy, which
evaluates Python."""

from __future__ import annotations

import re

_DELIMITERS = re.compile(r"\$|\\[()\[\]]")
_EXPONENT = re.compile(r"(?<=\d)[eE]([+-]?\d+)\b")
_PI = re.compile(r"(?<![\\A-Za-z])pi(?![A-Za-z])")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_WORD = re.compile(r"[A-Za-z]{2,}")
_SPLIT_NUMBER = re.compile(r"\d\s+\d")
_FUNCTION = re.compile("(arc)?(sin|cos|tan)|(sin|cos|tan)h|cot|sec|csc|sqrt|log|ln|exp|lim|max|min|gcd|lcm|mod|det")
_VARIABLES = re.compile(r"[a-zA-Z]{2,3}")
_PROSE = re.compile("an|and|as|at|by|in|is|it|no|not|of|on|one|or|six|ten|the|to|two|yes", re.IGNORECASE)


def to_latex(text: str) -> str | None:
    """Returns `text` between dollar signs. Returns None for prose, which the reader would read as a
    product of letters, and for digits with a blank between them, which it would add."""
    body = _DELIMITERS.sub(" ", text).strip()
    if not body or "\n" in body or _SPLIT_NUMBER.search(body):
        return None
    body = _EXPONENT.sub(r" \\cdot 10^{\1}", body)
    body = _PI.sub(r"\\pi ", body)
    words = _WORD.findall(_COMMAND.sub(" ", body))
    if any(_is_prose(word) for word in words):
        return None
    return f"${body}$"


def _is_prose(word: str) -> bool:
    if _FUNCTION.fullmatch(word):
        return False
    return _PROSE.fullmatch(word) is not None or _VARIABLES.fullmatch(word) is None
