"""Wrong losses and wrong normalisation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from mutants.registry import mutant
from spice_trainer.api import PolicyGradientLoss
from spice_trainer.engines.fake import learner
from spice_trainer.engines.fake.learner import Learner
from spice_trainer.engines.shared import losses_numpy


def _change_spec(change: Callable[[PolicyGradientLoss], PolicyGradientLoss]) -> None:
    """Compute every policy gradient with other settings than asked for."""
    true = losses_numpy.token_loss

    def wrong(spec: Any, *rest: Any) -> Any:
        return true(change(spec) if isinstance(spec, PolicyGradientLoss) else spec, *rest)

    learner.token_loss = wrong


def _change_call(change: Callable[[Any, float], tuple[Any, float]]) -> None:
    """Compute every gradient of another batch or another Z than asked for."""
    true = Learner.forward_backward

    def wrong(self: Learner, batch: Any, loss: Any, normalizer: float, *rest: Any) -> Any:
        return true(self, *_with(batch, loss, normalizer), *rest)

    def _with(batch: Any, loss: Any, normalizer: float) -> tuple[Any, Any, float]:
        batch, normalizer = change(batch, normalizer)
        return batch, loss, normalizer

    Learner.forward_backward = wrong


def _change_sequences(change: Callable[[Any], Any]) -> None:
    _change_call(lambda batch, z: (replace(batch, sequences=tuple(map(change, batch.sequences))), z))


@mutant("normalization.doubled")
def divides_by_sequences() -> None:
    """The loss is also divided by the number of sequences."""
    _change_call(lambda batch, z: (batch, z * len(batch.sequences)))


@mutant("normalization.half_z")
def ignores_z() -> None:
    """The loss is divided by the number of tokens instead of Z."""
    _change_call(lambda batch, z: (batch, float(sum(len(one.completion_ids) for one in batch.sequences))))


@mutant("normalization.lengths")
def divides_by_length() -> None:
    """Each sequence is averaged over its tokens."""
    _change_sequences(lambda one: replace(one, weights=one.weights / np.float32(len(one.weights))))


@mutant("normalization.microbatches")
def divides_by_microbatches() -> None:
    """Loss and gradient are averaged over micro-batches."""
    true = Learner.forward_backward

    def wrong(self: Learner, batch: Any, loss: Any, normalizer: float, *rest: Any) -> Any:
        settings = rest[-1]
        parts = len(list(learner._microbatches(batch, settings.microbatch_tokens)))
        return true(self, batch, loss, normalizer * parts, *rest)

    Learner.forward_backward = wrong


@mutant("normalization.value")
def prompt_in_loss() -> None:
    """The prompt's tokens count as if they were the completion's."""
    true = Learner._sequence

    def wrong(self: Learner, batch: Any, sequence: Any, loss: Any, normalizer: float, gradient: Any) -> Any:
        record = true(self, batch, sequence, loss, normalizer, gradient)
        prompt = batch.prompts[sequence.prompt_ref]
        ones = np.ones(len(prompt) - 1, dtype=np.float32)
        columns = ("behaviour_logprobs", "old_logprobs", "reference_logprobs")
        absent = {name: None if getattr(sequence, name) is None else ones * -1 for name in columns}
        asked = replace(sequence, prompt_ref=0, completion_ids=prompt[1:], weights=ones, advantages=ones, **absent)
        more = true(self, replace(batch, prompts=(prompt[:1],)), asked, loss, normalizer, gradient)
        extra = float(more.loss.sum()) / len(record.loss)
        return replace(record, loss=record.loss + extra)

    Learner._sequence = wrong


@mutant("normalization.masked_token")
def counts_masked_tokens() -> None:
    """Weight 0 is taken for 1."""
    _change_sequences(lambda one: replace(one, weights=np.where(one.weights == 0, np.float32(1), one.weights)))


@mutant("normalization.weights")
def ignores_weights() -> None:
    """Every weight above 0 counts as 1."""
    _change_sequences(lambda one: replace(one, weights=(one.weights > 0).astype(np.float32)))


@mutant("losses.derivative")
def doubles_gradient() -> None:
    """The gradient is twice that of the returned loss."""
    true = Learner._sequence

    def wrong(self: Learner, batch: Any, sequence: Any, loss: Any, normalizer: float, gradient: Any) -> Any:
        before = gradient.copy()
        record = true(self, batch, sequence, loss, normalizer, gradient)
        gradient += gradient - before
        return record

    Learner._sequence = wrong


@mutant("losses.reinforce")
def forgets_sign_of_advantage() -> None:
    """Only positive advantages count."""
    _change_sequences(lambda one: replace(one, advantages=np.maximum(one.advantages, 0)))


@mutant("losses.ppo_clip")
def drops_clip() -> None:
    """The ratio is never clipped."""
    _change_spec(lambda spec: replace(spec, clip_low=1.0, clip_high=1e9))


@mutant("losses.ppo_clip")
def clips_one_side() -> None:
    """The ratio is clipped from below only."""
    _change_spec(lambda spec: replace(spec, clip_high=1e9))


@mutant("losses.ppo_clip")
def swaps_clip_bounds() -> None:
    """clip_low and clip_high change places."""
    _change_spec(lambda spec: replace(spec, clip_low=spec.clip_high, clip_high=spec.clip_low))


@mutant("losses.dual_clip")
def drops_dual_clip() -> None:
    """dual_clip is ignored."""
    _change_spec(lambda spec: replace(spec, dual_clip=None))


@mutant("losses.sequence_ratio")
def takes_token_ratio() -> None:
    """Sequence ratios are computed token by token."""
    _change_spec(lambda spec: replace(spec, ratio="token") if spec.ratio == "sequence" else spec)


@mutant("losses.token_truncate")
def ignores_correction() -> None:
    """Off-policy corrections are left out."""
    _change_spec(lambda spec: replace(spec, correction="none"))


@mutant("losses.token_truncate")
def ignores_importance_cap() -> None:
    """Importance weights are not bounded from above."""
    _change_spec(lambda spec: replace(spec, correction_high=1e9))


@mutant("losses.sequence_truncate")
def averages_sequence_weight() -> None:
    """The weight of a sequence is the mean of its tokens' log-ratios, not their sum."""
    true = losses_numpy._correction

    def wrong(spec: Any, sequence: Any, current: Any, live: Any) -> Any:
        if not spec.correction.startswith("sequence"):
            return true(spec, sequence, current, live)
        masked = replace(spec, correction="geometric_mask", correction_low=0.0, correction_high=1e9)
        _, outside = true(masked, sequence, current, live)
        old = sequence.old_logprobs if spec.ratio_baseline == "old" else current
        gap = (old - sequence.behaviour_logprobs)[live].mean()
        return np.clip(np.full_like(current, np.exp(gap)), spec.correction_low, spec.correction_high), outside

    losses_numpy._correction = wrong


@mutant("losses.kl_k3")
def turns_kl_round() -> None:
    """The KL penalty is a reward."""
    _change_spec(lambda spec: replace(spec, kl_coefficient=-spec.kl_coefficient))


@mutant("losses.kl_k1")
def ignores_kl_clamp() -> None:
    """The KL estimate is not clamped."""
    _change_spec(lambda spec: replace(spec, kl_clamp=None))


@mutant("losses.entropy")
def turns_entropy_round() -> None:
    """The entropy bonus is a penalty."""
    _change_spec(lambda spec: replace(spec, entropy_coefficient=-spec.entropy_coefficient))


@mutant("losses.temperature")
def trains_at_temperature_one() -> None:
    """The TEMPERATURE column is ignored in training."""
    _change_sequences(lambda one: replace(one, temperature=1.0))


@mutant("losses.non_finite")
def keeps_gradients_that_are_not_finite() -> None:
    """A loss that is not finite is reported as finite, its gradient as zero."""
    true = Learner.forward_backward

    def wrong(self: Learner, *rest: Any) -> Any:
        result = true(self, *rest)
        return replace(result, non_finite=False, loss=0.0) if result.non_finite else result

    Learner.forward_backward = wrong
