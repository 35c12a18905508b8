"""The loss of one sequence, from the model's logits to the scalar whose gradient is wanted."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from spice_trainer.api import F32, CrossEntropyLoss, LossSpec, TrainSequence
from spice_trainer.toolkit.statistics import TokenRecord
from spice_trainer.toolkit.torch.losses import Columns, token_losses


def token_logprobs(logits: Tensor, ids: Tensor, temperature: float = 1.0) -> tuple[Tensor, Tensor]:
    """Returns log p(token) and the entropy of p for each token of a completion, float64 [N] both.

    `logits` [N, V] must be those of the position before each token: row 0 is the prediction after
    the last token of the prompt. `ids` [N] are the tokens of the completion, int64. Both results
    are differentiable in `logits`.
    """
    every = torch.log_softmax(logits.float() / temperature, dim=-1)
    chosen = every.gather(1, ids.unsqueeze(1)).squeeze(1)
    entropy = -(every.exp() * every).sum(-1)
    return chosen.double(), entropy.double()


def sequence_loss(
    spec: LossSpec, sequence: TrainSequence, current: Tensor, entropy: Tensor, normalizer: float
) -> tuple[Tensor, TokenRecord]:
    """Returns the part of a sequence in the loss of its batch, and the record for the statistics
    (`toolkit.by_role`).

    The scalar is the sum over the tokens of weight x token loss / normalizer, with the entropy
    term. Call `backward()` on it: the gradients of all sequences add up to the gradient of the
    batch. `current` and `entropy` [N] come from `token_logprobs` at the temperature of the
    sequence. `spec` may be any loss of the contract, so a backend that uses this function can
    declare all surrogates, ratios, baselines, corrections and KL estimators.
    """
    device = current.device
    columns = _columns(sequence, device)
    found = token_losses(spec, current, columns)
    coefficient = 0.0 if isinstance(spec, CrossEntropyLoss) else spec.entropy_coefficient
    # `where` and not a product with 0: the columns of a masked token may hold anything.
    counted = columns.weight > 0
    losses = torch.where(counted, found.loss - coefficient * entropy, 0.0)
    total = (columns.weight * losses).sum() / normalizer
    record = TokenRecord(
        sequence=sequence,
        normalizer=normalizer,
        current=_numpy(current),
        entropy=_numpy(entropy),
        loss=_numpy(losses),
        ratio=_numpy(found.ratio),
        clipped_low=_numpy(found.clipped_low).astype(bool),
        clipped_high=_numpy(found.clipped_high).astype(bool),
        truncated=_numpy(found.truncated).astype(bool),
    )
    return total, record


def _columns(sequence: TrainSequence, device: torch.device) -> Columns:
    count = len(sequence.completion_ids)

    def column(values: F32 | None) -> Tensor:
        data = np.full(count, np.nan) if values is None else np.asarray(values, dtype=np.float64)
        return torch.from_numpy(np.array(data, dtype=np.float64)).to(device)

    return Columns(
        weight=column(sequence.weights),
        advantage=column(sequence.advantages),
        behaviour=column(sequence.behaviour_logprobs),
        old=column(sequence.old_logprobs),
        reference=column(sequence.reference_logprobs),
        sequence=torch.zeros(count, dtype=torch.int64, device=device),
    )


def _numpy(values: Tensor) -> np.ndarray:
    return values.detach().double().cpu().numpy()
