"""What every lane shares: the turn protocol, peak memory, versions, the machine's matrix-product
rate.

A lane is a process. It prints one JSON line when it is loaded ({"ready": facts}), then one for each
line read on stdin ({"seconds": ..., "peakRssBytes": ..., ...}). Nothing else reaches stdout:
libraries that print there are sent to stderr.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

Turn = Callable[[int], Mapping[str, Any]]
"""Does turn number i (0 is the warm-up) and returns at least `seconds`, the time that counts."""


class Lane:
    """Keeps the real stdout for itself, so it comes before any import of something that prints."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w", buffering=1)
        os.dup2(2, 1)

    def ready(self, **facts: Any) -> None:
        """Announce that the lane is loaded."""
        self._say({"ready": facts})

    def wait(self) -> bool:
        """Wait for the next turn; False when there is none."""
        return bool(sys.stdin.readline())

    def done(self, result: Mapping[str, Any]) -> None:
        """Report a turn."""
        self._say({**result, "peakRssBytes": peak_rss_bytes()})

    def run(self, turn: Turn) -> None:
        """Take turns until there are no more."""
        number = 0
        while self.wait():
            self.done(turn(number))
            number += 1

    def _say(self, value: Mapping[str, Any]) -> None:
        print(json.dumps(value), file=self._out)


def options() -> dict[str, Any]:
    """The lane's settings: one JSON object as the last argument."""
    return json.loads(sys.argv[-1])


def peak_rss_bytes() -> int:
    """Highest resident set of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if platform.system() == "Darwin" else peak * 1024


def versions(*names: str) -> dict[str, str]:
    """Installed versions of `names`, and Python's; what is not installed is left out."""
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def gemm_flops_per_second(dtype: Any, size: int = 2048, repeats: int = 5) -> float:
    """Best rate of a square matrix product, the roof that a lane's work is compared with."""
    import torch

    a, b = torch.randn(size, size).to(dtype), torch.randn(size, size).to(dtype)
    torch.mm(a, b)
    best = float("inf")
    for _ in range(repeats):
        started = time.perf_counter()
        torch.mm(a, b)
        best = min(best, time.perf_counter() - started)
    return 2 * size**3 / best
