"""Parts for backends on PyTorch: sampling from a transformers model, token losses, AdamW, the
state of a checkpoint, and a digest of weights.

This package needs torch and safetensors. `spice_trainer.toolkit` does not import it, so a backend
without torch pays nothing for it. The example in `examples/transformers-trainer` uses every part.

Shapes: T tokens of a prompt, N tokens of a completion, R rows (samples) decoded together, V size of
the vocabulary. All logarithms are natural.
"""

from spice_trainer.toolkit.torch.digest import digest
from spice_trainer.toolkit.torch.generation import SAMPLING_PARAMETERS, CausalModel, TorchSampler
from spice_trainer.toolkit.torch.losses import Columns, TokenLosses, couples_sequences, token_losses
from spice_trainer.toolkit.torch.optimizer import AdamW
from spice_trainer.toolkit.torch.sequence import sequence_loss, token_logprobs
from spice_trainer.toolkit.torch.state import load_tensors, save_tensors

__all__ = [
    "SAMPLING_PARAMETERS",
    "AdamW",
    "CausalModel",
    "Columns",
    "TokenLosses",
    "TorchSampler",
    "couples_sequences",
    "digest",
    "load_tensors",
    "save_tensors",
    "sequence_loss",
    "token_logprobs",
    "token_losses",
]
