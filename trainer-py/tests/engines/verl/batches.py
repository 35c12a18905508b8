"""A batch of several prompts, roles, temperatures and masked tokens."""

from __future__ import annotations

import numpy as np

from spice_trainer.api import CrossEntropyLoss, LossSpec, PolicyGradientLoss, TrainBatch, TrainSequence

SHAPES = [(0, 7), (0, 12), (1, 3), (2, 20), (1, 9)]
"""(prompt, completion tokens) of each sequence."""
NORMALIZER = 13.0

LOSSES: dict[str, LossSpec] = {
    "cross_entropy": CrossEntropyLoss(),
    "reinforce": PolicyGradientLoss(surrogate="plain", ratio="none"),
    "ppo": PolicyGradientLoss(
        ratio_baseline="old", clip_low=0.1, clip_high=0.3, kl="k3", kl_coefficient=0.05, entropy_coefficient=0.01
    ),
    "sequence": PolicyGradientLoss(
        ratio="sequence", ratio_baseline="old", correction="geometric_mask", correction_high=1.5
    ),
}


def make_batch(vocabulary: int = 258, seed: int = 3) -> TrainBatch:
    """The same for the same seed."""
    rng = np.random.default_rng(seed)

    def ids(length: int) -> np.ndarray:
        return rng.integers(2, vocabulary, length).astype(np.int32)

    def column(length: int, mean: float = -4.0) -> np.ndarray:
        return rng.normal(mean, 1.0, length).astype(np.float32)

    prompts = tuple(ids(length) for length in (5, 9, 3))
    sequences = [
        TrainSequence(
            prompt_ref=ref,
            completion_ids=ids(length),
            weights=(rng.uniform(0.2, 1.5, length) * (rng.random(length) > 0.2)).astype(np.float32),
            advantages=column(length, 0.0),
            behaviour_logprobs=column(length),
            old_logprobs=column(length),
            reference_logprobs=column(length),
            temperature=(0.7, 1.0, 1.3)[number % 3],
            role=("challenger", "reasoner")[number % 2],  # type: ignore[arg-type]
            group_id="g",
            sample_id=str(number),
        )
        for number, (ref, length) in enumerate(SHAPES)
    ]
    return TrainBatch(prompts, tuple(sequences))
