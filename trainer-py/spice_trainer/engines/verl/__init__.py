"""verl's FSDP2 workers on Ray as the learner, vLLM as the sampler (backend.py)."""

from spice_trainer.engines.verl.backend import VerlBackend

__all__ = ["VerlBackend"]
