"""Three ways to bound a gradient's norm, by what a server can do."""

from __future__ import annotations

import math
from typing import Protocol

from spice_trainer.api import BackendError, BackendErrorCode


class Accumulator(Protocol):
    """The server's accumulator, and the gradient that waits for it."""

    def backward(self, scale: float = 1.0) -> None:
        """Add the waiting gradient, times `scale`, to the empty accumulator."""
        ...

    def look(self) -> float:
        """Norm of what is accumulated, by an update that changes no weight. It empties the accumulator; a gradient that is
        not finite goes into the server's moments."""
        ...

    def clip(self, bound: float) -> float:
        """Scale what is accumulated down to the norm `bound`. Returns the norm before; where that is not finite, the
        accumulator is empty afterwards."""
        ...


class NormBound(Protocol):
    """One of the ways."""

    def fill(self, accumulator: Accumulator, bound: float | None) -> float | None:
        """Put the waiting gradient into the accumulator, with a norm of at most `bound` if there is one.

        Returns the norm before the bound; None when only the update tells it. A norm that is not finite means that the
        accumulator is empty and the update must not run."""
        ...

    def for_server(self, bound: float | None) -> float | None:
        """The bound that the update gives to the server."""
        ...


class ServerBounds:
    """The server bounds the norm in the update, and tells it."""

    def fill(self, accumulator: Accumulator, bound: float | None) -> float | None:
        accumulator.backward()
        return None

    def for_server(self, bound: float | None) -> float | None:
        return bound


class ClipInPlace:
    """The server clips what is accumulated."""

    def fill(self, accumulator: Accumulator, bound: float | None) -> float | None:
        accumulator.backward()
        return None if bound is None else accumulator.clip(bound)

    def for_server(self, bound: float | None) -> None:
        return None


class LookFirst:
    """The server tells the norm with an update only. With a bound the backward pass runs twice: once for the norm, once
    scaled."""

    def fill(self, accumulator: Accumulator, bound: float | None) -> float | None:
        """Raises DATA_LOSS (MOMENTS_NOT_FINITE)."""
        accumulator.backward()
        if bound is None:
            return None
        norm = accumulator.look()
        if not math.isfinite(norm):
            raise BackendError(
                BackendErrorCode.DATA_LOSS,
                "MOMENTS_NOT_FINITE",
                "the server's gradient was not finite, and telling its norm has put it into the moments",
                "load the last checkpoint; a lower learning rate may help",
            )
        accumulator.backward(min(1.0, bound / norm) if norm > 0 else 1.0)
        return norm

    def for_server(self, bound: float | None) -> None:
        return None
