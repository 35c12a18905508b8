"""SampleLoop: where a sample ends, and what its text is then."""

from __future__ import annotations

import queue
from collections.abc import Sequence

import numpy as np
import pytest

from spice_trainer.api import (
    I32,
    FinishReason,
    Prompt,
    PromptSpec,
    SampleDone,
    SampleEvent,
    SampleFinished,
    SampleRequest,
    SamplingParams,
)
from spice_trainer.toolkit import SampleLoop

END = 256


def decode(ids: Sequence[int]) -> str:
    return bytes(one for one in ids if one != END).decode(errors="replace")


def sample(writes: str, params: SamplingParams, context: int = 100) -> SampleFinished:
    """A greedy sample of a model that writes a text and then the end token."""
    script = [*writes.encode(), END]
    events: queue.Queue[SampleEvent] = queue.Queue()

    def next_logits(_: I32, so_far: Sequence[int]) -> np.ndarray:
        return np.eye(END + 1)[script[min(len(so_far), len(script) - 1)]] * 50

    request = SampleRequest((PromptSpec(Prompt(text="x"), (1,)),), params)
    SampleLoop(request, (np.array([1], dtype=np.int32),), 0, next_logits, decode, (END,), context, events.put)
    finished: list[SampleFinished] = []
    while not isinstance(event := events.get(timeout=30), SampleDone):
        if isinstance(event, SampleFinished):
            finished.append(event)
    assert event.error is None
    return finished[0]


@pytest.mark.parametrize(
    ("stops", "ids", "text"),
    [
        (("<stop>",), "salt <stop>", "salt "),
        (("op> a", "<st"), "salt <st", "salt "),
        (("never", "\u00e9"), "salt <stop> and \u00e9", "salt <stop> and "),
        (("s",), "s", ""),
    ],
)
def test_a_stop_string_ends_the_sample_and_the_text_ends_before_it(stops: tuple[str, ...], ids: str, text: str) -> None:
    done = sample("salt <stop> and \u00e9 more", SamplingParams(50, 0.0, stop_strings=stops))
    assert done.reason is FinishReason.STOP_STRING
    assert bytes(done.token_ids.tolist()) == ids.encode()
    assert done.text == text
    assert done.logprobs is not None
    assert len(done.logprobs) == len(done.token_ids)


def test_without_its_stop_string_a_sample_ends_at_the_end_token_or_the_limit() -> None:
    ended = sample("salt", SamplingParams(50, 0.0, stop_strings=("pepper",)))
    assert (ended.reason, ended.text) == (FinishReason.STOP_TOKEN, "salt")
    cut = sample("salt and pepper", SamplingParams(6, 0.0, stop_strings=("pepper",)))
    assert (cut.reason, cut.text) == (FinishReason.LENGTH, "salt a")


def test_a_stop_string_longer_than_the_usual_tail_is_found() -> None:
    stop = "salt, then " * 5
    done = sample(f"x{stop}y", SamplingParams(90, 0.0, stop_strings=(stop,)))
    assert (done.reason, done.text) == (FinishReason.STOP_STRING, "x")
