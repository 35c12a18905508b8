"""Leases, fencing, epochs: one controller at a time (session.proto)."""

from __future__ import annotations

import time
from typing import Unpack

from spice_conformance.check import check
from spice_conformance.client import Client
from spice_conformance.messages import cross_entropy
from spice_conformance.subject import Subject, optim
from spice_conformance.verdict import expect
from spice_trainer.server.wire import pb


def _step(subject: Subject, client: Client, **header: Unpack[pb.HeaderFields]) -> pb.TrainStepResult:
    fields: pb.HeaderFields = {"expected_step": subject.step, **header}
    return client.train_step(
        subject.supervised().columns(),
        subject.step,
        header=client.header(**fields),
        loss=cross_entropy(),
        optim=optim(subject.rate),
    )


@check("leases.busy")
def busy(subject: Subject) -> str:
    """session.proto, Open: FAILED_PRECONDITION, reason SESSION_BUSY, while another session's lease is live."""
    subject.refused("a second controller", subject.rival, "FAILED_PRECONDITION", "SESSION_BUSY")
    subject.train(subject.supervised())
    return "a second controller is kept out, and the first goes on"


@check("leases.take_over")
def take_over(subject: Subject) -> str:
    """session.proto, FENCING: `epoch` rises with every Open; after take_over the older session's calls fail with
    EPOCH_STALE or SESSION_UNKNOWN, and accumulated gradients are discarded."""
    if subject.can("TrainingService/ForwardBackward"):
        subject.accumulate(subject.supervised())
    rival = subject.rival(take_over=True)
    expect(rival.epoch > subject.client.epoch, f"epoch went from {subject.client.epoch} to {rival.epoch}")
    expect(not subject.describe(rival).has_gradients, "the older session's gradients are still accumulated")
    for what, action in (
        ("a step of the older session", lambda: _step(subject, subject.client)),
        ("sampling of the older session", lambda: subject.sample(max_tokens=1)),
    ):
        error = subject.refused(what, action, "FAILED_PRECONDITION")
        expect(error.reason == "EPOCH_STALE", f"{what}: reason {error.reason}")
    expect(subject.describe(rival).step == subject.step, "the older session moved the step counter")
    subject.step = _step(subject, rival).optim_step.step
    return "the older controller is fenced off, the new one trains"


@check("leases.stale_epoch")
def stale_epoch(subject: Subject) -> str:
    """common.proto, Header.epoch: another value than the session's is FAILED_PRECONDITION, reason EPOCH_STALE."""
    client = subject.client
    for wrong in (client.epoch - 1, client.epoch + 1):
        subject.refused(
            f"TrainStep with epoch {wrong}",
            lambda wrong=wrong: _step(subject, client, epoch=wrong, client_seq=1),
            "FAILED_PRECONDITION",
            "EPOCH_STALE",
        )
        beat = pb.HeartbeatRequest(session_id=client.session_id, epoch=wrong)
        subject.refused(
            f"Heartbeat with epoch {wrong}",
            lambda beat=beat: client.call("SessionService/Heartbeat", beat),
            "FAILED_PRECONDITION",
            "EPOCH_STALE",
        )
    expect(subject.describe().step == subject.step, "a stale request took a step")
    return "older and newer epochs are refused"


@check("leases.unknown_session")
def unknown_session(subject: Subject) -> str:
    """session.proto, FENCING: a session that the trainer does not know is NOT_FOUND, reason SESSION_UNKNOWN; closing it is
    no error."""
    beat = pb.HeartbeatRequest(session_id="s-nobody", epoch=1)
    subject.refused(
        "an unknown session",
        lambda: subject.client.call("SessionService/Heartbeat", beat),
        "NOT_FOUND",
        "SESSION_UNKNOWN",
    )
    subject.client.call("SessionService/Close", pb.CloseRequest(session_id="s-nobody", epoch=1))
    return "unknown sessions are told, and may be closed"


@check("leases.close")
def close(subject: Subject) -> str:
    """session.proto, Close: the session is over, gradients are discarded, the next Open finishes at once and reports the
    step where the weights stand."""
    if subject.can("TrainingService/ForwardBackward"):
        subject.accumulate(subject.supervised())
    client = subject.client
    for _ in range(2):
        client.call("SessionService/Close", pb.CloseRequest(session_id=client.session_id, epoch=client.epoch))
    subject.refused("a step after Close", lambda: _step(subject, client), "FAILED_PRECONDITION")
    rival = subject.rival()
    state = subject.describe(rival)
    expect(state.step == subject.step, f"step {state.step} after Close and Open; it was {subject.step}")
    expect(not state.has_gradients, "gradients outlived the session")
    return "closed twice without complaint; the model and its step stay"


@check("leases.no_lease_no_step", slow=True)
def no_lease_no_step(subject: Subject) -> str:
    """session.proto: without a live lease no optimiser step is taken (FAILED_PRECONDITION, reason LEASE_EXPIRED); an
    expired lease that nobody took is renewed by Heartbeat."""
    client = subject.rival(take_over=True, lease_seconds=2.0)
    time.sleep(2.3)
    expect(subject.describe(client).lease_remaining_seconds == 0, "the lease has not run out")
    subject.refused(
        "a step without a lease", lambda: _step(subject, client, client_seq=1), "FAILED_PRECONDITION", "LEASE_EXPIRED"
    )
    expect(subject.describe(client).step == subject.step, "a step was taken without a lease")
    beat = client.call(
        "SessionService/Heartbeat", pb.HeartbeatRequest(session_id=client.session_id, epoch=client.epoch)
    )
    expect(beat.lease_remaining_seconds > 0 and beat.step == subject.step, "Heartbeat did not renew the lease")
    subject.step = _step(subject, client, client_seq=1).optim_step.step
    return "after 2 s without a heartbeat no step; after a heartbeat it goes on"


@check("leases.expired_is_free", slow=True)
def expired_is_free(subject: Subject) -> str:
    """session.proto, FENCING: when a lease has expired, another Open may take the trainer without take_over."""
    client = subject.rival(take_over=True, lease_seconds=2.0)
    time.sleep(2.3)
    rival = subject.rival()
    expect(rival.epoch > client.epoch, "the epoch did not rise")
    subject.refused(
        "a step of the expired session", lambda: _step(subject, client), "FAILED_PRECONDITION", "EPOCH_STALE"
    )
    return "an expired lease is up for taking, and its holder is fenced off"
