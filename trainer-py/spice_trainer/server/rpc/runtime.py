"""Objects that all services of one trainer process share."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from spice_trainer.api import Backend
from spice_trainer.server.event_bus import EventBus
from spice_trainer.server.limits import MAX_RECEIVING_BYTES, queue_full
from spice_trainer.server.session.engine import Engine
from spice_trainer.server.session.lease import EpochCounter, Sessions
from spice_trainer.server.session.operations import OperationStore
from spice_trainer.server.session.sample_gate import SampleGate
from spice_trainer.server.session.sequencer import Sequencer


@dataclass
class Runtime:
    """One trainer process. Use `Runtime.create`."""

    engine: Engine
    sessions: Sessions
    store: OperationStore
    sequencer: Sequencer
    events: EventBus
    checkpoint_root: Path | None
    instance_id: str
    gate: SampleGate = field(default_factory=SampleGate)
    started: float = field(default_factory=time.monotonic)
    queued_samples: int = 0
    """Number of accepted unfinished samples of all requests."""
    receiving_bytes: int = 0
    """Declared bytes of columns of the streams that are being received."""
    sample_cancels: dict[tuple[str, str], Callable[[], None]] = field(
        default_factory=dict[tuple[str, str], Callable[[], None]]
    )
    """Functions that stop each running sample request, by (session, request)."""

    @contextmanager
    def receiving(self, size: int) -> Generator[None]:
        """Reserves `size` bytes for a batch while it is received. Raises RESOURCE_EXHAUSTED
        (QUEUE_FULL)."""
        if self.receiving_bytes + size > MAX_RECEIVING_BYTES:
            raise queue_full("bytes of batches", self.receiving_bytes, size, MAX_RECEIVING_BYTES, 1.0)
        self.receiving_bytes += size
        try:
            yield
        finally:
            self.receiving_bytes -= size

    def stop_session(self, session_id: str) -> None:
        """Stops all operations and samples of a session that has ended."""
        self.sequencer.cancel_session(session_id, "fenced")
        for (owner, _), cancel in list(self.sample_cancels.items()):
            if owner == session_id:
                cancel()

    @staticmethod
    def create(backend: Backend, events_address: str | None, checkpoint_root: Path | None) -> Runtime:
        """Creates and connects the objects. Raises ValueError for a refused event address."""
        instance_id = f"t-{secrets.token_hex(8)}"
        events = EventBus(events_address, instance_id)
        engine = Engine(backend)
        epochs = EpochCounter(None if checkpoint_root is None else checkpoint_root / ".epoch")
        sessions = Sessions(epochs)
        store = OperationStore()

        def publish(session: str, operation: str, phase: str, done: int, total: int) -> None:
            events.progress(phase, done, total, session=session, subject=operation)

        sequencer = Sequencer(sessions, store, lambda: engine.step, publish)
        return Runtime(engine, sessions, store, sequencer, events, checkpoint_root, instance_id)
