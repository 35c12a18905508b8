"""Published policy versions: immutable sets of weights for the sampler."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass

from spice_trainer.api import BackendError, BackendErrorCode, PolicyVersion
from spice_trainer.engines.shared.torch_model.inference import WeightSet


@dataclass(eq=False)
class PolicyWeights:
    """Weights of one version. They stay usable while this object exists, also after the version was
    released."""

    info: PolicyVersion
    _build: Callable[[], WeightSet]
    lasting: bool
    """Whether the weights can be built at any time, and not only while the training weights are
    unchanged."""
    _lock: threading.RLock
    _made: WeightSet | None = None

    @property
    def made(self) -> bool:
        """Whether the weights exist separately from the training weights."""
        return self._made is not None

    def get(self) -> WeightSet:
        """Returns the weights, built at the first use."""
        with self._lock:
            if self._made is None:
                self._made = self._build()
            return self._made

    def share(self, weights: WeightSet) -> None:
        """Uses weights that were built for an equal version."""
        self._made = weights


class Versions:
    """The last few versions. The training thread and the sampling thread may use it. Publishing
    copies nothing: the copy is made when the version is first used, or directly before the training
    weights change. Version 0 can be read from the files of the model at any time, so a run that
    only trains never has a second copy."""

    def __init__(self, copy: Callable[[], WeightSet], base: Callable[[], WeightSet], keep: int) -> None:
        """`copy` copies the current training weights into the layout of the sampler, `base` the
        weights of the files of the model."""
        self._copy = copy
        self._base = base
        self._keep = keep
        self._lock = threading.RLock()
        self._entries: dict[int, PolicyWeights] = {}
        self._alive: weakref.WeakSet[PolicyWeights] = weakref.WeakSet()
        self._next = 0

    @property
    def next_version(self) -> int:
        """Number of the version that the next `publish` makes."""
        return self._next

    def publish(self, info: PolicyVersion) -> list[int]:
        """Makes a version of the current training weights. Returns the versions that were released
        to free memory."""
        with self._lock:
            first = info.version == 0
            build = self._base if first else self._copy
            entry = PolicyWeights(info, build, lasting=first, _lock=self._lock)
            self._entries[info.version] = entry
            self._alive.add(entry)
            self._next += 1
            released = list(self._entries)[: -self._keep]
            for version in released:
                del self._entries[version]
        return released

    def freeze(self) -> None:
        """Makes the missing copies. Called before the training weights change."""
        with self._lock:
            pending = [entry for entry in self._alive if not entry.made and not entry.lasting]
            if pending:
                weights = pending[0].get()
                for entry in pending[1:]:
                    entry.share(weights)

    def acquire(self, version: int | None) -> PolicyWeights:
        """Returns an active version, the newest for None. Raises NOT_FOUND (VERSION_UNKNOWN)."""
        with self._lock:
            return self._entry(next(reversed(self._entries)) if version is None and self._entries else version)

    def list(self) -> list[PolicyVersion]:
        """Returns the active versions, oldest first."""
        with self._lock:
            return [entry.info for entry in self._entries.values()]

    def release(self, version: int) -> None:
        """Releases a version. The newest version cannot be released, because requests without a
        version use it."""
        with self._lock:
            self._entry(version)
            if version == next(reversed(self._entries)):
                raise BackendError(
                    BackendErrorCode.PRECONDITION,
                    "VERSION_IN_USE",
                    f"version {version} is the newest and cannot be released",
                    "publish a newer version first",
                )
            del self._entries[version]

    def _entry(self, version: int | None) -> PolicyWeights:
        entry = None if version is None else self._entries.get(version)
        if entry is None:
            known = ", ".join(map(str, self._entries)) or "none"
            raise BackendError(
                BackendErrorCode.NOT_FOUND,
                "VERSION_UNKNOWN",
                f"policy version {version} is not active (active: {known})",
                "it was released, or never published; raise engine.keep_versions to keep more",
            )
        return entry
