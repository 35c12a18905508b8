"""The loss function for the workers of verl: the loss of the contract in the form that the engine
of verl expects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from spice_trainer.api import LossSpec, PolicyGradientLoss
from spice_trainer.engines.verl.columns import NAMES
from spice_trainer.toolkit.torch.losses import Columns, token_losses


def weighted_loss(
    model_output: Mapping[str, Any],
    data: Mapping[str, Any],
    dp_group: Any = None,
    *,
    loss: LossSpec,
    normalizer: float,
) -> tuple[Tensor, dict[str, Any]]:
    """Returns (workers / normalizer) x sum(weight x token loss) of one micro-batch, and no metrics.
    FSDP averages gradients over the workers, and the factor cancels the average. So the accumulated
    gradient is the sum of the contract for any number of workers and micro-batches."""
    c, entropy = (_flat(model_output[name]).double() for name in ("log_probs", "entropy"))
    lengths = torch.tensor([len(part) for part in data["weight"].unbind()], device=c.device)
    sequence = torch.repeat_interleave(torch.arange(len(lengths), device=c.device), lengths)
    columns = Columns(*(_flat(data[name]) for name in NAMES), sequence=sequence)
    return batch_loss(c, entropy, columns, loss, normalizer) * _workers(dp_group), {}


def batch_loss(c: Tensor, entropy: Tensor, columns: Columns, loss: LossSpec, normalizer: float) -> Tensor:
    """Returns (1 / normalizer) x sum(weight x token loss), differentiable in `c` and `entropy`, all
    float64 [N]."""
    counted = columns.weight > 0
    if not bool(counted.any()):
        # A worker without tokens also takes part in the backward pass.
        return torch.where(counted, c, 0.0).sum()
    kept = columns.part(counted)
    share = kept.weight / normalizer
    found = (token_losses(loss, c[counted], kept).loss * share).sum()
    if isinstance(loss, PolicyGradientLoss) and loss.entropy_coefficient:
        found = found - loss.entropy_coefficient * (entropy[counted] * share).sum()
    return found


def _flat(nested: Tensor) -> Tensor:
    return torch.cat(list(nested.unbind()))


def _workers(group: Any) -> int:
    if group is None and not torch.distributed.is_initialized():
        return 1
    return torch.distributed.get_world_size(group)
