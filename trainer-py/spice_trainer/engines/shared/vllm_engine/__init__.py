"""Generation in a vLLM process of its own, for learners that hold the weights elsewhere.

`VllmPublisher` (publisher.py) is what a backend uses, `VllmSampler` (sampler.py) the engine below it; `worker.py` runs in
the engine's process, under an interpreter that has vLLM; they exchange JSON lines (messages.py) over a socket pair, so
nothing listens and nothing is pickled. Weights arrive through vLLM's four-phase weight update (extension.py): as a
safetensors file, broadcast by NCCL, or in shared GPU memory (transfer.py, direct.py).

A process apart because vLLM pins its own torch, keeps state that a failed update poisons, and crashes in ways that must
not take the gradients along: it is killed and started again, the learner never notices more than an UNAVAILABLE.
"""

from spice_trainer.engines.shared.vllm_engine.publisher import VllmPublisher
from spice_trainer.engines.shared.vllm_engine.sampler import VllmSampler
from spice_trainer.engines.shared.vllm_engine.settings import SAMPLER_PROPERTIES, SamplerSettings

__all__ = ["SAMPLER_PROPERTIES", "SamplerSettings", "VllmPublisher", "VllmSampler"]
