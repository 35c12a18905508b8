"""The attention function of every forward pass of this backend.

transformers takes the attention of a model from a registry. The function here finds a *plan* among
the arguments of the forward call, and the plan computes. The plans of the sampler read and write
key/value storage. The plan of the trainer defines which packed tokens attend to which tokens. So
any decoder that uses the registry works, and no mask of L x L is built.
"""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor, nn
from transformers import AttentionInterface

IMPLEMENTATION = "spice"
"""Name in the attention registry of transformers."""

PLAN_ARGUMENT = "spice_plan"
"""Keyword argument of the forward call of the model that contains the plan."""


class AttentionPlan(Protocol):
    """Attention of the tokens of one forward pass."""

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Computes attention: `query` [heads, L, d], `key` and `value` [kv_heads, L, d], with
        rotary embedding. Returns [L, heads, d]."""
        ...


def plan_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """The function in the form of the registry: all heads [1, heads, L, d]; returns [1, L, heads,
    d]."""
    plan: AttentionPlan = kwargs[PLAN_ARGUMENT]
    scale = scaling if scaling is not None else query.shape[-1] ** -0.5
    layer = module.layer_idx
    assert isinstance(layer, int)
    return plan.attend(layer, query[0], key[0], value[0], scale).unsqueeze(0), None


AttentionInterface.register(IMPLEMENTATION, plan_attention)


def run_decoder(
    decoder: nn.Module, plan: AttentionPlan, positions: Tensor, ids: Tensor | None = None, embeds: Tensor | None = None
) -> Tensor:
    """Returns hidden states [L, hidden] of L packed tokens. `positions` [L] are rotary positions.
    Exactly one of `ids` [L] and `embeds` [L, hidden] is given."""
    output = decoder(
        input_ids=None if ids is None else ids.unsqueeze(0),
        inputs_embeds=None if embeds is None else embeds.unsqueeze(0),
        position_ids=positions.unsqueeze(0),
        use_cache=False,
        return_dict=True,
        **{PLAN_ARGUMENT: plan},
    )
    return output.last_hidden_state[0]


def softmax_attention(
    query: Tensor, key: Tensor, value: Tensor, scale: float, causal: bool = False, mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Computes attention and its log-sum-exp: `query` [b, h, m, d], `key`/`value` [b, h or
    h/groups, n, d]. `mask` is added to the scores. Returns ([b, h, m, d], [b, h, m]); the second is
    float32. On a processor the fused kernel of torch is used, because the public function does not
    return the log-sum-exp, which is necessary to merge two partial attentions. On other devices the
    same formula is written with separate operations."""
    if query.device.type == "cpu":
        return torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
            query, key, value, 0.0, causal, attn_mask=mask, scale=scale
        )
    groups = query.shape[1] // key.shape[1]
    key, value = (x.repeat_interleave(groups, dim=1) if groups > 1 else x for x in (key, value))
    scores = (query @ key.transpose(-1, -2)).float() * scale
    scores = _masked(scores, causal, mask)
    total = scores.logsumexp(-1)
    return (scores - total.unsqueeze(-1)).exp().to(value.dtype) @ value, total


def softmax_attention_backward(
    grad: Tensor, query: Tensor, key: Tensor, value: Tensor, output: Tensor, total: Tensor, scale: float, causal: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Returns the gradients of `softmax_attention` for query, key and value. `output` and `total`
    may come from a larger softmax that contains this range of keys: then the weights are the share
    of this range, and the three gradients are exact parts whose sum over all ranges is the
    gradient."""
    if query.device.type == "cpu":
        return torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward(
            grad, query, key, value, output, total, 0.0, causal, scale=scale
        )
    kv_heads, groups = key.shape[1], query.shape[1] // key.shape[1]
    wide_key, wide_value = (x.repeat_interleave(groups, dim=1) if groups > 1 else x for x in (key, value))
    scores = _masked((query @ wide_key.transpose(-1, -2)).float() * scale, causal, None)
    weights = (scores - total.unsqueeze(-1)).exp()
    inner = (grad.float() * output.float()).sum(-1, keepdim=True)
    grad_scores = (weights * ((grad @ wide_value.transpose(-1, -2)).float() - inner) * scale).to(query.dtype)
    grad_key = grad_scores.transpose(-1, -2) @ query
    grad_value = weights.to(grad.dtype).transpose(-1, -2) @ grad
    if groups > 1:
        grad_key, grad_value = (x.unflatten(1, (kv_heads, groups)).sum(2) for x in (grad_key, grad_value))
    return grad_scores @ wide_key, grad_key, grad_value


def _masked(scores: Tensor, causal: bool, mask: Tensor | None) -> Tensor:
    if causal:
        rows, columns = scores.shape[-2:]
        upper = torch.ones(rows, columns, dtype=torch.bool, device=scores.device).triu_(1)
        scores = scores.masked_fill(upper, float("-inf"))
    return scores if mask is None else scores + mask
