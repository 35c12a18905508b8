"""Attention over a packed micro-batch, forward and backward, without a mask of L x L.

A prompt attends to itself, causally. A completion attends to its whole prompt and to itself,
causally; the two partial softmaxes are merged with their log-sum-exp. With the merged output and
log-sum-exp, the backward pass of each part is the usual backward pass, so the gradient is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from spice_trainer.engines.shared.torch_model.attention import softmax_attention, softmax_attention_backward


@dataclass(frozen=True)
class GroupSpan:
    """Positions of one group: its prompt is `start`..`prompt_end`; its completions follow up to
    `end`."""

    start: int
    prompt_end: int
    end: int
    completions: tuple[tuple[int, int], ...]


class PackedPlan:
    """Attention plan of one micro-batch."""

    def __init__(self, groups: tuple[GroupSpan, ...], device: torch.device) -> None:
        self.groups = groups
        spans = [span for group in groups for span in group.completions if span[1] > span[0]]
        self.completed = bool(spans)
        """Whether a completion has an input position of its own."""
        if not spans:
            return
        width = max(stop - start for start, stop in spans)
        offsets = torch.arange(width)
        starts = torch.tensor([start for start, _ in spans]).unsqueeze(1)
        stops = torch.tensor([stop for _, stop in spans]).unsqueeze(1)
        real = starts + offsets < stops
        # Padding repeats the last position. It comes after every real row, so causality hides it
        # from them.
        self.gather = torch.minimum(starts + offsets, stops - 1).to(device)
        self.real = real.to(device)
        self.places = (starts + offsets)[real].to(device)

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Computes attention, see `AttentionPlan.attend`. Differentiable."""
        return _PackedAttention.apply(query, key, value, self, scale)


class _PackedAttention(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, plan: PackedPlan, scale: float) -> Tensor:
        heads, length, dim = query.shape
        output = torch.empty((length, heads, dim), dtype=query.dtype, device=query.device)
        total = torch.empty((heads, length), dtype=torch.float32, device=query.device)
        by_head = output.transpose(0, 1)
        for group in plan.groups:
            prompt = slice(group.start, group.prompt_end)
            keys, values = key[None, :, prompt], value[None, :, prompt]
            part, part_total = softmax_attention(query[None, :, prompt], keys, values, scale, causal=True)
            by_head[:, prompt], total[:, prompt] = part[0], part_total[0]
            rest = slice(group.prompt_end, group.end)
            if group.end > group.prompt_end:
                part, part_total = softmax_attention(query[None, :, rest], keys, values, scale)
                by_head[:, rest], total[:, rest] = part[0], part_total[0]
        if plan.completed:
            own_query, own_key, own_value = (_gathered(x, plan) for x in (query, key, value))
            own, own_total = softmax_attention(own_query, own_key, own_value, scale, causal=True)
            # [M, heads(, d)].
            own, own_total = own.transpose(1, 2)[plan.real], own_total.transpose(1, 2)[plan.real]
            cross_total = total[:, plan.places].T
            merged = torch.logaddexp(cross_total, own_total)
            cross_share = (cross_total - merged).exp_().unsqueeze(-1).to(output.dtype)
            own_share = (own_total - merged).exp_().unsqueeze(-1).to(output.dtype)
            output[plan.places] = output[plan.places].mul_(cross_share).addcmul_(own, own_share)
            total[:, plan.places] = merged.T
        ctx.save_for_backward(query, key, value, output, total)
        ctx.plan, ctx.scale = plan, scale
        return output

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Tensor, Tensor, Tensor, None, None]:
        grad: Tensor = grad_outputs[0]
        query, key, value, output, total = ctx.saved_tensors
        plan, scale = ctx.plan, ctx.scale
        grad_query, grad_key, grad_value = (torch.empty_like(x) for x in (query, key, value))
        grad_by_head, by_head = grad.transpose(0, 1), output.transpose(0, 1)
        for group in plan.groups:
            prompt = slice(group.start, group.prompt_end)
            keys, values = key[None, :, prompt], value[None, :, prompt]

            def part(rows: slice, causal: bool, keys: Tensor = keys, values: Tensor = values) -> tuple[Tensor, ...]:
                return softmax_attention_backward(
                    grad_by_head[None, :, rows],
                    query[None, :, rows],
                    keys,
                    values,
                    by_head[None, :, rows],
                    total[None, :, rows],
                    scale,
                    causal,
                )

            into_query, into_key, into_value = part(prompt, causal=True)
            grad_query[:, prompt] = into_query[0]
            if group.end > group.prompt_end:
                rest = slice(group.prompt_end, group.end)
                cross_query, cross_key, cross_value = part(rest, causal=False)
                grad_query[:, rest] = cross_query[0]
                into_key, into_value = into_key + cross_key, into_value + cross_value
            grad_key[:, prompt], grad_value[:, prompt] = into_key[0], into_value[0]
        if plan.completed:
            # The gradient of padding rows is 0, so they contribute no gradient.
            own_grad = _gathered(grad_by_head, plan) * plan.real[:, None, :, None]
            own_query, own_key, own_value, own_output = (_gathered(x, plan) for x in (query, key, value, by_head))
            own_total = total[:, plan.gather].transpose(0, 1).contiguous()
            into_query, into_key, into_value = softmax_attention_backward(
                own_grad, own_query, own_key, own_value, own_output, own_total, scale, True
            )
            grad_query[:, plan.places] += _scattered(into_query, plan)
            grad_key[:, plan.places] = _scattered(into_key, plan)
            grad_value[:, plan.places] = _scattered(into_value, plan)
        return grad_query, grad_key, grad_value, None, None


def _gathered(x: Tensor, plan: PackedPlan) -> Tensor:
    """[heads, L, d] to [completions, heads, width, d]."""
    return x[:, plan.gather].transpose(0, 1)


def _scattered(x: Tensor, plan: PackedPlan) -> Tensor:
    """[completions, heads, width, d] to [heads, real places, d]."""
    return x.transpose(1, 2)[plan.real].transpose(0, 1)
