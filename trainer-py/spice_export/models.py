"""What goes to the environment of OpenEnv, and what comes back."""

from __future__ import annotations

from openenv.core.env_server.types import Action, Observation
from pydantic import Field


class AnswerAction(Action):
    """The whole text of an attempt."""

    text: str = Field(..., description="what the model wrote, with its final answer")
    finished: bool = Field(default=True, description="false when the text ended at a token limit")


class TaskObservation(Observation):
    """A task after `reset`; the verdict after `step`."""

    task_id: str = Field(default="", description="id of the task")
    question: str = Field(default="", description="the question")
    prompt: list[dict[str, str]] = Field(default_factory=list, description="messages for the model")
    answer: str | None = Field(default=None, description="final answer that the rules read")
    verdict: str | None = Field(default=None, description="correct, wrong or unparsable")
