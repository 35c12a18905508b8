"""Sampling in a vLLM process of its own, for learners that hold the weights elsewhere.

`VllmSampler` (sampler.py) is the sampler half of a trainer. `EngineSupervisor` (supervisor.py) below it keeps the engine's
process running. `worker.py` runs in the engine's process, under an interpreter that has vLLM. The two processes exchange
JSON lines (messages.py) over a socket pair, so nothing listens on the network and nothing is pickled. Weights arrive
through vLLM's four-phase weight update (extension.py): as a safetensors file, broadcast by NCCL, or in shared GPU memory
(transfer.py, direct.py).

The process is separate for three reasons: vLLM pins its own torch, a failed update leaves state that cannot be repaired,
and a crash of vLLM must not end the learner. A process that fails is killed and started again; the learner gets
UNAVAILABLE at most.
"""

from spice_trainer.engines.shared.vllm_engine.sampler import PublishingLearner, VllmSampler
from spice_trainer.engines.shared.vllm_engine.settings import SAMPLER_PROPERTIES, SamplerSettings

__all__ = ["SAMPLER_PROPERTIES", "PublishingLearner", "SamplerSettings", "VllmSampler"]
