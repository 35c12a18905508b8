"""Requests done twice, controllers not fenced off, calls not looked at."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from mutants.registry import mutant
from spice_trainer.server.session.lease import EpochCounter, Session, Sessions
from spice_trainer.server.session.operations import OperationStore
from spice_trainer.server.session.sequencer import Sequencer
from spice_trainer.server.wire import assembly, errors, handlers, unknown
from spice_trainer.server.wire.handlers import Gate


@mutant("idempotency.resend")
def repeats_on_resend() -> None:
    """A request that is sent again is done again."""

    async def turn(self: Any, header: Any) -> None:
        return None

    OperationStore.find = lambda self, session_id, client_seq, payload_digest: None
    Sequencer._turn = turn
    Sequencer._compare_step = lambda self, header: None


@mutant("idempotency.conflict")
def accepts_other_payload() -> None:
    """The stored operation answers whatever the payload is."""
    OperationStore.find = lambda self, session_id, client_seq, payload_digest: self._by_seq.get(
        (session_id, client_seq)
    )


@mutant("idempotency.expected_step")
def ignores_expected_step() -> None:
    """expected_step is not compared."""
    Sequencer._compare_step = lambda self, header: None


@mutant("idempotency.failed")
def forgets_failures() -> None:
    """A failed operation is forgotten, so that a resend is done again."""
    true = OperationStore.find

    def wrong(self: Any, session_id: str, client_seq: int, payload_digest: bytes) -> Any:
        found = true(self, session_id, client_seq, payload_digest)
        return None if found is not None and found.state == "failed" else found

    OperationStore.find = wrong


@mutant("protocol.sequence_gap")
def ignores_gaps() -> None:
    """Any client_seq above the last one is next."""

    async def turn(self: Any, header: Any) -> Any:
        return self.replay(header)

    Sequencer._turn = turn


@mutant("leases.no_lease_no_step")
def ignores_lost_lease() -> None:
    """Steps are taken without a live lease."""
    Session.require_lease = Session.require_current


@mutant("leases.stale_epoch")
def accepts_stale_epoch() -> None:
    """The epoch of a request is not compared."""

    def check(self: Any, session_id: str, epoch: int) -> Any:
        session = self.get(session_id)
        session.require_current()
        return session

    Sessions.check = check


@mutant("leases.take_over")
def never_raises_epoch() -> None:
    """Every session has epoch 1."""
    EpochCounter.next = lambda self: 1


@mutant("leases.take_over")
def fences_nobody() -> None:
    """A displaced session goes on."""
    Session.end = lambda self, why: None


@mutant("leases.busy")
def lets_anybody_in() -> None:
    """Every Open takes the trainer over."""
    true = Sessions.open
    Sessions.open = lambda self, key, client, ttl, take_over: true(self, key, client, ttl, take_over=True)


@mutant("protocol.deadline")
def needs_no_deadline() -> None:
    """Calls without a deadline are taken."""
    true = Gate.__init__

    def wrong(self: Any, token: Any, deadline: bool) -> None:
        true(self, token, deadline=False)

    Gate.__init__ = wrong


@mutant("protocol.token")
def needs_no_token() -> None:
    """Any token opens the door."""
    true = Gate.__init__

    def wrong(self: Any, token: Any, deadline: bool) -> None:
        true(self, None, deadline=deadline)

    Gate.__init__ = wrong


@mutant("protocol.unknown_field")
def ignores_unknown_fields() -> None:
    """Fields of a newer client are skipped in silence."""
    unknown.refuse = lambda message: None


@mutant("protocol.error_details")
def explains_nothing() -> None:
    """Errors carry a status code and nothing else."""

    async def abort(context: Any, error: Any) -> None:
        await context.abort(error.code, error.message)

    errors.abort = abort
    handlers.errors.abort = abort


@mutant("batches.malformed")
def accepts_nan() -> None:
    """NaN and infinities in columns are not looked for."""
    harmless = SimpleNamespace(prod=np.prod, int64=np.int64, isfinite=lambda data: np.ones(len(data), dtype=bool))
    assembly.np = harmless


@mutant("batches.digest")
def checks_no_digest() -> None:
    """The batch digest is not verified."""
    true = assembly.Assembly.finish

    def wrong(self: Any, end: Any) -> Any:
        columns = {number: self._column(number, one) for number, one in self._declared.items()}
        end.digest = assembly.columns.digest(columns)
        return true(self, end)

    assembly.Assembly.finish = wrong
