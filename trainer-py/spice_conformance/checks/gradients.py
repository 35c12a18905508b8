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
    """training.proto, ACCUMULATOR: ForwardBackward adds, OptimStep uses and empties: twice the same batch is twice its
    gradient, and the next one starts from nothing."""
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
    """training.proto, OptimStep: an empty accumulator is FAILED_PRECONDITION, reason NO_GRADIENTS."""
    subject.need("TrainingService/OptimStep")
    subject.refused("OptimStep first thing", lambda: subject.update(0.0), "FAILED_PRECONDITION", "NO_GRADIENTS")
    expect(subject.describe().step == subject.step, "a step was counted")
    return "no gradient, no step"


@check("gradients.train_step")
def train_step(subject: Subject) -> str:
    """training.proto, ACCUMULATOR: TrainStep needs an empty accumulator (reason ACCUMULATOR_NOT_EMPTY) and leaves it
    empty; so does Save."""
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
    """common.proto, budget_seconds, and operations.proto, Cancel: training that runs out of its budget fails with
    DEADLINE_EXCEEDED, and neither a step nor a gradient of it remains."""
    before = subject.publish().digest
    word = subject.words[0]
    rows = tuple(Row(index % 2, word * 40) for index in range(400))
    columns = Batch(subject.prompts[:2], rows).columns()
    header = subject.client.header(expected_step=subject.step, budget_seconds=1e-3)
    messages = subject.client.train_messages(columns, subject.step, header=header, loss=cross_entropy())
    operation = subject.client.call("TrainingService/TrainStep", messages, CALL_SECONDS).operation
    error = _failure(subject, operation)
    state = subject.describe()
    if error is None:
        expect(state.step == subject.step + 1, "the operation succeeded and counted no step")
        raise inconclusive("64,000 tokens were trained within a millisecond")
    expect(error.code == "DEADLINE_EXCEEDED", f"the operation ended with {error.code}")
    expect(state.step == subject.step, "a stopped TrainStep counted a step")
    expect(not state.has_gradients and not state.poisoned, "a stopped TrainStep left gradients")
    expect(subject.publish().digest == before, "a stopped TrainStep moved weights")
    subject.train(subject.supervised())
    return "out of budget: no step, no gradient, and the next step works"


@check("gradients.cancelled")
def cancelled(subject: Subject) -> str:
    """operations.proto, Cancel: queued work stops at once, training between micro-batches; its gradients are discarded."""
    word = subject.words[0]
    rows = tuple(Row(index % 2, word * 40) for index in range(400))
    columns = Batch(subject.prompts[:2], rows).columns()
    running: list[pb.Operation] = []
    for _ in range(2):
        start = pb.ForwardBackwardStart(
            header=subject.client.header(),
            columns=[declare(name, column) for name, column in columns.items()],
            loss=cross_entropy(),
            normalizer=1.0,
        )
        messages = stream(pb.ForwardBackwardRequest, start, columns)
        # Not waited for to its end: the answer comes within about two seconds, or when the work is done.
        running.append(subject.client.call("TrainingService/ForwardBackward", messages, CALL_SECONDS).operation)
    last = running[-1]
    told = subject.client.call("OperationsService/Cancel", pb.CancelRequest(operation_id=last.operation_id)).operation
    error = _failure(subject, told)
    again = subject.client.call("OperationsService/Cancel", pb.CancelRequest(operation_id=last.operation_id)).operation
    expect(again.operation_id == last.operation_id, "Cancel is not idempotent")
    if error is None:
        subject.discard()
        raise inconclusive("the work was finished before the cancellation came")
    expect(error.code == "CANCELLED", f"the operation ended with {error.code}")
    subject.discard()
    subject.train(subject.supervised())
    return "stopped on request, and the next step works"


def _failure(subject: Subject, operation: pb.Operation) -> CallError | None:
    """The error of an operation, None when it succeeded."""
    try:
        subject.client.settle(operation)
    except CallError as error:
        return error
    return None
