"""The client of the environment."""

from __future__ import annotations

from typing import Any

from openenv.core import EnvClient
from openenv.core.client_types import StepResult
from openenv.core.env_server.types import State

from .models import AnswerAction, TaskObservation


class SpiceEnv(EnvClient[AnswerAction, TaskObservation, State]):
    """`reset(index=3)` shows a task, `step(AnswerAction(text=...))` ends it."""

    def _step_payload(self, action: AnswerAction) -> dict[str, Any]:
        return {"text": action.text, "finished": action.finished}

    def _parse_result(self, payload: dict[str, Any]) -> StepResult[TaskObservation]:
        seen = payload.get("observation", {})
        done, reward = payload.get("done", False), payload.get("reward")
        observation = TaskObservation(**{**seen, "done": done, "reward": reward})
        return StepResult(observation=observation, reward=reward, done=done)

    def _parse_state(self, payload: dict[str, Any]) -> State:
        return State(episode_id=payload.get("episode_id"), step_count=payload.get("step_count", 0))
