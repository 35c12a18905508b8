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
    """A prompt in one of three forms: exactly one field is set. `chat` is rendered with the chat
    template of the model, and the generation prompt is added. `token_ids` are used unchanged."""

    chat: tuple[ChatMessage, ...] | None = None
    text: str | None = None
    token_ids: I32 | None = None


@dataclass(frozen=True)
class SamplingParams:
    """Settings of sampling. Lengths are in tokens. `temperature` 0 means greedy. `top_p` 1, `top_k`
    0 and `min_p` 0 switch the filters off."""

    max_tokens: int
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    stop_token_ids: tuple[int, ...] = ()
    """Token ids that end a sample, in addition to the end-of-sequence ids of the model. The id that
    ends the sample is part of the returned ids."""
    stop_strings: tuple[str, ...] = ()
    """Texts that end a sample. The ids up to and including the token that completes the text are
    returned. `text` ends before the stop text."""
    ignore_eos: bool = False

    def before_stop(self, text: str) -> str:
        """Returns `text` up to the first stop text in it, or all of it without a stop text."""
        found = [at for stop in self.stop_strings if (at := text.find(stop)) >= 0]
        return text[: min(found, default=len(text))]


@dataclass(frozen=True)
class PromptSpec:
    """A prompt and its samples. `seeds` has one 64-bit seed for each sample; its length is the
    number of samples."""

    prompt: Prompt
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class SampleRequest:
    prompts: tuple[PromptSpec, ...]
    params: SamplingParams
    policy_version: int | None = None
    """None: the newest active version at the start of the request."""
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
    """First event. `prompt_ids` has one array for each prompt: the exact ids to train on."""

    policy_version: int
    prompt_ids: tuple[I32, ...]
    kind: Literal["started"] = "started"


@dataclass(frozen=True)
class SampleFinished:
    """One whole sample. Samples arrive in the order in which they finish."""

    prompt_index: int
    sample_index: int
    token_ids: I32
    logprobs: F32 | None
    text: str
    reason: FinishReason
    policy_version: int
    """The newest version that made a token of the sample."""
    spans: tuple[tuple[int, int], ...] = ()
    """Spans (tokens, version) that cover all tokens in order, when a publish happened during the
    sample. Empty: one version made all tokens."""
    kind: Literal["finished"] = "finished"


@dataclass(frozen=True)
class SampleDone:
    """Last event of a request, after every sample finished or was aborted. `error` is set when the
    engine failed."""

    prompt_tokens: int
    """Number of computed prompt tokens. Shared and cached prefixes count once."""
    completion_tokens: int
    seconds: float
    error: BackendError | None = None
    kind: Literal["done"] = "done"


SampleEvent = SampleStarted | SampleFinished | SampleDone


class Generation(Protocol):
    """A request that is not finished."""

    def cancel(self, prompt_index: int | None = None) -> None:
        """Stops the samples of one prompt, or all samples, within one decode step. Stopped samples
        send `SampleFinished(reason=ABORTED)`."""
        ...
