"""Texts of the fake trainer: weighted texts for a prompt, from rules or made from the prompt.

A script file is JSON: {"rules": [{"match": REGEX, "texts": [{"text": TEXT, "weight": 1.0}, ...]},
...]}. The first rule whose regular expression is found in the rendered prompt (flags: DOTALL,
MULTILINE) gives the texts. TEXT may contain its groups as \\1 or \\g<name>. The model itself
continues a prompt that no rule matches, byte by byte.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from spice_trainer.api import BackendError, BackendErrorCode


@dataclass(frozen=True)
class Choice:
    """A text and its weight before training. Larger weights are more likely."""

    text: str
    weight: float


Script = Callable[[str], Sequence[Choice]]
"""From the rendered prompt to the texts to choose from. Empty: the model writes."""


def load(name: str) -> Script:
    """Returns the script `name` (settings.py). Raises BackendError INVALID (SCRIPT) for a file that
    is not a script."""
    if name == "none":
        return lambda prompt: ()
    if name == "plausible":
        return plausible
    try:
        rules = [_rule(one) for one in json.loads(Path(name).read_text())["rules"]]
    except (OSError, ValueError, KeyError, TypeError, re.error) as wrong:
        raise BackendError(
            BackendErrorCode.INVALID, "SCRIPT", f"script {name} cannot be used: {wrong}", "script.py has its form"
        ) from wrong
    return lambda prompt: _first_match(rules, prompt)


Rule = tuple[re.Pattern[str], list[Choice]]


def _rule(value: Any) -> Rule:
    texts = [Choice(str(one["text"]), float(one.get("weight", 1.0))) for one in value["texts"]]
    if not texts or any(not one.weight > 0 for one in texts):
        raise ValueError("a rule needs texts, every weight above 0")
    return re.compile(cast(str, value["match"]), re.DOTALL | re.MULTILINE), texts


def _first_match(rules: Sequence[Rule], prompt: str) -> Sequence[Choice]:
    for pattern, texts in rules:
        found = pattern.search(prompt)
        if found is not None:
            return [Choice(found.expand(one.text), one.weight) for one in texts]
    return ()


_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_SENTENCE_LENGTHS = range(20, 160)
_TARGET = re.compile(r"(?<!^)\b([A-Z][a-z]{3,}(?: [A-Z][a-z]+)?|\d[\d,.]*\d)\b")
_ASKED = re.compile(r"Question: .*?reads backwards as (?P<hidden>[^\n?]+)\?")
_OPTIONS = re.compile(r"^Options: (?P<options>.+)$", re.MULTILINE)


def plausible(prompt: str) -> Sequence[Choice]:
    """Returns questions and answers in the `small` format, made from the text of the prompt.

    A question asks for a name or number of the document, spelled backwards. So the prompt of the
    Reasoner is enough for a right answer. Some proposals are malformed and some answers are wrong;
    how many depends on the question.
    """
    if "short question" in prompt.rpartition("\n\n")[2]:
        return _proposals(prompt)
    asked = _ASKED.search(prompt[-2000:])
    return () if asked is None else _answers(asked["hidden"], prompt)


def _proposals(prompt: str) -> Sequence[Choice]:
    document, _, request = prompt.rpartition("\n\n")
    wrong = "three wrong answers" in request
    question_first = request.rstrip().endswith("Question:")
    facts: list[Choice] = []
    sentences = (one.strip() for one in _SENTENCE_END.split(document))
    for sentence in [one for one in sentences if len(one) in _SENTENCE_LENGTHS][:40]:
        for target in _TARGET.findall(sentence)[:1]:
            statement = sentence.rstrip(".!?").replace(target, "____")
            if target.lower() == target[::-1].lower() or target in statement:
                continue
            question = f'In "{statement}", what reads backwards as {target[::-1]}?'
            text = f" {question}\nAnswer: {target}" if question_first else f" {target}\nQuestion: {question}"
            facts.append(Choice(text + (f"\nWrong: {_wrong(target)}" if wrong else ""), 1.0))
    kept = facts[:8]
    bad = max(1.0, 0.4 * len(kept))
    return [
        *kept,
        Choice(" Something about the text\nAnswer:", bad / 2),
        Choice(" What is this document about?", bad / 2),
    ]


def _answers(hidden: str, prompt: str) -> Sequence[Choice]:
    right = hidden.strip()[::-1]
    options = _OPTIONS.search(prompt[-2000:])
    others = [] if options is None else [one.strip() for one in options["options"].split("|")]
    wrong = [one for one in others if one != right] or [hidden.strip()]
    hardness = 0.15 + 0.7 * (zlib.crc32(hidden.encode()) % 1000) / 1000
    return [Choice(f" {right}", 1 - hardness), *(Choice(f" {one}", hardness / len(wrong)) for one in wrong)]


def _wrong(target: str) -> str:
    return " | ".join(f"{target[0]}{zlib.crc32(f'{target}{index}'.encode()) % 900 + 100}" for index in range(3))
