"""The tasks as an environment of OpenEnv. An episode is one task and one attempt."""

from __future__ import annotations

import random
from functools import cache
from typing import Any
from uuid import uuid4

from openenv.core.env_server.interfaces import Environment
from openenv.core.env_server.types import State

from .models import AnswerAction, TaskObservation
from .rows import Row, read_rows
from .rules import shared_rules


@cache
def all_rows() -> tuple[Row, ...]:
    """The rows of `tasks.jsonl`, read once."""
    return tuple(read_rows())


class SpiceEnvironment(Environment[AnswerAction, TaskObservation, State]):
    """`reset` shows a task; `step` verifies the attempt. The reward is 1 for correct, else 0."""

    SUPPORTS_CONCURRENT_SESSIONS: bool = True

    def __init__(self) -> None:
        super().__init__()
        self._state = State(episode_id=str(uuid4()), step_count=0)
        self._next = 0
        self._row: Row | None = None

    def reset(self, seed: int | None = None, episode_id: str | None = None, **kwargs: Any) -> TaskObservation:
        """Shows the task `index` when it is given, a random task with `seed`, else the next task.

        Raises ValueError for an index that no task has.
        """
        rows = all_rows()
        index = kwargs.get("index")
        if index is None:
            # A seed picks a task again; nothing here needs a secure generator.
            index = self._next if seed is None else random.Random(seed).randrange(len(rows))  # noqa: S311
        if not isinstance(index, int) or not 0 <= index < len(rows):
            raise ValueError(f"index must be from 0 to {len(rows) - 1}, not {index!r}")
        self._next = (index + 1) % len(rows)
        self._row = row = rows[index]
        self._state = State(episode_id=episode_id or str(uuid4()), step_count=0)
        return TaskObservation(done=False, reward=0.0, task_id=row.id, question=row.question, prompt=row.prompt)

    def step(self, action: AnswerAction, timeout_s: float | None = None, **kwargs: Any) -> TaskObservation:
        """Verifies the attempt and ends the episode.

        Raises RuntimeError before `reset`, and after the attempt of an episode.
        """
        row = self._row
        if row is None:
            raise RuntimeError("reset the environment first: an episode is one task and one attempt")
        self._row = None
        self._state.step_count += 1
        outcome = shared_rules().verify(row.fields, action.text, finished=action.finished)
        return TaskObservation(
            done=True,
            reward=1.0 if outcome.verdict == "correct" else 0.0,
            task_id=row.id,
            question=row.question,
            answer=outcome.answer,
            verdict=outcome.verdict,
        )

    @property
    def state(self) -> State:
        """Id of the episode and number of its attempts."""
        return self._state
