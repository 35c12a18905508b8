"""An independent reference: plain transformers in float64, one sequence at a time, formulas written out per token."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import AutoModelForCausalLM

from spice_trainer.api import CrossEntropyLoss, LossSpec, PolicyGradientLoss, TrainBatch, TrainSequence


def load(folder: Path) -> torch.nn.Module:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64, attn_implementation="eager")


def distribution(model: torch.nn.Module, prompt: np.ndarray, completion: np.ndarray, temperature: float) -> Tensor:
    """Log-probabilities of every token at each completion position [c, vocabulary]."""
    ids = torch.tensor(np.concatenate([prompt, completion])[None].astype(np.int64))
    logits = model(ids).logits[0, len(prompt) - 1 : -1]
    return (logits / temperature).log_softmax(-1)


def logprobs(model: torch.nn.Module, prompt: np.ndarray, completion: np.ndarray, temperature: float = 1.0) -> Tensor:
    table = distribution(model, prompt, completion, temperature)
    return table[torch.arange(len(completion)), torch.tensor(completion.astype(np.int64))]


def loss_and_gradient(
    model: torch.nn.Module, batch: TrainBatch, loss: LossSpec, normalizer: float
) -> tuple[float, dict[str, Tensor]]:
    model.zero_grad()
    total = torch.zeros((), dtype=torch.float64)
    for sequence in batch.sequences:
        prompt = batch.prompts[sequence.prompt_ref]
        table = distribution(model, prompt, sequence.completion_ids, sequence.temperature)
        rows = torch.arange(len(sequence.completion_ids))
        c = table[rows, torch.tensor(sequence.completion_ids.astype(np.int64))]
        entropy = -(table.exp() * table).sum(-1)
        total = total + sequence_loss(loss, c, entropy, sequence)
    total = total / normalizer
    total.backward()
    return total.item(), {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def sequence_loss(loss: LossSpec, c: Tensor, entropy: Tensor, s: TrainSequence) -> Tensor:
    """Sum of weight x token loss of one sequence."""
    total = torch.zeros((), dtype=torch.float64)
    counted = [t for t in range(len(c)) if s.weights[t] > 0]
    for t in counted:
        w = float(s.weights[t])
        if isinstance(loss, CrossEntropyLoss):
            total = total - w * c[t]
            continue
        ratio = _ratio(loss, c, s, t, counted)
        advantage = float(s.advantages[t])
        term = _factor(loss, c, s, t, counted) * _surrogate(loss, c[t], ratio, advantage)
        if loss.kl != "none":
            k = float(s.reference_logprobs[t]) - c[t]
            if loss.kl_clamp is not None:
                k = torch.clamp(k, -loss.kl_clamp, loss.kl_clamp)
            estimate = {"k1": -k, "k2": k**2 / 2, "k3": torch.exp(k) - k - 1}[loss.kl]
            term = term + loss.kl_coefficient * estimate
        total = total + w * (term - loss.entropy_coefficient * entropy[t])
    return total


def _ratio(loss: PolicyGradientLoss, c: Tensor, s: TrainSequence, t: int, counted: list[int]) -> Tensor:
    def difference(i: int) -> Tensor:
        if loss.ratio_baseline == "current":
            return c[i] - c[i].detach()
        column = s.old_logprobs if loss.ratio_baseline == "old" else s.behaviour_logprobs
        return c[i] - float(column[i])

    if loss.ratio == "none":
        return torch.ones((), dtype=torch.float64)
    if loss.ratio == "token":
        return torch.exp(difference(t))
    return torch.exp(sum(difference(i) for i in counted) / len(counted))


def _surrogate(loss: PolicyGradientLoss, c: Tensor, ratio: Tensor, advantage: float) -> Tensor:
    if loss.surrogate == "plain":
        return -advantage * c if loss.ratio == "none" else -ratio * advantage
    clipped = torch.clamp(ratio, 1 - loss.clip_low, 1 + loss.clip_high)
    if loss.surrogate == "cispo":
        return -clipped.detach() * advantage * c
    value = -torch.min(ratio * advantage, clipped * advantage)
    if loss.dual_clip is not None and advantage < 0:
        value = torch.min(value, torch.tensor(-loss.dual_clip * advantage, dtype=torch.float64))
    return value


def _factor(loss: PolicyGradientLoss, c: Tensor, s: TrainSequence, t: int, counted: list[int]) -> float:
    if loss.correction == "none":
        return 1.0
    old = loss.ratio != "none" and loss.ratio_baseline == "old"

    def gap(i: int) -> float:
        return (float(s.old_logprobs[i]) if old else c[i].item()) - float(s.behaviour_logprobs[i])

    gaps = [gap(i) for i in counted]
    exponent = {"token": gap(t), "sequence": sum(gaps), "geometric": sum(gaps) / len(gaps)}[
        loss.correction.split("_")[0]
    ]
    value = math.exp(exponent)
    inside = loss.correction_low <= value <= loss.correction_high
    if loss.correction.endswith("truncate"):
        return min(max(value, loss.correction_low), loss.correction_high)
    if loss.correction == "geometric_mask":
        return 1.0 if inside else 0.0
    return value if inside else 0.0
