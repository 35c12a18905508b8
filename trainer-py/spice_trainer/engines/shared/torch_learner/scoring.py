"""Log-probabilities of given tokens with any model, one micro-batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from spice_trainer.api import F32, I32, BackendError, BackendErrorCode, ProgressSink
from spice_trainer.engines.shared.torch_learner.head import logprobs
from spice_trainer.engines.shared.torch_learner.packing import Pack, make_packs


def score_packs(
    prompts: Sequence[I32],
    sequences: Sequence[tuple[int, I32]],
    temperature: float,
    progress: ProgressSink,
    budget: int,
    chunk: int,
    device: torch.device,
    hidden_of: Callable[[Pack], Tensor],
    logits_of: Callable[[Tensor], Tensor],
) -> list[F32]:
    """Scores with any model. `hidden_of` computes a pack, `logits_of` applies the head."""
    chosen = [index for index, (_, completion) in enumerate(sequences) if len(completion)]
    result: list[F32] = [np.zeros(0, dtype=np.float32) for _ in sequences]
    packs = make_packs(prompts, sequences, chosen, budget, device)
    for number, pack in enumerate(packs):
        if progress.cancelled():
            raise BackendError(BackendErrorCode.CANCELLED, "CANCELLED", "the caller cancelled the scoring call")
        selected = hidden_of(pack).index_select(0, pack.predicts)
        temperatures = torch.full((len(pack.targets),), temperature, dtype=torch.float64, device=device)
        found = logprobs(selected, logits_of, pack.targets, temperatures, chunk).logprobs.float().cpu().numpy()
        for index, values in zip(pack.members, np.split(found, np.cumsum(pack.lengths)[:-1]), strict=True):
            result[index] = values
        progress.progress("score", number + 1, len(packs))
    return result
