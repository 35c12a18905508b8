"""The torch learner with vLLM as its sampler (backend.py)."""

from spice_trainer.engines.torch_vllm.backend import TorchVllmBackend

__all__ = ["TorchVllmBackend"]
