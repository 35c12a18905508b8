"""SPICE trainer sidecar: the model side of `spice.trainer.v1`."""

__version__ = "0.1.0"
