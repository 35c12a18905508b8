"""The embedded torch backend."""

from spice_trainer.backends.torch_local.backend import TorchBackend

__all__ = ["TorchBackend"]
