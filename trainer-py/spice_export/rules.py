"""Verifies answers with the rules of the run that the tasks come from.

The rules are JavaScript files in `rules/`. A Node process runs them and answers one line for each
line. The process evaluates no text of a model: it compares normal forms.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any, Literal, cast

Verdict = Literal["correct", "wrong", "unparsable"]

RULES = Path(__file__).with_name("rules") / "adapters" / "exports" / "rules-process.js"
TIMEOUT_S = 30.0
"""Seconds that one verification may take. The rules need less than 10 ms."""
LONGEST = 1_000_000
"""Characters of an attempt that are read."""


@dataclass(frozen=True)
class Outcome:
    """What the rules found in the text of an attempt."""

    answer: str | None
    """The final answer; None unless there is exactly one."""
    verdict: Verdict


class RulesError(RuntimeError):
    """The rules cannot run: Node 20 or newer is missing, or the process ended twice."""


class Rules:
    """A process with the rules. Any thread may call `verify`; calls run one after the other."""

    def __init__(self, program: Path = RULES) -> None:
        self._program = program
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def verify(self, fields: dict[str, Any], text: str, *, finished: bool = True) -> Outcome:
        """Reads the final answer of an attempt and compares it with the gold answer.

        `fields` is the row of the task. `text` is what the model wrote. `finished` is False when
        the text ended at a token limit. Raises RulesError.
        """
        request = {"task": _task(fields), "family": fields["prompt_family"]}
        line = json.dumps({**request, "text": text[:LONGEST], "finished": finished})
        with self._lock:
            reply = self._ask(line) or self._ask(line)
        if reply is None:
            raise RulesError(f"{self._program} ended without an answer")
        if "error" in reply:
            raise RulesError(f"{self._program}: {reply['error']}")
        return Outcome(answer=reply["answer"], verdict=reply["verdict"])

    def gold_text(self, fields: dict[str, Any]) -> str:
        """The text of an attempt with the gold answer. Raises RulesError."""
        request = {"task": _task(fields), "family": fields["prompt_family"], "gold": True}
        with self._lock:
            reply = self._ask(json.dumps(request))
        if reply is None or "text" not in reply:
            raise RulesError(f"{self._program} gave no text for the gold answer")
        return cast(str, reply["text"])

    def close(self) -> None:
        """Ends the process. A later call starts another process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def _ask(self, line: str) -> dict[str, Any] | None:
        process = self._started()
        watchdog = threading.Timer(TIMEOUT_S, process.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            stdin, stdout = cast(IO[str], process.stdin), cast(IO[str], process.stdout)
            stdin.write(f"{line}\n")
            stdin.flush()
            reply = stdout.readline()
        except (OSError, ValueError):
            reply = ""
        finally:
            watchdog.cancel()
        if reply != "":
            return cast(dict[str, Any], json.loads(reply))
        self.close()
        return None

    def _started(self) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        node = shutil.which("node")
        if node is None:
            raise RulesError("the rules need Node 20 or newer: no `node` is on the PATH")
        self._process = subprocess.Popen(
            [node, str(self._program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        return self._process


@cache
def shared_rules() -> Rules:
    """One process for all tasks of this Python process."""
    return Rules()


def _task(fields: dict[str, Any]) -> dict[str, Any]:
    names = ("question", "answer", "policy")
    return {
        **{name: fields[name] for name in names},
        "answerType": fields["answer_type"],
        "shuffled": fields["options"],
    }
