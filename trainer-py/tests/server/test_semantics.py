"""Order, idempotency, fencing, compare-and-swap, lease, accumulator rules."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from spice_conformance.client import Client
from spice_conformance.messages import declare, make_batch, policy_gradient, stream
from spice_trainer.server.session import operations, sequencer
from spice_trainer.server.session.operations import Operation, OperationStore
from spice_trainer.server.session.progress import JobProgress
from spice_trainer.server.session.sequencer import Sequencer
from spice_trainer.server.wire import pb
from tests.server.harness import BATCH, Trainer, refused

OPTIM = pb.OptimSpec(learning_rate=0.1, beta1=0.9, beta2=0.95, epsilon=1e-8)


def forward_backward(client: Client, **fields: object) -> object:
    start = pb.ForwardBackwardStart(
        header=fields.get("header") or client.header(),
        columns=[declare(name, column) for name, column in BATCH.items()],
        loss=policy_gradient(),
        normalizer=1.0,
    )
    response = client.call("TrainingService/ForwardBackward", stream(pb.ForwardBackwardRequest, start, BATCH))
    return client.settle(response.operation)


def describe(client: Client) -> object:
    return client.call("SessionService/Describe", pb.SessionServiceDescribeRequest(session_id=client.session_id))


def test_repeat_is_replayed_and_steps_once(client: Client) -> None:
    header = client.header(expected_step=0)
    first = client.call("TrainingService/TrainStep", client.train_messages(BATCH, 0, header=header)).operation
    again = client.call("TrainingService/TrainStep", client.train_messages(BATCH, 0, header=header)).operation
    client.settle(first)
    assert again.operation_id == first.operation_id
    assert describe(client).step == 1


def test_concurrent_duplicates_step_once(client: Client) -> None:
    header = client.header(expected_step=0)
    seen: list[str] = []

    def send() -> None:
        response = client.call("TrainingService/TrainStep", client.train_messages(BATCH, 0, header=header))
        seen.append(client.settle(response.operation).operation_id)

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 6
    assert len(set(seen)) == 1
    assert describe(client).step == 1


def test_same_number_other_payload_conflicts(client: Client) -> None:
    client.train_step(BATCH, 0, header=client.header(b"one", expected_step=0, client_seq=1))
    other = client.header(b"two", expected_step=1, client_seq=1)
    assert refused(lambda: client.train_step(BATCH, 1, header=other)) == ("ALREADY_EXISTS", "SEQUENCE_REUSED")


def test_refused_request_keeps_its_number(client: Client) -> None:
    bad = client.header(expected_step=0, client_seq=1)
    assert refused(lambda: client.train_step(BATCH, 0, header=bad, normalizer=0.0))[1] == "NORMALIZER"
    client.train_step(BATCH, 0, header=client.header(expected_step=0, client_seq=1))


def test_expected_step_is_compared(client: Client) -> None:
    client.train_step(BATCH, 0)
    assert refused(lambda: client.train_step(BATCH, 0)) == ("FAILED_PRECONDITION", "STEP_MISMATCH")
    no_step = client.header()
    assert refused(lambda: client.train_step(BATCH, 0, header=no_step))[1] == "EXPECTED_STEP_MISSING"
    assert describe(client).step == 1


def test_gap_waits_then_runs_in_order(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    arrived = threading.Event()
    turn = Sequencer._turn

    async def watched(self: Sequencer, header: pb.Header) -> Operation | None:
        if header.client_seq == 2:
            arrived.set()
        return await turn(self, header)

    def late() -> None:
        client.train_step(BATCH, 1, header=client.header(expected_step=1, client_seq=2))
        done.append(2)

    monkeypatch.setattr(Sequencer, "_turn", watched)
    thread = threading.Thread(target=late)
    thread.start()
    assert arrived.wait(10)
    # The server answers this after it has looked at number 2, and number 2 was not accepted.
    assert describe(client).last_client_seq == 0
    client.train_step(BATCH, 0, header=client.header(expected_step=0, client_seq=1))
    thread.join(10)
    assert done == [2]
    assert describe(client).step == 2


def test_gap_is_aborted(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencer, "GAP_SECONDS", 0.2)
    header = client.header(expected_step=0, client_seq=3)
    assert refused(lambda: client.train_step(BATCH, 0, header=header)) == ("ABORTED", "SEQUENCE_GAP")


def test_wrong_epoch_and_unknown_session(client: Client) -> None:
    stale = client.header(epoch=client.epoch - 1, client_seq=1, expected_step=0)
    assert refused(lambda: client.train_step(BATCH, 0, header=stale)) == ("FAILED_PRECONDITION", "EPOCH_STALE")
    client.session_id = "s-nobody"
    assert refused(lambda: client.sample(["p"])) == ("NOT_FOUND", "SESSION_UNKNOWN")


def test_second_controller_waits_for_the_lease(client: Client, connect: Callable[..., Client]) -> None:
    other = connect()
    assert refused(lambda: other.open('{"script": "none"}')) == ("FAILED_PRECONDITION", "SESSION_BUSY")
    forward_backward(client)
    other.open('{"script": "none"}', take_over=True)
    assert other.epoch == client.epoch + 1
    assert refused(lambda: client.train_step(BATCH, 0)) == ("FAILED_PRECONDITION", "EPOCH_STALE")
    assert not describe(other).has_gradients
    other.train_step(BATCH, 0)


def test_open_again_with_the_same_key_is_the_same_session(connect: Callable[..., Client]) -> None:
    one, two = connect(), connect()
    one.open(open_key="k")
    two.open(open_key="k")
    assert (one.session_id, one.epoch) == (two.session_id, two.epoch)


def test_other_model_needs_another_process(client: Client, connect: Callable[..., Client]) -> None:
    client.call("SessionService/Close", pb.CloseRequest(session_id=client.session_id, epoch=client.epoch))
    assert refused(lambda: connect().open('{"script": "plausible"}'))[1] == "MODEL_ALREADY_LOADED"
    connect().open('{"script": "none"}')


def test_no_lease_no_step(trainer: Trainer, client: Client) -> None:
    session = trainer.runtime.sessions.current
    assert session is not None
    session.ttl = 0.0
    session.renew()
    assert refused(lambda: client.train_step(BATCH, 0)) == ("FAILED_PRECONDITION", "LEASE_EXPIRED")
    session.ttl = 30.0
    client.call("SessionService/Heartbeat", pb.HeartbeatRequest(session_id=client.session_id, epoch=client.epoch))
    client.train_step(BATCH, 0, header=client.header(expected_step=0, client_seq=1))


def test_lease_that_ends_during_the_gradient_stops_the_step(connect: Callable[..., Client]) -> None:
    client = connect()
    client.open('{"script": "none", "sequence_seconds": 0.8}', lease_seconds=2)
    time.sleep(1.5)
    assert refused(lambda: client.train_step(BATCH, 0)) == ("FAILED_PRECONDITION", "LEASE_EXPIRED")
    beat = pb.HeartbeatRequest(session_id=client.session_id, epoch=client.epoch)
    assert client.call("SessionService/Heartbeat", beat).step == 0
    assert not describe(client).has_gradients


def test_heartbeat_answers_during_training(connect: Callable[..., Client]) -> None:
    client = connect()
    client.open('{"script": "none", "sequence_seconds": 3}')
    operation = client.call("TrainingService/TrainStep", client.train_messages(BATCH, 0)).operation
    assert operation.state == pb.enum_number("OperationState", "running")
    began = time.monotonic()
    beat = pb.HeartbeatRequest(session_id=client.session_id, epoch=client.epoch)
    assert client.call("SessionService/Heartbeat", beat).active_operations == [operation.operation_id]
    assert time.monotonic() - began < 0.5
    assert client.settle(operation).train_step.optim_step.step == 1


def test_accumulator_rules(client: Client) -> None:
    def optim_step() -> object:
        header = client.header(expected_step=0)
        return client.simple("TrainingService/OptimStep", pb.OptimStepRequest(header=header, optim=OPTIM))

    assert refused(optim_step)[1] == "NO_GRADIENTS"
    forward_backward(client)
    assert refused(lambda: client.train_step(BATCH, 0))[1] == "ACCUMULATOR_NOT_EMPTY"
    save = pb.SaveRequest(header=client.header(), path="x")
    assert refused(lambda: client.simple("CheckpointService/Save", save))[1] == "ACCUMULATOR_NOT_EMPTY"
    discard = pb.DiscardGradientsRequest(header=client.header())
    client.simple("TrainingService/DiscardGradients", discard)
    assert refused(optim_step)[1] == "NO_GRADIENTS"


def test_failed_gradient_poisons(connect: Callable[..., Client]) -> None:
    client = connect()
    client.open('{"script": "none", "fail_at": {"forward_backward": 1}}')
    assert refused(lambda: forward_backward(client)) == ("UNAVAILABLE", "FAULT_INJECTED")
    assert refused(lambda: forward_backward(client)) == ("FAILED_PRECONDITION", "GRADIENTS_POISONED")
    client.simple("TrainingService/DiscardGradients", pb.DiscardGradientsRequest(header=client.header()))
    forward_backward(client)


def test_non_finite_loss_is_a_flag(connect: Callable[..., Client]) -> None:
    client = connect()
    client.open('{"script": "none", "non_finite_at": 1}')
    result = client.train_step(BATCH, 0)
    assert result.forward_backward.non_finite
    assert result.optim_step.skipped
    assert result.optim_step.step == 0
    assert client.train_step(BATCH, 0).optim_step.step == 1


def test_cancel_and_budget_stop_training(connect: Callable[..., Client]) -> None:
    client = connect()
    client.open('{"script": "none", "sequence_seconds": 0.4, "microbatch_tokens": 1}')
    batch = make_batch(["a"], [(0, "hello")] * 20)
    operation = client.call("TrainingService/TrainStep", client.train_messages(batch, 0)).operation
    client.call("OperationsService/Cancel", pb.CancelRequest(operation_id=operation.operation_id))
    assert refused(lambda: client.settle(operation))[0] == "CANCELLED"
    header = client.header(expected_step=0, budget_seconds=0.5)
    assert refused(lambda: client.train_step(batch, 0, header=header)) == ("DEADLINE_EXCEEDED", "BUDGET_SPENT")
    state = describe(client)
    assert (state.step, state.has_gradients, state.poisoned) == (0, False, False)


def test_operations_are_listed(client: Client) -> None:
    client.train_step(BATCH, 0, want_logprobs=True)
    request = pb.OperationsServiceListRequest(session_id=client.session_id)
    listed = [one.operation for one in client.call("OperationsService/List", request)]
    assert [one.method.split("/")[1] for one in listed] == ["Open", "TrainStep"]
    assert not listed[1].train_step.forward_backward.HasField("current_logprobs")
    assert refused(lambda: client.call("OperationsService/Get", pb.GetRequest(operation_id="op-x")))[0] == "NOT_FOUND"


def test_epochs_survive_restarts(tmp_path: object) -> None:
    epochs = []
    for _ in range(2):
        running = Trainer(tmp_path)
        client = Client(running.address)
        client.open()
        epochs.append(client.epoch)
        client.channel.close()
        running.stop()
    assert epochs == [1, 2]


def test_lease_that_ends_between_microbatches_stops_there(trainer: Trainer, connect: Callable[..., Client]) -> None:
    client = connect()
    client.open('{"script": "none", "sequence_seconds": 0.2, "microbatch_tokens": 1}')
    batch = make_batch(["a"], [(0, "hello")] * 200)
    operation = client.call("TrainingService/TrainStep", client.train_messages(batch, 0)).operation
    session = trainer.runtime.sessions.current
    assert session is not None
    session.ttl = 0.0
    session.renew()
    assert refused(lambda: client.settle(operation)) == ("FAILED_PRECONDITION", "LEASE_EXPIRED")
    done = client.call("OperationsService/Get", pb.GetRequest(operation_id=operation.operation_id)).operation.progress
    assert 0 < done.done < done.total
    assert not describe(client).has_gradients


def test_cancelled_gradient_on_top_of_others_poisons(connect: Callable[..., Client]) -> None:
    """What was accumulated before is gone with it, so a step from the rest must not be possible."""
    client = connect()
    client.open('{"script": "none", "sequence_seconds": 0.4, "microbatch_tokens": 1}')
    batch = make_batch(["a"], [(0, "hello")] * 20)

    def start() -> object:
        first = pb.ForwardBackwardStart(
            header=client.header(),
            columns=[declare(name, column) for name, column in batch.items()],
            loss=policy_gradient(),
            normalizer=1.0,
        )
        return client.call("TrainingService/ForwardBackward", stream(pb.ForwardBackwardRequest, first, batch)).operation

    def cancelled() -> object:
        operation = start()
        client.call("OperationsService/Cancel", pb.CancelRequest(operation_id=operation.operation_id))
        assert refused(lambda: client.settle(operation))[0] == "CANCELLED"
        return describe(client)

    state = cancelled()
    assert (state.has_gradients, state.poisoned) == (False, False)
    forward_backward(client)
    state = cancelled()
    assert (state.has_gradients, state.poisoned) == (False, True)
    client.simple("TrainingService/DiscardGradients", pb.DiscardGradientsRequest(header=client.header()))
    assert not describe(client).poisoned


def test_queued_work_is_cancelled_at_once(connect: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencer, "INLINE_SECONDS", 0.1)
    client = connect()
    client.open('{"script": "none", "sequence_seconds": 3}')
    running = client.call("TrainingService/TrainStep", client.train_messages(BATCH, 0)).operation
    queued = client.call("TrainingService/TrainStep", client.train_messages(BATCH, 1)).operation
    cancel = pb.CancelRequest(operation_id=queued.operation_id)
    assert client.call("OperationsService/Cancel", cancel).operation.state == pb.enum_number(
        "OperationState", "cancelled"
    )
    assert client.settle(running).train_step.optim_step.step == 1
    assert describe(client).step == 1


def test_errors_of_operations_do_not_ask_to_be_sent_again(connect: Callable[..., Client]) -> None:
    client = connect()
    client.open('{"script": "none", "fail_at": {"publish": 1}}')
    request = pb.PublishRequest(header=client.header(expected_step=0))
    failed = client.call("WeightsService/Publish", request).operation
    info = pb.ErrorInfo.FromString(failed.error.details[0].value)
    assert (info.metadata["retryable"], info.metadata["resubmit"]) == ("true", "false")
    assert client.call("WeightsService/Publish", request).operation.operation_id == failed.operation_id


def stored(store: OperationStore, number: int, at: float) -> Operation:
    operation = Operation("s", number, b"d", "m", JobProgress())
    store.add(operation)
    operation.start()
    operation.succeed("", None)
    operation.finished = at
    return operation


def test_results_are_kept_an_hour_and_the_newest_256_for_ever() -> None:
    now = 0.0
    store = OperationStore(clock=lambda: now)
    for number in range(1, 301):
        stored(store, number, at=0.0)
    assert store.find("s", 1, b"d") is not None
    now = operations.KEEP_SECONDS + 1
    stored(store, 301, at=now)
    kept = [number for number in range(1, 302) if store.find("s", number, b"d") is not None]
    assert kept == list(range(46, 302))
    assert len(kept) == operations.KEEP_COUNT


def test_repeat_of_a_forgotten_result_is_aborted(trainer: Trainer, client: Client) -> None:
    header = client.header(expected_step=0)
    client.train_step(BATCH, 0, header=header)
    trainer.runtime.store._by_seq.clear()
    assert refused(lambda: client.train_step(BATCH, 0, header=header)) == ("ABORTED", "RESULT_EXPIRED")
    assert describe(client).step == 1
