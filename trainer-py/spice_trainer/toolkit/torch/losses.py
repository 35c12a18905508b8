"""Token losses, as defined in proto/spice/trainer/v1/losses.proto. Symbols: c current, b behavior,
o old, r reference log-probability, A advantage.

All values are float64 vectors of N tokens. The gradient of the model needs only dL/dc, which
autograd computes from these few operations.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spice_trainer.api import CrossEntropyLoss, LossSpec, PolicyGradientLoss


@dataclass(frozen=True)
class Columns:
    """Data of the tokens of whole or partial sequences, float64 [N]. Absent columns are NaN."""

    weight: Tensor
    advantage: Tensor
    behaviour: Tensor
    old: Tensor
    reference: Tensor
    sequence: Tensor
    """Index of the sequence of the token, int64."""

    def part(self, rows: slice | Tensor) -> Columns:
        """Returns the columns of a range of tokens, or of the tokens that a mask selects."""
        return Columns(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class TokenLosses:
    """Values for each token [N]: the loss without its entropy term (differentiable in c), and
    values for statistics."""

    loss: Tensor
    ratio: Tensor
    clipped_low: Tensor
    clipped_high: Tensor
    truncated: Tensor


def couples_sequences(spec: LossSpec) -> bool:
    """Whether the loss of a token depends on other tokens of its sequence."""
    if isinstance(spec, CrossEntropyLoss):
        return False
    return spec.ratio == "sequence" or spec.correction in ("sequence_truncate", "sequence_mask", "geometric_mask")


def token_losses(spec: LossSpec, c: Tensor, columns: Columns) -> TokenLosses:
    """Returns the losses of tokens with weight above 0. Other tokens get 0, whatever their
    columns contain. `c` is float64 [N]. When `couples_sequences(spec)`, the tokens must be whole
    sequences."""
    counted = columns.weight > 0
    one = torch.ones_like(c)
    if isinstance(spec, CrossEntropyLoss):
        no = torch.zeros_like(counted)
        return TokenLosses(torch.where(counted, -c, 0.0), one, no, no, no)
    current = torch.where(counted, c, 0.0)
    ratio = _ratio(spec, current, columns, counted)
    surrogate, low, high = _surrogate(spec, current, ratio, columns.advantage)
    factor, truncated = _correction(spec, current.detach(), columns, counted)
    loss = factor * surrogate
    if spec.kl != "none":
        loss = loss + spec.kl_coefficient * _kl(spec, current, columns.reference)
    # `where` and not a product with 0, because the columns of a masked token may contain NaN.
    return TokenLosses(
        torch.where(counted, loss, 0.0), ratio.detach(), low & counted, high & counted, truncated & counted
    )


def _ratio(spec: PolicyGradientLoss, c: Tensor, columns: Columns, counted: Tensor) -> Tensor:
    if spec.ratio == "none":
        return torch.ones_like(c)
    baseline = {"old": columns.old, "behaviour": columns.behaviour, "current": c.detach()}[spec.ratio_baseline]
    difference = torch.where(counted, c - torch.where(counted, baseline, 0.0), 0.0)
    if spec.ratio == "sequence":
        sums, counts = _per_sequence(difference, columns, counted)
        difference = (sums / counts)[columns.sequence]
    return difference.exp()


def _surrogate(spec: PolicyGradientLoss, c: Tensor, ratio: Tensor, advantage: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Returns the surrogate, and the tokens at the lower and the upper bound."""
    no = torch.zeros_like(c, dtype=torch.bool)
    if spec.surrogate == "plain":
        return (-advantage * c if spec.ratio == "none" else -ratio * advantage), no, no
    low, high = 1.0 - spec.clip_low, 1.0 + spec.clip_high
    clipped = ratio.clamp(low, high)
    if spec.surrogate == "cispo":
        value = ratio.detach()
        return -clipped.detach() * advantage * c, value < low, value > high
    surrogate = -torch.minimum(ratio * advantage, clipped * advantage)
    if spec.dual_clip is not None:
        bound = -spec.dual_clip * advantage
        surrogate = torch.where(advantage < 0, torch.minimum(surrogate, bound), surrogate)
    value = ratio.detach()
    return surrogate, (value < low) & (advantage < 0), (value > high) & (advantage > 0)


def _correction(spec: PolicyGradientLoss, c: Tensor, columns: Columns, counted: Tensor) -> tuple[Tensor, Tensor]:
    """Returns the factor f, and the tokens where it was truncated or masked. The pair is old over
    behavior with an old baseline, otherwise current over behavior."""
    if spec.correction == "none":
        return torch.ones_like(c), torch.zeros_like(counted)
    target = columns.old if spec.ratio != "none" and spec.ratio_baseline == "old" else c
    difference = torch.where(counted, target - columns.behaviour, 0.0)
    if spec.correction.startswith(("sequence", "geometric")):
        sums, counts = _per_sequence(difference, columns, counted)
        difference = (sums / counts if spec.correction == "geometric_mask" else sums)[columns.sequence]
    factor = difference.exp()
    outside = (factor < spec.correction_low) | (factor > spec.correction_high)
    if spec.correction.endswith("truncate"):
        return factor.clamp(spec.correction_low, spec.correction_high), outside
    kept = torch.ones_like(factor) if spec.correction == "geometric_mask" else factor
    return torch.where(outside, 0.0, kept), outside


def _kl(spec: PolicyGradientLoss, c: Tensor, reference: Tensor) -> Tensor:
    k = reference - c
    if spec.kl_clamp is not None:
        k = k.clamp(-spec.kl_clamp, spec.kl_clamp)
    if spec.kl == "k1":
        return -k
    return k * k / 2 if spec.kl == "k2" else k.exp() - k - 1


def _per_sequence(values: Tensor, columns: Columns, counted: Tensor) -> tuple[Tensor, Tensor]:
    """Returns, for each sequence, the sum of the counted values and the number of counted tokens
    (at least 1)."""
    size = int(columns.sequence.max()) + 1
    sums = torch.zeros(size, dtype=values.dtype, device=values.device).index_add(0, columns.sequence, values)
    counts = torch.zeros_like(sums).index_add(0, columns.sequence, counted.to(values.dtype))
    return sums, counts.clamp(min=1.0)
