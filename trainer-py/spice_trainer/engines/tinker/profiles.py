"""Differences between the two kinds of server, with the source of each fact.

SkyRL 0.4.0 was read as source and run in tests. The hosted service was never called (it needs a
key). The facts about it come from, in brackets:

- [sdk] the docstrings and types of its SDK, tinker 0.38.0;
- [docs] its documentation (docs/losses.mdx in thinking-machines-lab/tinker-cookbook, and its site);
- [#N] issue N of thinking-machines-lab/tinker-cookbook, [f#N] of
  thinking-machines-lab/tinker-feedback.

Losses are sums over tokens: "for all objectives we sum the token-level losses over the sequence
length" [docs]. The cross-entropy of the backend is sum(-logprobs * weights), and weights =
-dC/dlogprobs give the gradient of any loss C [sdk, training_client.py, `_compute_custom_loss`].
Unknown inputs of a loss are answered with 400 [f#53, for `mask`]. The norm is computed only where
an update bounds it, and a bound of 1e12 makes it known [#275, a maintainer, January 2026]. Its name
is `unclipped_grad_l2:mean` [#331, where the meaning of `mean` is asked and not answered]. The
optimizer is AdamW of torch [sdk, `optim_step`]. A snapshot for sampling keeps its weights [sdk,
`SamplingClientKind`]. Log-probabilities are raw at any temperature [f#148, a user]. No stop means
the implicit end of sequence, `[]` no end at all [sdk, `SamplingParams`]. Not documented: the alpha
of the adapter (#280 asks; the SDK has no field), the number format, whether an update without
gradients is allowed, how long a snapshot exists, and whether results repeat bit by bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from spice_trainer.engines.tinker.adam import Moments
from spice_trainer.engines.tinker.normalization import Normalization


@dataclass(frozen=True)
class Profile:
    """One kind of server."""

    kind: str
    """Name of the trainer."""
    name: str
    otherwise: Normalization | None
    """Normalization of a server that reports no norm. None: refuse the server."""
    candidates: tuple[Normalization, ...]
    """Normalizations that can be cancelled. The weights of the cross-entropy are the slopes
    themselves, so nothing divides them."""
    slack: float
    """Largest relative difference between a measured and a known ratio of norms that counts as
    equal."""
    bounds_norm: bool
    """Whether an update takes the bound of the norm and reports the norm. Otherwise the bound needs
    a second backward pass."""
    compiles: bool
    """Whether a new shape takes seconds, so that numbers of rows and lengths are rounded up. On
    other servers rounding would cost money."""
    idle_updates: bool
    """Whether an update may come without a backward pass before it."""
    decays_all: bool
    """Whether the weight decay of an update changes every adapter of the server."""
    moments: Callable[[], Moments]
    """Moments of a new model."""


SKYRL = Profile(
    kind="tinker",
    name="skyrl",
    otherwise=None,
    candidates=tuple(Normalization),
    slack=0.02,  # float32 gives 1e-5
    bounds_norm=False,
    compiles=True,
    idle_updates=True,
    decays_all=True,
    moments=Moments,
)
HOSTED = Profile(
    kind="tinker-hosted",
    name="hosted",
    otherwise=Normalization.SUM,
    candidates=(Normalization.SUM,),
    slack=0.1,  # bfloat16, and kernels that do not repeat; the candidates differ by a factor of two
    bounds_norm=True,
    compiles=False,
    idle_updates=False,
    decays_all=False,
    moments=lambda: Moments(mu=1.0, nu=1.0),
)
