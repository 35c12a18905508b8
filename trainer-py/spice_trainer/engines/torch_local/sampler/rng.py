"""Random numbers that depend on (seed, position) only, so a sample never depends on the rest of the
batch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finalizer of splitmix64 (Steele, Lea and Flood 2014): a bijection in which all output
    bits depend on all input bits."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def uniforms(seeds: NDArray[np.uint64], positions: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Returns a number in [0, 1) with 53 random bits for each (seed, position of the token in its
    completion)."""
    with np.errstate(over="ignore"):
        state = _mix(seeds + _GOLDEN) + (positions + np.uint64(1)) * _GOLDEN
        return (_mix(_mix(state)) >> np.uint64(11)).astype(np.float64) * 2.0**-53
