"""Prompts, sample requests and their events."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from spice_trainer.api.arrays import F32, I32
from spice_trainer.api.errors import BackendError
from spice_trainer.api.names import LogprobMode


@dataclass(frozen=True)
class ChatMessage:
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Prompt:
    """Exactly one of the three fields is set. `chat` is rendered with the model's template, generation prompt added."""

    chat: tuple[ChatMessage, ...] | None = None
    text: str | None = None
    token_ids: I32 | None = None


@dataclass(frozen=True)
class SamplingParams:
    """`temperature` 0 means greedy. `top_p` 1 and `top_k` 0 switch the filters off. Lengths in tokens."""

    max_tokens: int
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    stop_token_ids: tuple[int, ...] = ()
    """Beside the model's own end-of-sequence ids, which always stop. The stop token is part of the returned ids."""
    stop_strings: tuple[str, ...] = ()
    """Generation stops when the decoded text contains one; ids up to and including the completing token are returned,
    `text` is cut before the stop string."""
    ignore_eos: bool = False

    def before_stop(self, text: str) -> str:
        """`text` up to the first stop string in it; all of it when there is none."""
        found = [at for stop in self.stop_strings if (at := text.find(stop)) >= 0]
        return text[: min(found, default=len(text))]


@dataclass(frozen=True)
class PromptSpec:
    """One row of a sample request. `seeds` has one 64-bit seed a sample; its length is n."""

    prompt: Prompt
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class SampleRequest:
    prompts: tuple[PromptSpec, ...]
    params: SamplingParams
    policy_version: int | None = None
    """None: the newest active version when the request starts."""
    want_logprobs: bool = True
    logprob_mode: LogprobMode = "temperature_scaled"


class FinishReason(StrEnum):
    STOP_TOKEN = "stop_token"
    STOP_STRING = "stop_string"
    LENGTH = "length"
    CONTEXT = "context"
    ABORTED = "aborted"
    ERROR = "error"


@dataclass(frozen=True)
class SampleStarted:
    """First event. `prompt_ids` has one array a prompt: the exact ids to train on."""

    policy_version: int
    prompt_ids: tuple[I32, ...]
    kind: Literal["started"] = "started"


@dataclass(frozen=True)
class SampleFinished:
    """One whole sample. Samples arrive in the order they finish, not in index order."""

    prompt_index: int
    sample_index: int
    token_ids: I32
    logprobs: F32 | None
    text: str
    reason: FinishReason
    policy_version: int
    """The newest version that made a token of it."""
    spans: tuple[tuple[int, int], ...] = ()
    """(tokens, version) in order, covering all tokens, when the sample crossed a publish; empty: one version made it all."""
    kind: Literal["finished"] = "finished"


@dataclass(frozen=True)
class SampleDone:
    """Last event of a request, after every sample finished or was aborted. `error` is set when the engine failed."""

    prompt_tokens: int
    """Prompt tokens that were really computed (shared and cached prefixes counted once)."""
    completion_tokens: int
    seconds: float
    error: BackendError | None = None
    kind: Literal["done"] = "done"


SampleEvent = SampleStarted | SampleFinished | SampleDone


class Generation(Protocol):
    """A request in flight."""

    def cancel(self, prompt_index: int | None = None) -> None:
        """Stop one prompt's samples, or all of them, within one decode step. Cancelled samples emit
        `SampleFinished(reason=ABORTED)`."""
        ...
