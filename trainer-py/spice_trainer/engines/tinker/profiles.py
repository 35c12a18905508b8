"""What differs between the two kinds of server, and where each fact comes from.

SkyRL 0.4.0 is read as source and run in tests. The hosted service was never reached from here (it
needs a key); what is written about it comes from, in brackets:

- [sdk] the docstrings and types of its SDK, tinker 0.38.0;
- [docs] its documentation (docs/losses.mdx in thinking-machines-lab/tinker-cookbook, and its site);
- [#N] issue N of thinking-machines-lab/tinker-cookbook, [f#N] of
  thinking-machines-lab/tinker-feedback.

Losses are sums over tokens: "for all objectives we sum the token-level losses over the sequence
length" [docs]; the backend's cross-entropy is sum(-logprobs * weights), and weights = -dC/dlogprobs
backpropagate any loss C [sdk, training_client.py, `_compute_custom_loss`]. Inputs that a loss does
not know are answered with 400 [f#53, for `mask`]. The norm is computed only where an update bounds
it, and a bound of 1e12 makes it known [#275, a maintainer, January 2026]; it comes as
`unclipped_grad_l2:mean` [#331, where what `mean` is over is asked and not answered]. The optimiser
is torch's AdamW [sdk, `optim_step`]. A snapshot for sampling keeps its weights [sdk,
`SamplingClientKind`]. Log-probabilities are raw at any temperature [f#148, a user]. No stop means
the implicit end of sequence, `[]` no end at all [sdk, `SamplingParams`].

Not documented: the adapter's alpha (#280 asks; the SDK has no field), the number format, whether an
update without gradients is allowed, how long a snapshot lives, and whether results repeat bit by
bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from spice_trainer.engines.tinker.adam import Moments
from spice_trainer.engines.tinker.normalisation import Normalisation


@dataclass(frozen=True)
class Profile:
    """One kind of server."""

    kind: str
    """Name of the trainer."""
    name: str
    otherwise: Normalisation | None
    """What to believe of a server that tells no norm; None: refuse it."""
    candidates: tuple[Normalisation, ...]
    """What can be undone: cross-entropy's weights are the slopes themselves, so there is nothing to
    divide them by."""
    slack: float
    """Relative difference between a measured ratio of norms and a known one that still counts as
    that."""
    bounds_norm: bool
    """An update takes the norm's bound, and tells the norm. Else the bound costs a second backward
    pass."""
    compiles: bool
    """A new shape takes seconds, so that numbers of rows and lengths are rounded up. Elsewhere that
    would cost money."""
    idle_updates: bool
    """An update may come without a backward pass before it."""
    decays_all: bool
    """An update's weight decay reaches every adapter that the server holds."""
    moments: Callable[[], Moments]
    """Of a fresh model."""


SKYRL = Profile(
    kind="tinker",
    name="skyrl",
    otherwise=None,
    candidates=tuple(Normalisation),
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
    otherwise=Normalisation.SUM,
    candidates=(Normalisation.SUM,),
    slack=0.1,  # bfloat16, and kernels that do not repeat; the candidates are a factor of two apart
    bounds_norm=True,
    compiles=False,
    idle_updates=False,
    decays_all=False,
    moments=lambda: Moments(mu=1.0, nu=1.0),
)
