"""Three ways to bound the norm of a gradient, by the abilities of a server."""

from __future__ import annotations

import math
from typing import Protocol

from spice_trainer.api import BackendError, BackendErrorCode


class Accumulator(Protocol):
    """The accumulator of the server, and the gradient that waits for it."""

    def backward(self, scale: float = 1.0) -> None:
        """Adds the waiting gradient, times `scale`, to the empty accumulator."""
        ...

    def look(self) -> float:
        """Returns the norm of the accumulated gradient, by an update that changes no weight. The
        update empties the accumulator. A gradient that is not finite is added to the moments of the
        server."""
        ...

    def clip(self, bound: float) -> float:
        """Scales the accumulated gradient down to the norm `bound`. Returns the norm before. When
        that norm is not finite, the accumulator is then empty."""
        ...


class NormBound(Protocol):
    """A way to bound the norm."""

    def fill(self, accumulator: Accumulator, bound: float | None) -> float | None:
        """Moves the waiting gradient into the accumulator, with a norm of at most `bound` if given.
        Returns the norm before; None when only the update reports it. After a norm that is not
        finite the accumulator is empty, and the update must not run."""
        ...

    def for_server(self, bound: float | None) -> float | None:
        """Returns the bound that the update gives to the server."""
        ...


class ServerBounds:
    """The server bounds the norm in the update, and reports it."""

    def fill(self, accumulator: Accumulator, bound: float | None) -> float | None:
        accumulator.backward()
        return None

    def for_server(self, bound: float | None) -> float | None:
        return bound


class ClipInPlace:
    """The server clips the accumulated gradient."""

    def fill(self, accumulator: Accumulator, bound: float | None) -> float | None:
        accumulator.backward()
        return None if bound is None else accumulator.clip(bound)

    def for_server(self, bound: float | None) -> None:
        return None


class LookFirst:
    """The server reports the norm with an update only. With a bound the backward pass runs twice:
    first for the norm, then scaled."""

    def fill(self, accumulator: Accumulator, bound: float | None) -> float | None:
        """Fills the accumulator. Raises DATA_LOSS (MOMENTS_NOT_FINITE)."""
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
