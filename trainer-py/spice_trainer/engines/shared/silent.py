"""A progress sink for calls too short to report."""

from __future__ import annotations


class Silent:
    """Implements `spice_trainer.api.ProgressSink`: hears nothing, never stops anything."""

    def progress(self, phase: str, done: int, total: int) -> None:
        """Nothing."""

    def cancelled(self) -> bool:
        """Never."""
        return False
