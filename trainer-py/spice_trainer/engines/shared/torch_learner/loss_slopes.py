"""Derivatives of a loss by the log-probability and the entropy of each token of a micro-batch."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from spice_trainer.api import LossSpec, PolicyGradientLoss
from spice_trainer.engines.shared.torch_learner.head import LogprobGradient
from spice_trainer.toolkit.torch.losses import Columns, TokenLosses, token_losses

GradientOf = Callable[[slice, Tensor, Tensor], LogprobGradient]
"""From rows of the tokens of the micro-batch, their log-probabilities and entropies, to the
derivatives of the loss by both."""


class LossSlopes:
    """The loss of N tokens, float64 [N], and its derivatives. Use either `of_tokens` or
    `of_sequences`, over all tokens in order. Then `losses` has every token."""

    def __init__(self, loss: LossSpec, columns: Columns, share: Tensor) -> None:
        """`share`: weight of each token divided by Z; 0 for tokens that do not count."""
        self._loss, self._columns, self._share = loss, columns, share
        self._entropy_coefficient = loss.entropy_coefficient if isinstance(loss, PolicyGradientLoss) else 0.0
        self._found: list[TokenLosses] = []

    def of_tokens(self, rows: slice, c: Tensor, entropy: Tensor) -> LogprobGradient:
        """`GradientOf` for losses whose tokens do not depend on each other."""
        return LogprobGradient(self._slope(c, self._columns.part(rows), self._share[rows]), self._by_entropy(rows))

    def of_sequences(self, c: Tensor) -> GradientOf:
        """Returns a `GradientOf` for losses in which the tokens of a sequence depend on each other.
        `c`: log-probabilities of all N tokens."""
        whole = self._slope(c, self._columns, self._share)
        return lambda rows, c, entropy: LogprobGradient(whole[rows], self._by_entropy(rows))

    def losses(self) -> TokenLosses:
        """Returns the losses of all tokens, without the entropy term."""
        names = TokenLosses.__dataclass_fields__
        return TokenLosses(*(torch.cat([getattr(part, name).detach() for part in self._found]) for name in names))

    def weighted(self, loss: Tensor, entropies: Tensor) -> Tensor:
        """Returns the part of each token in the normative loss, with the entropy term."""
        token_loss = loss - self._entropy_coefficient * entropies
        return torch.where(self._share > 0, token_loss * self._share, 0.0)

    def _slope(self, c: Tensor, columns: Columns, share: Tensor) -> Tensor:
        with torch.enable_grad():
            leaf = c.detach().requires_grad_(True)
            found = token_losses(self._loss, leaf, columns)
            weighted = (torch.where(share > 0, found.loss, 0.0) * share).sum()
            (slope,) = torch.autograd.grad(weighted, leaf, allow_unused=True, materialize_grads=True)
        self._found.append(found)
        return slope

    def _by_entropy(self, rows: slice) -> Tensor | None:
        return -self._entropy_coefficient * self._share[rows] if self._entropy_coefficient else None
