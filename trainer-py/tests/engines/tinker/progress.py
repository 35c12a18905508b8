"""Where the tests' calls report progress."""

from __future__ import annotations


class Silent:
    """No progress to report."""

    def __init__(self, stop: bool = False) -> None:
        self.stop = stop

    def progress(self, phase: str, done: int, total: int) -> None:
        """Nothing."""

    def cancelled(self) -> bool:
        return self.stop
