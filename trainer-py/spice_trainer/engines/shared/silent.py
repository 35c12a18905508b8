"""A progress sink for calls that are too short for progress reports."""

from __future__ import annotations


class Silent:
    """Implements `spice_trainer.api.ProgressSink`. Ignores reports and never stops a call."""

    def progress(self, phase: str, done: int, total: int) -> None:
        """Does nothing."""

    def cancelled(self) -> bool:
        """Returns False."""
        return False
