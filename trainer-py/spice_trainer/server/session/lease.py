"""Sessions: one controller at a time, with a lease and an epoch (session.proto)."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import grpc

from spice_trainer.server.wire.errors import ServiceError, not_found, precondition

Clock = Callable[[], float]


class Session:
    """The control of the trainer by one controller. `require_*` may be called from any thread."""

    def __init__(self, key: str, client: str, epoch: int, ttl: float, clock: Clock) -> None:
        self.id = f"s-{secrets.token_hex(8)}"
        self.key = key
        self.client = client
        self.epoch = epoch
        self.ttl = ttl
        self.last_seq = 0
        """Highest client_seq accepted."""
        self.open_operation = ""
        self.advanced = asyncio.Event()
        """Set and replaced whenever `last_seq` increases or the session ends."""
        self.ended = ""
        """Reason of the end of the session; empty while the session is open."""
        self._clock = clock
        self._expires = clock() + ttl

    @property
    def remaining(self) -> float:
        """Returns the seconds until the lease ends; 0 after the end of the lease or of the
        session."""
        return 0.0 if self.ended else max(0.0, self._expires - self._clock())

    def renew(self) -> None:
        """Restarts the lease. An expired lease that no other controller took may be renewed,
        because nothing has changed since."""
        self._expires = self._clock() + self.ttl

    def advance(self) -> None:
        """Notifies all coroutines that wait for a turn."""
        self.advanced.set()
        self.advanced = asyncio.Event()

    def end(self, why: str) -> None:
        """Ends the session. Later calls are refused."""
        self.ended = why
        self.advance()

    def require_current(self) -> None:
        """Raises an error unless this session controls the trainer."""
        if self.ended:
            raise precondition(
                "EPOCH_STALE",
                f"session {self.id} is over: {self.ended}",
                "stop; if this controller should go on, open a new session and load a checkpoint",
                epoch=str(self.epoch),
            )

    def require_lease(self) -> None:
        """Raises an error unless this session controls the trainer and its lease is valid."""
        self.require_current()
        if self.remaining <= 0:
            raise precondition(
                "LEASE_EXPIRED",
                f"the lease of session {self.id} ran out; no heartbeat came for {self.ttl:g} s",
                "send Heartbeat, then the request again",
            )


class EpochCounter:
    """Epochs: a number that increases with every session. With a file for it, restarts do not use a
    number again."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._value = 0
        if path is not None and path.exists():
            text = path.read_text().strip()
            self._value = int(text) if text.isdigit() else 0

    def next(self) -> int:
        """Returns the next epoch, after writing it to disk."""
        self._value += 1
        if self._path is not None:
            temporary = self._path.with_name(f"{self._path.name}.{os.getpid()}")
            with temporary.open("w") as file:
                file.write(f"{self._value}\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self._path)
        return self._value


class Sessions:
    """The current session, and the list of older sessions."""

    def __init__(self, epochs: EpochCounter, clock: Clock = time.monotonic) -> None:
        self._epochs = epochs
        self._clock = clock
        self._known: dict[str, Session] = {}
        self.current: Session | None = None

    def open(self, key: str, client: str, ttl: float, *, take_over: bool) -> tuple[Session, Session | None]:
        """Returns the session for `key`, and the session that it replaced. The same key returns the
        open session unchanged. Raises FAILED_PRECONDITION (SESSION_BUSY) while another lease is
        valid and `take_over` is not set."""
        displaced = self.current
        if displaced is not None and displaced.key == key:
            displaced.renew()
            return displaced, None
        if displaced is not None and displaced.remaining > 0 and not take_over:
            raise ServiceError(
                grpc.StatusCode.FAILED_PRECONDITION,
                "SESSION_BUSY",
                f"the trainer is held by {displaced.client or displaced.id} for another {displaced.remaining:.0f} s",
                "stop that run, wait for its lease to end, or set take_over",
                retryable=True,
                retry_after=displaced.remaining,
            )
        if displaced is not None:
            displaced.end("another controller took the trainer")
        session = Session(key, client, self._epochs.next(), ttl, self._clock)
        self._known[session.id] = self.current = session
        while len(self._known) > 64:
            self._known.pop(next(iter(self._known)))
        return session, displaced

    def get(self, session_id: str) -> Session:
        """Returns an open or ended session by id. Raises NOT_FOUND (SESSION_UNKNOWN)."""
        session = self._known.get(session_id)
        if session is None:
            raise not_found(
                "SESSION_UNKNOWN",
                f"this trainer knows no session {session_id or '(empty)'}",
                "it was restarted or the session is long over: open a new session and load a checkpoint",
            )
        return session

    def check(self, session_id: str, epoch: int) -> Session:
        """Returns the session if it controls the trainer under this epoch. Raises SESSION_UNKNOWN
        or EPOCH_STALE."""
        session = self.get(session_id)
        session.require_current()
        if session.epoch != epoch:
            raise precondition(
                "EPOCH_STALE",
                f"session {session_id} has epoch {session.epoch}, the request says {epoch}",
                "use the epoch of OpenResponse",
                expected=str(session.epoch),
                actual=str(epoch),
            )
        return session

    def close(self, session: Session) -> None:
        """Ends a session."""
        session.end("it was closed")
        if self.current is session:
            self.current = None
