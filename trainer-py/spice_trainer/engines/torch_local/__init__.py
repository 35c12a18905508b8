"""The embedded torch backend."""

from spice_trainer.engines.torch_local.backend import TorchBackend

__all__ = ["TorchBackend"]
