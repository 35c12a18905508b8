"""The accumulator: filled, used, emptied (training.proto, ACCUMULATOR)."""

from __future__ import annotations

from spice_conformance.batch import Batch, Row
from spice_conformance.check import check
from spice_conformance.client import CallError
from spice_conformance.gradient import Part, norm
from spice_conformance.messages import cross_entropy, declare, stream
from spice_conformance.subject import CALL_SECONDS, Subject
from spice_conformance.verdict import expect, inconclusive
from spice_trainer.server.wire import pb


@check("gradients.accumulate")
def accumulate(subject: Subject) -> str:
    """training.proto, ACCUMULATOR: ForwardBackward adds, OptimStep uses and empties: twice the same
    batch is twice its gradient, and the next one starts from nothing."""
    part = Part(subject.batch(), subject.reinforce(), 4.0)
    one, two, again = norm(subject, [part]), norm(subject, [part, part]), norm(subject, [part])
    expect(abs(two / one - 2) < 0.01, f"two batches have {two / one:.4f} times the norm of one")
    expect(abs(again / one - 1) < 0.01, f"after an update the same batch has {again / one:.4f} times its norm")
    return f"twice the batch, {two / one:.4f} times the norm"


@check("gradients.discard")
def discard(subject: Subject) -> str:
    """training.proto, DiscardGradients: empties the accumulator."""
    subject.need("TrainingService/DiscardGradients")
    part = Part(subject.batch(), subject.reinforce(), 4.0)
    clean = norm(subject, [part])
    subject.accumulate(subject.supervised())
    expect(subject.describe().has_gradients, "Describe does not tell of accumulated gradients")
    subject.discard()
    expect(not subject.describe().has_gradients, "Describe tells of gradients after DiscardGradients")
    subject.refused("OptimStep after a discard", lambda: subject.update(0.0), "FAILED_PRECONDITION", "NO_GRADIENTS")
    after = norm(subject, [part])
    expect(
        abs(after / clean - 1) < 0.01, f"a discarded batch still counts: the norm is {after / clean:.3f} times as large"
    )
    return "a discarded gradient leaves nothing behind"


@check("gradients.none")
def none(subject: Subject) -> str:
    """training.proto, OptimStep: an empty accumulator is FAILED_PRECONDITION, reason
    NO_GRADIENTS."""
    subject.need("TrainingService/OptimStep")
    subject.refused("OptimStep first thing", lambda: subject.update(0.0), "FAILED_PRECONDITION", "NO_GRADIENTS")
    expect(subject.describe().step == subject.step, "a step was counted")
    return "no gradient, no step"


@check("gradients.train_step")
def train_step(subject: Subject) -> str:
    """training.proto, ACCUMULATOR: TrainStep needs an empty accumulator (reason
    ACCUMULATOR_NOT_EMPTY) and leaves it empty; so does Save."""
    subject.accumulate(subject.supervised())
    subject.refused(
        "TrainStep on gradients",
        lambda: subject.train(subject.supervised()),
        "FAILED_PRECONDITION",
        "ACCUMULATOR_NOT_EMPTY",
    )
    if subject.can("CheckpointService/Save"):
        request = pb.SaveRequest(header=subject.client.header(), path="conformance-never")
        subject.refused(
            "Save on gradients",
            lambda: subject.client.simple("CheckpointService/Save", request),
            "FAILED_PRECONDITION",
            "ACCUMULATOR_NOT_EMPTY",
        )
    subject.discard()
    subject.train(subject.supervised())
    expect(not subject.describe().has_gradients, "TrainStep left gradients behind")
    return "TrainStep and Save refuse, and TrainStep leaves nothing"


@check("gradients.stopped")
def stopped(subject: Subject) -> str:
    """common.proto, budget_seconds, and operations.proto, Cancel: training that runs out of its
    budget fails with DEADLINE_EXCEEDED, and neither a step nor a gradient of it remains."""
    before = subject.publish().digest
    work = _long_batch(subject)
    columns = work.columns()
    header = subject.client.header(expected_step=subject.step, budget_seconds=1e-3)
    messages = subject.client.train_messages(columns, subject.step, header=header, loss=cross_entropy())
    operation = subject.client.call("TrainingService/TrainStep", messages, CALL_SECONDS).operation
    done, error = _end(subject, operation)
    state = subject.describe()
    if done is not None:
        expect(state.step == subject.step + 1, "the operation succeeded and counted no step")
        _expect_questions(subject, work, done, done.train_step.forward_backward)
        raise inconclusive(f"{work.tokens} tokens were trained within a millisecond")
    assert error is not None
    if error.exception:
        raise error
    expect(error.code == "DEADLINE_EXCEEDED", f"the operation ended with {error.code}")
    expect(state.step == subject.step, "a stopped TrainStep counted a step")
    expect(not state.has_gradients and not state.poisoned, "a stopped TrainStep left gradients")
    expect(subject.publish().digest == before, "a stopped TrainStep moved weights")
    subject.train(subject.supervised())
    return "out of budget: no step, no gradient, and the next step works"


@check("gradients.cancelled")
def cancelled(subject: Subject) -> str:
    """operations.proto, Cancel: queued work stops at once, training between micro-batches; its
    gradients are discarded."""
    work = _long_batch(subject)
    columns = work.columns()
    running: list[pb.Operation] = []
    for _ in range(2):
        start = pb.ForwardBackwardStart(
            header=subject.client.header(),
            columns=[declare(name, column) for name, column in columns.items()],
            loss=cross_entropy(),
            normalizer=1.0,
        )
        messages = stream(pb.ForwardBackwardRequest, start, columns)
        # Not waited for to its end: the answer comes within about two seconds, or when the work is
        # done.
        running.append(subject.client.call("TrainingService/ForwardBackward", messages, CALL_SECONDS).operation)
    last = running[-1]
    told = subject.client.call("OperationsService/Cancel", pb.CancelRequest(operation_id=last.operation_id)).operation
    done, error = _end(subject, told)
    again = subject.client.call("OperationsService/Cancel", pb.CancelRequest(operation_id=last.operation_id)).operation
    expect(again.operation_id == last.operation_id, "Cancel is not idempotent")
    # The first operation was not cancelled. It shows whether a trainer asks at all.
    first, failed = _end(subject, running[0])
    if failed is not None and failed.exception:
        raise failed
    for one in (first, done):
        if one is not None:
            _expect_questions(subject, work, one, one.forward_backward)
    if error is None:
        subject.discard()
        raise inconclusive("the work was finished before the cancellation came" + _asked(first))
    expect(error.code == "CANCELLED", f"the operation ended with {error.code}")
    subject.discard()
    subject.train(subject.supervised())
    return "stopped on request, and the next step works"


def _long_batch(subject: Subject) -> Batch:
    """A batch that takes a while, and that no trainer can hold in one micro-batch of usual size."""
    word = subject.words[0]
    return Batch(subject.prompts[:2], tuple(Row(index % 2, word * 40) for index in range(400)))


def _end(subject: Subject, operation: pb.Operation) -> tuple[pb.Operation | None, CallError | None]:
    """Waits for an operation. Returns it when it succeeded, or its error."""
    try:
        return subject.client.settle(operation), None
    except CallError as error:
        return None, error


def _expect_questions(subject: Subject, work: Batch, done: pb.Operation, result: pb.ForwardBackwardResult) -> None:
    """Fails when a trainer worked in several parts and never asked whether it must stop. Trainers
    that count no questions, and one-part work, prove nothing."""
    if not done.HasField("stop_questions") or done.stop_questions > 0:
        return
    size = sum(len(work.prompts[row.prompt]) + len(row.ids) for row in work.rows)
    limit = subject.capabilities.training.max_tokens_per_microbatch
    parts = max(result.microbatches, -(-size // limit))
    expect(
        parts <= 1,
        f"progress.cancelled() was never asked in {parts} micro-batches of {len(work.rows)} sequences: "
        "such work cannot be stopped",
    )


def _asked(done: pb.Operation | None) -> str:
    if done is None or not done.HasField("stop_questions"):
        return ""
    if done.stop_questions == 0:
        return "; the trainer worked in one micro-batch and never asked progress.cancelled()"
    return f"; the trainer asked progress.cancelled() {done.stop_questions} times"
