"""A request takes effect exactly once, however often it is sent (common.proto, Header)."""

from __future__ import annotations

import threading

from spice_conformance.check import check
from spice_conformance.client import CallError, Client
from spice_conformance.messages import cross_entropy
from spice_conformance.subject import CALL_SECONDS, Subject, open_with
from spice_conformance.verdict import expect
from spice_trainer.server.wire import pb


def _send(subject: Subject, header: pb.Header) -> pb.Operation:
    messages = subject.client.train_messages(
        subject.supervised().columns(), subject.step, header=header, loss=cross_entropy()
    )
    return subject.client.call("TrainingService/TrainStep", messages, CALL_SECONDS).operation


@check("idempotency.resend")
def resend(subject: Subject) -> str:
    """common.proto, IDEMPOTENCY: the same (session, client_seq, payload_digest) returns the stored operation without
    doing the work again."""
    header = subject.client.header(expected_step=subject.step)
    first = subject.client.settle(_send(subject, header))
    again = subject.client.settle(_send(subject, header))
    steps = subject.describe().step - subject.step
    expect(steps == 1, f"two sendings of one request made {steps} steps")
    expect(again.operation_id == first.operation_id, "the second sending returned another operation")
    expect(again.train_step == first.train_step, "the second sending returned another result")
    return "sent twice, done once, same operation"


@check("idempotency.conflict")
def conflict(subject: Subject) -> str:
    """common.proto, IDEMPOTENCY: another digest under an accepted client_seq is ALREADY_EXISTS with both digests in the
    metadata."""
    one = subject.client.header(b"one", expected_step=subject.step, client_seq=1)
    subject.client.settle(_send(subject, one))
    two = subject.client.header(b"two", expected_step=subject.step + 1, client_seq=1)
    error = subject.refused("another payload under the same number", lambda: _send(subject, two), "ALREADY_EXISTS")
    facts = " ".join(error.info.metadata.values())
    for header in (one, two):
        expect(header.payload_digest.hex() in facts, "the metadata does not hold both digests")
    expect(subject.describe().step == subject.step + 1, "the conflicting request took a step")
    return "the second payload is refused and both digests are named"


@check("idempotency.concurrent")
def concurrent(subject: Subject) -> str:
    """common.proto, IDEMPOTENCY: duplicates that arrive at the same time are one operation."""
    header = subject.client.header(expected_step=subject.step)
    seen: list[str] = []

    def send() -> None:
        try:
            seen.append(subject.client.settle(_send(subject, header)).operation_id)
        except CallError as failed:
            seen.append(str(failed))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect(len(set(seen)) == 1, f"six duplicates became {sorted(set(seen))}")
    steps = subject.describe().step - subject.step
    expect(steps == 1, f"six duplicates made {steps} steps")
    return "six at once are one operation and one step"


@check("idempotency.failed")
def failed(subject: Subject) -> str:
    """common.proto, IDEMPOTENCY: an accepted operation that fails keeps its client_seq; the next request uses the next
    number."""
    header = subject.client.header(expected_step=subject.step + 7, client_seq=1)
    operation = _send(subject, header)
    subject.refused("a wrong expected_step", lambda: subject.client.settle(operation), "FAILED_PRECONDITION")
    expect(_send(subject, header).operation_id == operation.operation_id, "the failed operation was forgotten")
    following = subject.client.header(expected_step=subject.step, client_seq=2)
    subject.client.settle(_send(subject, following))
    return "a failed operation is replayed as failed, and the next number works"


@check("idempotency.expected_step")
def expected_step(subject: Subject) -> str:
    """common.proto, Header.expected_step: another step counter is FAILED_PRECONDITION, reason STEP_MISMATCH; verbs that
    move weights refuse to go without it."""
    for wrong in (subject.step + 1, max(0, subject.step - 1)):
        if wrong == subject.step:
            continue
        header = subject.client.header(expected_step=wrong)
        subject.refused(
            f"expected_step {wrong} at step {subject.step}",
            lambda header=header: subject.client.settle(_send(subject, header)),
            "FAILED_PRECONDITION",
            "STEP_MISMATCH",
        )
    expect(subject.describe().step == subject.step, "a refused step was taken")
    absent = subject.client.header(client_seq=subject.describe().last_client_seq + 1)
    subject.refused("TrainStep without expected_step", lambda: _send(subject, absent), "INVALID_ARGUMENT")
    return "lost and doubled steps are noticed"


@check("idempotency.open")
def open_key(subject: Subject) -> str:
    """session.proto, OpenRequest.open_key: the same key again, while that session lives, returns the same session."""
    key = "conformance-open-key"
    one, two = subject.connect(), subject.connect()
    open_with(one, subject.target, subject.capabilities, open_key=key, take_over=True)
    open_with(two, subject.target, subject.capabilities, open_key=key)
    expect((one.session_id, one.epoch) == (two.session_id, two.epoch), "the second Open made another session")
    listed = [each.operation for each in one.call("OperationsService/List", _list(one))]
    expect(len(listed) == 1, f"the session has {len(listed)} operations after two Opens")
    return "an Open whose answer was lost may be repeated"


def _list(client: Client) -> pb.OperationsServiceListRequest:
    return pb.OperationsServiceListRequest(session_id=client.session_id)
