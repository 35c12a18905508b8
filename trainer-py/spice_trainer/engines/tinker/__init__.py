"""Training and sampling on a Tinker-compatible server (docs/trainers/tinker.md)."""

from spice_trainer.engines.tinker.backend import TinkerBackend
from spice_trainer.engines.tinker.hosted import HostedTinkerBackend

__all__ = ["HostedTinkerBackend", "TinkerBackend"]
