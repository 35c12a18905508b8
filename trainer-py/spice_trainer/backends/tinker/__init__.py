"""Training and sampling on a Tinker-compatible server (docs/trainers/tinker.md)."""

from spice_trainer.backends.tinker.backend import TinkerBackend

__all__ = ["TinkerBackend"]
