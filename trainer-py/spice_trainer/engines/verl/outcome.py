"""Loss and statistics of a training call, from the results of the workers: log-probability and
entropy of each token."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from spice_trainer.api import LossSpec, PolicyGradientLoss, RoleStats, TrainBatch
from spice_trainer.engines.shared.token_table import TokenTable, by_role
from spice_trainer.engines.verl.columns import token_columns
from spice_trainer.toolkit.torch.losses import Columns, token_losses

Tokens = Mapping[int, tuple[NDArray[np.float32], NDArray[np.float32]]]
"""Log-probabilities and entropies of the completion tokens by index of the sequence."""


def loss_and_statistics(
    batch: TrainBatch, tokens: Tokens, loss: LossSpec, normalizer: float
) -> tuple[float, Mapping[str, RoleStats]]:
    """Returns the normative loss (NaN when it is not finite) and the statistics by role. The losses
    of the workers are sums over their shares. Computing the loss again from the values of each
    token, with the same function, takes microseconds and gives the values for statistics."""
    chosen = sorted(tokens)
    if not chosen:
        return 0.0, {}
    lengths = [len(tokens[index][0]) for index in chosen]
    logprob, entropy = (np.concatenate([tokens[index][part] for index in chosen]).astype(np.float64) for part in (0, 1))
    raw = token_columns(batch, chosen)
    columns = Columns(
        **{name: torch.from_numpy(values) for name, values in raw.items()},
        sequence=torch.from_numpy(np.repeat(np.arange(len(chosen)), lengths)),
    )
    found = token_losses(loss, torch.from_numpy(logprob), columns)
    coefficient = loss.entropy_coefficient if isinstance(loss, PolicyGradientLoss) else 0.0
    share = np.where(raw["weight"] > 0, raw["weight"], 0.0) / normalizer
    with np.errstate(invalid="ignore"):
        token_loss = np.where(share > 0, (found.loss.numpy() - coefficient * entropy) * share, 0.0)
    total = math.fsum(token_loss) if np.isfinite(token_loss).all() else math.nan
    roles = sorted({sequence.role for sequence in batch.sequences})
    role_of = np.array([roles.index(batch.sequences[index].role) for index in chosen])
    table = TokenTable(
        role=np.repeat(role_of, lengths),
        sequence=np.repeat(np.array(chosen), lengths),
        weight=raw["weight"],
        loss=token_loss,
        logprob=logprob,
        behaviour=raw["behaviour"],
        entropy=entropy,
        ratio=found.ratio.numpy(),
        clipped_low=found.clipped_low.double().numpy(),
        clipped_high=found.clipped_high.double().numpy(),
        truncated=found.truncated.double().numpy(),
    )
    return total, by_role(table, roles)
