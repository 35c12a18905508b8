"""Publishing of the weights of the learner as a version.

When SkyRL samples a snapshot, it loads the snapshot into the slot of the model from which the
snapshot was taken. So a snapshot of the learner would overwrite the learner, and a loaded snapshot
would be trained with it. Publishing therefore copies the learner into a new model on SkyRL that is
never trained, and samples that model. The snapshots of the hosted service keep their weights: they
are sampled and scored directly.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

from spice_trainer.engines.tinker import digests
from spice_trainer.engines.tinker.server import SkyrlServer
from spice_trainer.engines.tinker.service import Row, Scorer, ScoringSampler, TinkerModel, TinkerService
from spice_trainer.engines.tinker.versions import Slot

Name = Callable[[str], str]
"""Returns a name on the server that was not used before, with a prefix."""


class Publisher(Protocol):
    """Makes, repairs and frees the copies of a version on the server. Every method blocks and
    raises the errors of the service."""

    def take(self, learner: TinkerModel, changes: int) -> tuple[Slot, int]:
        """Returns a frozen copy of the learner, and the size of the adapter in bytes (0:
        unknown)."""
        ...

    def rebuild(self, slot: Slot) -> None:
        """Makes the copy again, because another update changed its weights."""
        ...

    def retire(self, slot: Slot) -> None:
        """Frees the copy."""
        ...


@dataclass
class Copies:
    """Each version is a separate model."""

    service: TinkerService
    server: SkyrlServer | None
    """The local server, whose disk can be read."""
    rank: int
    seed: int
    probe: Row
    name: Name

    def take(self, learner: TinkerModel, changes: int) -> tuple[Slot, int]:
        """See `Publisher`."""
        path = learner.save_state(self.name("publish"))
        model, name = self._copy(path), self.name("snapshot")
        sampler = model.snapshot(name)
        digest, size = self._digest(model, name)
        return Slot(model, sampler, path, digest, changes), size

    def rebuild(self, slot: Slot) -> None:
        """See `Publisher`."""
        slot.model.unload()
        model = self._copy(slot.state)
        slot.model, slot.sampler = model, model.snapshot(self.name("snapshot"))

    def retire(self, slot: Slot) -> None:
        """See `Publisher`."""
        slot.model.unload()
        forget(self.server, slot.state)

    def _copy(self, path: str) -> TinkerModel:
        return self.service.restore_model(path, self.rank, self.seed, moments=False)

    def _digest(self, model: TinkerModel, name: str) -> tuple[str, int]:
        if self.server is not None:
            return digests.of_snapshot(self.server.snapshot_file(model.model_id, name))
        return digests.of_scores(model.forward([self.probe])[0]), 0


@dataclass
class Snapshots:
    """Each version is a snapshot of the learner. The snapshot scores the weight probe, so the
    digest shows the weights that are sampled."""

    probe: Row
    name: Name

    def take(self, learner: TinkerModel, changes: int) -> tuple[Slot, int]:
        """See `Publisher`."""
        sampler = cast(ScoringSampler, learner.snapshot(self.name("snapshot")))
        scorer: Scorer = sampler
        return Slot(scorer, sampler, "", digests.of_scores(scorer.forward([self.probe])[0]), changes), 0

    def rebuild(self, slot: Slot) -> None:
        """Does nothing: the weights of a snapshot do not change."""

    def retire(self, slot: Slot) -> None:
        """See `Publisher`."""
        slot.model.unload()


def forget(server: SkyrlServer | None, path: str) -> None:
    """Removes a state on the disk of the local server that nothing needs."""
    if server is not None:
        file = server.state_file(path)
        shutil.rmtree(file, ignore_errors=True) if file.is_dir() else file.unlink(missing_ok=True)
