"""Sample requests: every sample once, seeds its own, cancellation, failure."""

from __future__ import annotations

import numpy as np
import pytest

from spice_trainer.api import (
    BackendError,
    BackendErrorCode,
    FinishReason,
    Prompt,
    PromptSpec,
    SampleDone,
    SampleEvent,
    SampleFinished,
    SampleRequest,
    SamplingParams,
)
from spice_trainer.engines.tinker.finish import finish
from spice_trainer.engines.tinker.requests import Dispatcher, Job, fold_seed, round_up
from spice_trainer.engines.tinker.service import Drawn
from spice_trainer.engines.tinker.versions import Slot
from tests.engines.tinker.fake_service import FakeSampler, FakeService

END = 9


class Owner:
    """Counts who let go."""

    def __init__(self) -> None:
        self.let = 0

    def let_go(self, slot: Slot) -> None:
        self.let += 1


def make(
    service: FakeService, n: int = 3, limit: int = 4, max_tokens: int = 3, **params: object
) -> tuple[Dispatcher, Job, list[SampleEvent], Owner]:
    prompts = tuple(np.array([1, 2], dtype=np.int32) for _ in range(2))
    request = SampleRequest(
        tuple(PromptSpec(Prompt(token_ids=ids), tuple(range(10 * at, 10 * at + n))) for at, ids in enumerate(prompts)),
        SamplingParams(max_tokens, **params),  # type: ignore[arg-type]
    )
    events: list[SampleEvent] = []
    owner = Owner()
    model = service.create_model(4, 1)
    slot = Slot(model, FakeSampler(model), "", "", 0)
    job = Job(request, prompts, (END,), 64, 5, slot, events.append, lambda ids: "".join(chr(97 + one) for one in ids))
    return Dispatcher(limit, owner), job, events, owner


def finished(events: list[SampleEvent]) -> dict[tuple[int, int], SampleFinished]:
    return {(one.prompt_index, one.sample_index): one for one in events if isinstance(one, SampleFinished)}


def test_every_sample_is_one_request_with_a_seed_of_its_own() -> None:
    service = FakeService()
    dispatcher, job, events, owner = make(service)
    dispatcher.submit(job)
    assert events[0].kind == "started"
    assert sorted(finished(events)) == [(at, n) for at in range(2) for n in range(3)]
    assert isinstance(events[-1], SampleDone)
    assert events[-1].completion_tokens == sum(len(one.token_ids) for one in finished(events).values())
    assert events[-1].prompt_tokens == 12
    assert len({draw.seed for draw in service.draws}) == 6
    assert owner.let == 6


def test_no_more_than_the_limit_is_on_its_way() -> None:
    service = FakeService(held=[])
    dispatcher, job, events, _ = make(service)
    dispatcher.submit(job)
    assert service.held is not None
    assert len(service.held) == 4
    for _ in range(6):
        service.held.pop(0)()
    assert len(finished(events)) == 6


def test_cancelled_samples_end_at_once_and_what_comes_later_is_not_heard() -> None:
    service = FakeService(held=[])
    dispatcher, job, events, owner = make(service)
    dispatcher.submit(job)
    dispatcher.cancel(job, 1)
    assert service.held is not None
    while service.held:
        service.held.pop(0)()
    got = finished(events)
    assert {key for key, one in got.items() if one.reason is FinishReason.ABORTED} == {(1, 0), (1, 1), (1, 2)}
    assert len([one for one in events if isinstance(one, SampleFinished)]) == 6
    assert isinstance(events[-1], SampleDone)
    assert len(service.draws) == 4
    assert owner.let == 6


def test_a_dead_server_ends_every_job_with_its_error() -> None:
    service = FakeService(held=[])
    dispatcher, job, events, _ = make(service)
    dispatcher.submit(job)
    error = BackendError(BackendErrorCode.UNAVAILABLE, "SERVER_DIED", "gone")
    dispatcher.fail(error)
    assert isinstance(events[-1], SampleDone)
    assert events[-1].error is error
    _, late, more, _ = make(service)
    late.sink = more.append
    dispatcher.submit(late)
    assert isinstance(more[-1], SampleDone)
    assert more[-1].error is error


def test_pause_waits_for_what_is_on_its_way() -> None:
    service = FakeService()
    dispatcher, job, events, _ = make(service)
    dispatcher.pause()
    dispatcher.submit(job)
    assert not finished(events)
    dispatcher.resume()
    assert len(finished(events)) == 6


def test_seeds_fit_into_31_bits_and_neighbours_stay_apart() -> None:
    folded = [fold_seed(seed) for seed in (0, 1, 2, 2**63, 2**64 - 1)]
    assert len(set(folded)) == 5
    assert all(0 <= seed < 2**31 for seed in folded)
    assert min(abs(a - b) for a in folded for b in folded if a != b) > 1000


def test_lengths_are_rounded_up_to_few_values() -> None:
    assert [round_up(tokens) for tokens in (1, 16, 17, 25, 48, 49, 100, 600)] == [16, 16, 24, 32, 48, 64, 128, 768]


@pytest.mark.parametrize(
    ("ids", "params", "room", "tokens", "text", "reason"),
    [
        ([1, 2, 3, 4], SamplingParams(3), 9, 3, "bcd", FinishReason.LENGTH),
        ([1, END, 3], SamplingParams(3), 9, 2, "bj", FinishReason.STOP_TOKEN),
        ([1, 2, 3, END], SamplingParams(3), 9, 3, "bcd", FinishReason.LENGTH),
        ([1, 2, 3], SamplingParams(8), 3, 3, "bcd", FinishReason.CONTEXT),
        ([1, 2, 3, 4, 5], SamplingParams(5, stop_strings=("zz", "de")), 9, 4, "bc", FinishReason.STOP_STRING),
    ],
)
def test_samples_are_cut_where_the_contract_ends_them(
    ids: list[int], params: SamplingParams, room: int, tokens: int, text: str, reason: FinishReason
) -> None:
    drawn = Drawn(np.array(ids, dtype=np.int32), np.zeros(len(ids), dtype=np.float32))
    end = finish(drawn, params, (END,), room, lambda some: "".join(chr(97 + one) for one in some))
    assert (end.tokens, end.text, end.reason) == (tokens, text, reason)
