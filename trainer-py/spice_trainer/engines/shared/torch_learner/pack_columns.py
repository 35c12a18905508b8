"""The token columns of a batch, in the order of a micro-batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from spice_trainer.api import F32, TrainBatch
from spice_trainer.engines.shared.torch_learner.packing import Pack
from spice_trainer.toolkit.torch.losses import Columns


def batch_columns(pack: Pack, batch: TrainBatch, device: torch.device) -> tuple[Columns, Tensor]:
    """Returns the loss columns of the tokens of the pack, and their temperatures, float64 [N]."""
    sequences = [batch.sequences[index] for index in pack.members]

    def column(parts: Sequence[F32 | None]) -> Tensor:
        filled = [
            np.full(length, np.nan) if part is None else np.asarray(part, dtype=np.float64)
            for part, length in zip(parts, pack.lengths, strict=True)
        ]
        return torch.from_numpy(np.concatenate(filled)).to(device)

    columns = Columns(
        weight=column([s.weights for s in sequences]),
        advantage=column([s.advantages for s in sequences]),
        behaviour=column([s.behaviour_logprobs for s in sequences]),
        old=column([s.old_logprobs for s in sequences]),
        reference=column([s.reference_logprobs for s in sequences]),
        sequence=sequence_index(pack).to(device),
    )
    temperatures = np.repeat([s.temperature for s in sequences], pack.lengths)
    return columns, torch.from_numpy(temperatures.astype(np.float64)).to(device)


def sequence_index(pack: Pack) -> Tensor:
    """Returns, for each token, the index of its sequence in the pack, int64 [N]."""
    return torch.repeat_interleave(torch.arange(len(pack.lengths)), torch.tensor(pack.lengths))
