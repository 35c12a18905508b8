"""Sampling in a separate vLLM process, for learners that have the weights in another process.

`VllmSampler` (sampler.py) is the sampler half of a trainer. Below it, `EngineSupervisor`
(supervisor.py) keeps the process of the engine running. `worker.py` runs in the process of the
engine, under an interpreter that has vLLM.

The two processes exchange JSON lines (messages.py) over a socket pair, so nothing listens on the
network and nothing is pickled. Weights arrive through the weight update of vLLM, which has four
phases (extension.py): as a safetensors file, broadcast by NCCL, or in shared GPU memory
(transfer.py, direct.py).

The process is separate for three reasons: vLLM needs a fixed version of torch, a failed update
leaves a state that cannot be repaired, and a crash of vLLM must not end the learner. A process that
fails is killed and started again. The learner gets UNAVAILABLE at most.
"""

from spice_trainer.engines.shared.vllm_engine.sampler import PublishingLearner, VllmSampler
from spice_trainer.engines.shared.vllm_engine.settings import SAMPLER_PROPERTIES, SamplerSettings

__all__ = ["SAMPLER_PROPERTIES", "PublishingLearner", "SamplerSettings", "VllmSampler"]
