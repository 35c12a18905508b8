"""Published versions by number, and their running samples. publishing.py makes them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from spice_trainer.api import BackendError, BackendErrorCode, PolicyVersion
from spice_trainer.engines.tinker.service import Scorer, TinkerSampler


@dataclass(eq=False)
class Slot:
    """A frozen copy of the learner. Equal versions share a copy."""

    model: Scorer
    sampler: TinkerSampler
    state: str
    """Path of its weights on the disk of the server. Empty: it needs none."""
    digest: str
    changes: int
    """Value of `TrainedModel.changes` at the copy."""
    users: int = 0
    """Number of running samples."""


@dataclass
class Versions:
    """Versions by number. `hold` may be called from any thread, the other methods from the thread
    of the backend."""

    keep: int
    retire: Callable[[Slot], None]
    """Frees a slot on the server. Blocks."""
    _active: dict[int, tuple[PolicyVersion, Slot]] = field(default_factory=dict[int, tuple[PolicyVersion, Slot]])
    _retired: list[Slot] = field(default_factory=list[Slot])
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next: int = 0

    def add(self, slot: Slot, step: int) -> PolicyVersion:
        """Adds the next version. The oldest versions are released when there are too many."""
        with self._lock:
            info = PolicyVersion(self._next, step, slot.digest, "adapter")
            self._next += 1
            self._active[info.version] = (info, slot)
            while len(self._active) > self.keep:
                self._drop(min(self._active))
        self.sweep()
        return info

    def newest_slot(self) -> Slot | None:
        """Returns the slot of the newest version, or None without versions."""
        with self._lock:
            return self._active[max(self._active)][1] if self._active else None

    def slots(self) -> list[Slot]:
        """Returns the slots of all versions, each once."""
        with self._lock:
            return list({id(slot): slot for _, slot in self._active.values()}.values())

    def infos(self) -> list[PolicyVersion]:
        """Returns the versions, oldest first."""
        with self._lock:
            return [self._active[version][0] for version in sorted(self._active)]

    def hold(self, version: int | None, users: int) -> tuple[int, Slot]:
        """Returns a version (None: the newest) and its slot, which is not freed before `let_go`.
        Raises NOT_FOUND (VERSION_UNKNOWN)."""
        with self._lock:
            chosen = max(self._active) if version is None else version
            slot = self._find(chosen)
            slot.users += users
            return chosen, slot

    def let_go(self, slot: Slot) -> None:
        """Decreases the number of users by one."""
        with self._lock:
            slot.users -= 1

    def find(self, version: int) -> Slot:
        """Returns the slot of a version. Raises NOT_FOUND (VERSION_UNKNOWN)."""
        with self._lock:
            return self._find(version)

    def release(self, version: int) -> None:
        """Releases a version. Raises NOT_FOUND, or FAILED_PRECONDITION (VERSION_IN_USE) for the
        newest."""
        with self._lock:
            self._find(version)
            if version == max(self._active):
                raise BackendError(
                    BackendErrorCode.PRECONDITION, "VERSION_IN_USE", f"policy version {version} is the newest one"
                )
            self._drop(version)
        self.sweep()

    def sweep(self) -> None:
        """Frees the slots that no sample needs."""
        with self._lock:
            idle = [slot for slot in self._retired if slot.users == 0]
            self._retired = [slot for slot in self._retired if slot.users > 0]
        for slot in idle:
            self.retire(slot)

    def _drop(self, version: int) -> None:
        _, slot = self._active.pop(version)
        if all(other is not slot for _, other in self._active.values()):
            self._retired.append(slot)

    def _find(self, version: int) -> Slot:
        if version not in self._active:
            raise BackendError(
                BackendErrorCode.NOT_FOUND,
                "VERSION_UNKNOWN",
                f"policy version {version} is not active (active: {', '.join(map(str, sorted(self._active)))})",
                "publish, or raise the engine setting keep_versions",
            )
        return self._active[version][1]
