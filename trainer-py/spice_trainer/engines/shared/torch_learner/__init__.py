"""The learner of the trainers `torch` and `torch+vllm`: transformers and PEFT in this process."""

from spice_trainer.engines.shared.torch_learner.learner import TorchLearner
from spice_trainer.engines.shared.torch_learner.learner_settings import LEARNER_PROPERTIES

__all__ = ["LEARNER_PROPERTIES", "TorchLearner"]
