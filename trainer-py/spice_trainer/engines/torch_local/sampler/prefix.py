"""Keys and values of prompts. They are computed once and shared by the samples of the prompt and by
prompts with the same beginning."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from spice_trainer.api import I32
from spice_trainer.engines.shared.torch_model.geometry import TILE, Geometry, round_up


class Prefix:
    """Storage of one prompt under one policy version. `done`: number of computed positions.
    `started`: whether its computation has begun. `final`: hidden state of the last position [1,
    hidden] after all positions are computed. `users`: number of running prompts that need it. An
    entry with users is never evicted."""

    def __init__(self, ids: I32, version: int, geometry: Geometry) -> None:
        capacity = round_up(len(ids), TILE)
        shape = (geometry.layers, geometry.kv_heads, capacity, geometry.head_dim)
        self.ids = ids
        self.version = version
        # Zeros and not uninitialized memory: the padding of the last tile is masked, but NaN x 0 is
        # NaN.
        self.keys = torch.zeros(shape, dtype=geometry.dtype, device=geometry.device)
        self.values = torch.zeros(shape, dtype=geometry.dtype, device=geometry.device)
        self.done = 0
        self.started = False
        self.final: Tensor | None = None
        self.users = 0
        self.touched = 0
        self._shared: list[tuple[Tensor, Tensor]] = []

    @property
    def length(self) -> int:
        return len(self.ids)

    @property
    def complete(self) -> bool:
        return self.final is not None

    @property
    def bytes(self) -> int:
        return 2 * self.keys.numel() * self.keys.element_size()

    def shared(self, layer: int) -> tuple[Tensor, Tensor]:
        """Returns keys and values of the whole prompt in a layer, [1, kv_heads, length, head_dim]
        each."""
        if not self._shared:
            keys, values = (x[:, None, :, : self.length].unbind(0) for x in (self.keys, self.values))
            self._shared = list(zip(keys, values, strict=True))
        return self._shared[layer]

    def copy_start(self, other: Prefix, length: int) -> None:
        """Copies the first `length` positions (whole tiles) from another entry instead of computing
        them."""
        self.keys[:, :, :length] = other.keys[:, :, :length]
        self.values[:, :, :length] = other.values[:, :, :length]
        self.done = length


class PrefixCache:
    """All entries, with a memory limit for entries without users. Used from the thread of the
    engine only."""

    def __init__(self, geometry: Geometry, budget_bytes: int) -> None:
        self._geometry = geometry
        self._budget = budget_bytes
        self._entries: dict[tuple[int, bytes], Prefix] = {}
        self._retired: set[int] = set()
        self._clock = 0

    def acquire(self, ids: I32, version: int) -> Prefix:
        """Returns the entry of exactly these ids, and makes it when absent. The caller releases it
        once."""
        key = (version, ids.tobytes())
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = Prefix(ids, version, self._geometry)
        entry.users += 1
        self._touch(entry)
        return entry

    def release(self, entry: Prefix) -> None:
        """Releases an entry. It stays for reuse within the limit, unless its prompt was never
        completed."""
        entry.users -= 1
        if entry.users == 0 and (not entry.complete or entry.version in self._retired):
            self._drop(entry)
        self._shrink()

    def start_from(self, entry: Prefix) -> bool:
        """Fills an entry that has not started with the whole tiles that it shares with a computed
        entry. Returns False when an entry that is being computed will share more tiles: then the
        caller waits for it and does not compute the same tiles twice. Started entries never wait,
        so two entries cannot wait for each other."""
        if entry.started:
            return True
        best, best_shared = None, entry.done
        pending_shared = 0
        for other in self._entries.values():
            if other is entry or other.version != entry.version:
                continue
            # The last position is always computed, because its hidden state gives the first token.
            shared = common_prefix(entry.ids[:-1], other.ids) // TILE * TILE
            if min(shared, other.done) > best_shared:
                best, best_shared = other, min(shared, other.done)
            if other.started and other.done < shared:
                pending_shared = max(pending_shared, shared)
        if pending_shared > best_shared:
            return False
        if best is not None:
            entry.copy_start(best, best_shared)
            self._touch(best)
        return True

    def retire(self, version: int) -> None:
        """Keeps nothing of a version after its use (a newer version was published, or it was
        released)."""
        self._retired.add(version)
        for entry in [e for e in self._entries.values() if e.version == version and e.users == 0]:
            self._drop(entry)

    def clear(self) -> None:
        """Drops all entries. Called after a failed pass, which may have written entries partly."""
        self._entries.clear()

    def _touch(self, entry: Prefix) -> None:
        self._clock += 1
        entry.touched = self._clock

    def _drop(self, entry: Prefix) -> None:
        self._entries.pop((entry.version, entry.ids.tobytes()), None)

    def _shrink(self) -> None:
        idle = sorted((e for e in self._entries.values() if e.users == 0), key=lambda e: e.touched)
        held = sum(entry.bytes for entry in idle)
        for entry in idle:
            if held <= self._budget:
                return
            self._drop(entry)
            held -= entry.bytes


def common_prefix(a: I32, b: I32) -> int:
    """Returns the number of leading ids that are equal."""
    length = min(len(a), len(b))
    different = np.flatnonzero(a[:length] != b[:length])
    return int(different[0]) if len(different) else length
