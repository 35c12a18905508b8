"""Events over a ZeroMQ PUSH socket (events.proto). Sending never blocks and never fails the run."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from spice_trainer.server.redaction import known_secrets, redact
from spice_trainer.server.wire import pb

# ZeroMQ is imported by a bus that has an address: many trainers run without one.
if TYPE_CHECKING:
    import zmq

HIGH_WATER_MARK = 10_000
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_LEVELS: tuple[tuple[int, pb.LogLevelName], ...] = (
    (logging.ERROR, "error"),
    (logging.WARNING, "warn"),
    (logging.INFO, "info"),
)
Event: TypeAlias = "pb.ProgressEvent | pb.MetricsEvent | pb.LogEvent | pb.LifecycleEvent"


class EventBus:
    """Sends events from any thread. Without an address, events are counted and dropped."""

    def __init__(self, address: str | None, instance_id: str) -> None:
        """`address`: the address of a PULL socket, which may be bound later, "tcp://127.0.0.1:PORT"
        or "ipc://PATH". Raises ValueError for another host or scheme, because events are not
        encrypted."""
        self.dropped = 0
        self._instance = instance_id
        self._sequence = 0
        self._lock = threading.Lock()
        self._socket: zmq.Socket[bytes] | None = None
        self._context: zmq.Context[zmq.Socket[bytes]] | None = None
        if address is not None:
            _check(address)
            import zmq

            self._context = zmq.Context()
            self._socket = self._context.socket(zmq.PUSH)
            self._socket.setsockopt(zmq.LINGER, 0)
            self._socket.setsockopt(zmq.SNDHWM, HIGH_WATER_MARK)
            self._socket.connect(address)

    def progress(self, phase: str, done: int, total: int, *, session: str = "", subject: str = "") -> None:
        """Sends the progress of a piece of work."""
        event = pb.ProgressEvent(phase=phase, done=max(0, done), total=max(0, total))
        self._send("progress", event, session, subject)

    def metrics(
        self, scope: str, step: int, values: Mapping[str, float], *, session: str = "", subject: str = ""
    ) -> None:
        """Sends numbers of work that has just finished."""
        self._send("metrics", pb.MetricsEvent(scope=scope, step=step, values=values), session, subject)

    def log(self, level: pb.LogLevelName, logger: str, message: str) -> None:
        """Sends a log line."""
        event = pb.LogEvent(level=pb.enum_number("LogLevel", level), logger=logger, message=message)
        self._send("log", event, "", "")

    def lifecycle(self, phase: pb.LifecyclePhaseName, detail: str, *, session: str = "") -> None:
        """Sends a change of the state of the trainer."""
        event = pb.LifecycleEvent(phase=pb.enum_number("LifecyclePhase", phase), detail=detail)
        self._send("lifecycle", event, session, "")

    def close(self) -> None:
        """Drops unsent events and frees the socket."""
        with self._lock:
            if self._socket is not None and self._context is not None:
                self._socket.close(linger=0)
                self._context.term()
                self._socket = None

    def _send(self, kind: str, event: Event, session: str, subject: str) -> None:
        with self._lock:
            self._sequence += 1
            if self._socket is None:
                self.dropped += 1
                return
            import zmq

            event.context.sequence = self._sequence
            event.context.unix_seconds = time.time()
            event.context.instance_id = self._instance
            event.context.session_id = session
            event.context.subject = subject
            try:
                self._socket.send_multipart([kind.encode(), event.SerializeToString()], zmq.NOBLOCK)
            except zmq.ZMQError:
                self.dropped += 1


class EventLogHandler(logging.Handler):
    """Copies log records to the event stream, without secrets and without stack traces. Stack
    traces are on stderr only."""

    def __init__(self, bus: EventBus) -> None:
        super().__init__()
        self._bus = bus
        self._known = known_secrets(os.environ)

    def emit(self, record: logging.LogRecord) -> None:
        """Sends one record. Called by logging."""
        self._bus.log(_level(record.levelno), record.name, redact(record.getMessage(), self._known))


def _level(number: int) -> pb.LogLevelName:
    for floor, name in _LEVELS:
        if number >= floor:
            return name
    return "debug"


def _check(address: str) -> None:
    parts = urlsplit(address)
    try:
        local = parts.scheme == "ipc" or (parts.scheme == "tcp" and parts.hostname in _LOOPBACK and bool(parts.port))
    except ValueError:
        local = False
    if not local:
        raise ValueError(f"events go to tcp://127.0.0.1:PORT or ipc://PATH, not to {address}")
