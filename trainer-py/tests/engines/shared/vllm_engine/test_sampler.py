"""The sampler's supervision, against a process that stands in for vLLM: proof of delivery, quarantine, death, recovery."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from spice_trainer.api import BackendError, BackendErrorCode, FinishReason
from spice_trainer.engines.shared.vllm_engine.process import INTERPRETER_VARIABLE
from tests.engines.shared.vllm_engine.asking import Make, expected, submit, weights


def test_samples_come_with_version_and_log_probabilities(make: Make, tmp_path: Path) -> None:
    sampler = make("good")
    sampler.open(expected(0.0))
    sampler.update(1, weights(tmp_path, 0.25), expected(0.25))
    _, events = submit(sampler)
    assert events.done().completion_tokens == 6
    assert [(one.token_ids.tolist(), one.policy_version, one.reason) for one in events.finished()] == [
        ([1, 1, 1], 1, FinishReason.LENGTH),
        ([2, 2, 2], 1, FinishReason.LENGTH),
    ]
    assert all(one.logprobs is not None and one.logprobs.tolist() == [0.25] * 3 for one in events.finished())


def test_an_update_that_does_nothing_is_caught_and_the_engine_quarantined(make: Make, tmp_path: Path) -> None:
    sampler = make("deaf")
    sampler.open(expected(0.0))
    before = sampler.pid
    with pytest.raises(BackendError) as refused:
        sampler.update(1, weights(tmp_path, 0.5), expected(0.5))
    assert (refused.value.code, refused.value.reason) == (BackendErrorCode.DATA_LOSS, "CANARY_DIFFERS")
    deadline = time.monotonic() + 10
    while sampler.pid == before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert sampler.pid != before


def test_after_an_update_that_failed_the_version_before_is_served_on(make: Make, tmp_path: Path) -> None:
    sampler = make("deaf")
    sampler.open(expected(0.0))
    with pytest.raises(BackendError, match="differ by"):
        sampler.update(1, weights(tmp_path, 0.5), expected(0.5))
    _, events = submit(sampler)
    if events.done().error is not None:  # it was taken before the death was noticed
        _, events = submit(sampler)
        assert events.done().error is None
    assert {one.policy_version for one in events.finished()} == {0}


def test_a_small_change_that_did_not_arrive_is_caught_by_an_answer_that_stayed_the_same(
    make: Make, tmp_path: Path
) -> None:
    sampler = make("deaf")
    sampler.open(expected(0.0))
    with pytest.raises(BackendError, match="still answers as before"):
        sampler.update(1, weights(tmp_path, 0.005), expected(0.005))


def test_an_engine_that_dies_during_an_update_comes_back_with_the_new_weights(make: Make, tmp_path: Path) -> None:
    sampler = make("brittle")
    sampler.open(expected(0.0))
    sampler.update(1, weights(tmp_path, 0.75), expected(0.75))
    _, events = submit(sampler)
    events.done()
    assert {one.policy_version for one in events.finished()} == {1}
    assert {float(one.logprobs[0]) for one in events.finished() if one.logprobs is not None} == {0.75}


def test_a_killed_engine_fails_what_was_in_flight_and_serves_the_next_request(make: Make, tmp_path: Path) -> None:
    sampler = make("slow")
    sampler.open(expected(0.0))
    sampler.update(1, weights(tmp_path, 0.5), expected(0.5))
    _, events = submit(sampler)
    assert sampler.pid is not None
    os.kill(sampler.pid, signal.SIGKILL)
    error = events.done().error
    assert error is not None
    assert (error.code, error.reason) == (BackendErrorCode.UNAVAILABLE, "SAMPLER_DIED")
    assert [one.reason for one in events.finished()] == [FinishReason.ERROR] * 2
    request, later = submit(sampler, seeds=(3,))  # waits for the new process
    request.cancel()
    assert later.done().error is None
    assert [one.reason for one in later.finished()] == [FinishReason.ABORTED]


def test_after_too_many_deaths_it_says_so(make: Make) -> None:
    sampler = make("slow", restarts=0)
    sampler.open(expected(0.0))
    _, events = submit(sampler)
    assert sampler.pid is not None
    os.kill(sampler.pid, signal.SIGKILL)
    assert events.done().error is not None
    with pytest.raises(BackendError) as gone:
        submit(sampler)
    assert (gone.value.code, gone.value.reason) == (BackendErrorCode.UNAVAILABLE, "SAMPLER_DIED")


def test_an_engine_that_does_not_start_says_why(make: Make) -> None:
    with pytest.raises(BackendError, match="no weights here") as failed:
        make("mute").open(expected(0.0))
    assert (failed.value.code, failed.value.reason) == (BackendErrorCode.UNAVAILABLE, "SAMPLER_NOT_STARTED")


def test_a_missing_interpreter_names_the_variable(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = make("good")
    monkeypatch.setenv(INTERPRETER_VARIABLE, "/nowhere/python")
    with pytest.raises(BackendError) as failed:
        sampler.open(expected(0.0))
    assert INTERPRETER_VARIABLE in failed.value.hint


def test_cancelling_one_prompt_leaves_the_other(make: Make) -> None:
    sampler = make("slow")
    sampler.open(expected(0.0))
    request, events = submit(sampler, prompts=2)
    request.cancel(1)
    deadline = time.monotonic() + 10
    while len(events.finished()) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert {(one.prompt_index, one.reason) for one in events.finished()} == {(1, FinishReason.ABORTED)}
    request.cancel()
    assert events.done().error is None


def test_a_refused_sample_is_an_error_of_its_request_alone(make: Make) -> None:
    sampler = make("good")
    sampler.open(expected(0.0))
    _, bad = submit(sampler, seeds=(666,))
    _, good = submit(sampler)
    error = bad.done().error
    assert error is not None
    assert error.code is BackendErrorCode.INVALID
    assert good.done().error is None


def test_closing_ends_the_process(make: Make) -> None:
    sampler = make("good")
    sampler.open(expected(0.0))
    pid = sampler.pid
    assert pid is not None
    sampler.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
