"""`OpenSpec.engine` of the fake trainer: its texts, its speed and its faults."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, cast

from spice_trainer.api import BackendError, BackendErrorCode

VERBS = ("sample", "forward_backward", "optim_step", "publish", "save", "load")
_COUNTS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {verb: {"type": "integer", "minimum": 1} for verb in VERBS},
}
SCHEMA = json.dumps(
    {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "script": {
                "type": "string",
                "description": "Path of a JSON script (script.py), 'plausible' (default: small-format questions and "
                "answers made from the prompt's own text), or 'none' (bytes drawn from the model).",
            },
            "learning": {
                "type": "number",
                "minimum": 0,
                "description": "How strongly training shifts the choice between scripted texts; default 1, 0: not at all.",
            },
            "load_seconds": {"type": "number", "minimum": 0, "description": "Length of Open; default 0."},
            "sample_seconds": {"type": "number", "minimum": 0, "description": "Length of one sample; default 0."},
            "token_seconds": {"type": "number", "minimum": 0, "description": "Length of one token; default 0."},
            "swap_in_place": {
                "type": "boolean",
                "description": "Samples in flight go on with the newest version after a publish; default false.",
            },
            "sequence_seconds": {
                "type": "number",
                "minimum": 0,
                "description": "Length of one trained or scored sequence; default 0.",
            },
            "microbatch_tokens": {"type": "integer", "minimum": 1, "description": "Default 4096."},
            "keep_versions": {
                "type": "integer",
                "minimum": 1,
                "description": "Published versions kept; publishing one more releases the oldest. Default 2.",
            },
            "die_after": {**_COUNTS, "description": "Exit the process (code 86) after the n-th call of a verb."},
            "fail_at": {**_COUNTS, "description": "Raise UNAVAILABLE at the n-th call of a verb."},
            "non_finite_at": {"type": "integer", "minimum": 1, "description": "The n-th gradient is NaN."},
        },
    }
)
EXIT_CODE = 86


@dataclass
class Settings:
    """Validated settings, and the counters of the faults."""

    script: str = "plausible"
    learning: float = 1.0
    load_seconds: float = 0.0
    sample_seconds: float = 0.0
    token_seconds: float = 0.0
    swap_in_place: bool = False
    sequence_seconds: float = 0.0
    microbatch_tokens: int = 4096
    keep_versions: int = 2
    die_after: Mapping[str, int] = field(default_factory=dict[str, int])
    fail_at: Mapping[str, int] = field(default_factory=dict[str, int])
    non_finite_at: int = 0
    _calls: Counter[str] = field(default_factory=Counter[str], init=False)
    _counting: Lock = field(default_factory=Lock, init=False)

    @staticmethod
    def of(engine: Mapping[str, object]) -> Settings:
        """Reads `OpenSpec.engine`, which the service has validated."""
        return Settings(**cast(Mapping[str, Any], engine))

    @contextmanager
    def call(self, verb: str) -> Generator[int]:
        """Surrounds one call and counts it. With the settings of faults, the call fails or the
        process ends before the answer. Yields the number of the call, from 1. Calls of one verb may
        run at the same time, and each has its own number."""
        with self._counting:
            self._calls[verb] += 1
            number = self._calls[verb]
        if self.fail_at.get(verb) == number:
            raise BackendError(BackendErrorCode.UNAVAILABLE, "FAULT_INJECTED", f"{verb} number {number} fails as asked")
        yield number
        if self.die_after.get(verb) == number:
            os._exit(EXIT_CODE)

    @staticmethod
    def pause(seconds: float) -> None:
        """Waits this many seconds."""
        if seconds > 0:
            time.sleep(seconds)
