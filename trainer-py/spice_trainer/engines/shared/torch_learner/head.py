"""Log-probabilities of completion tokens from hidden states, and their gradient, without all logits
in memory.

Logits of `chunk` positions exist at a time. Their gradient is computed in place as soon as dL/dc of
the chunk is known. So the head costs one forward and one backward product. Nothing is recomputed
unless the loss depends on a whole sequence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class HeadResult:
    """Float64 [N]: log-probability of each target and entropy of its distribution, at the
    temperature of the token."""

    logprobs: Tensor
    entropies: Tensor


@dataclass(frozen=True)
class LogprobGradient:
    """Float64 [n] of one chunk: dL/dc, and dL/dH (None: no entropy term)."""

    logprob: Tensor
    entropy: Tensor | None


def chunks(length: int, size: int) -> Iterator[slice]:
    """Yields consecutive ranges of at most `size`."""
    return (slice(start, min(start + size, length)) for start in range(0, length, size))


@torch.no_grad()
def logprobs(
    hidden: Tensor, logits_of: Callable[[Tensor], Tensor], targets: Tensor, temperatures: Tensor, chunk: int
) -> HeadResult:
    """Computes the result without gradient. `logits_of` maps [n, hidden] to float32 logits that may
    be overwritten."""
    found = [
        _chunk(logits_of(hidden[rows]), targets[rows], temperatures[rows])[:2] for rows in chunks(len(targets), chunk)
    ]
    return HeadResult(torch.cat([c for c, _ in found]), torch.cat([h for _, h in found]))


@torch.no_grad()
def logprobs_and_gradient(
    hidden: Tensor,
    weight: Tensor,
    weight_gradient: Tensor | None,
    targets: Tensor,
    temperatures: Tensor,
    chunk: int,
    gradient_of: Callable[[slice, Tensor, Tensor], LogprobGradient],
) -> tuple[HeadResult, Tensor]:
    """Returns the result and dL/dhidden [N, hidden]. Adds dL/dweight to `weight_gradient` (None:
    the head is frozen). `gradient_of(rows, c, H)` returns the derivatives of the loss for a chunk
    of tokens."""
    into_hidden = torch.empty_like(hidden)
    found: list[tuple[Tensor, Tensor]] = []
    for rows in chunks(len(targets), chunk):
        part = hidden[rows]
        c, entropy, probabilities, log_probabilities = _chunk(
            torch.nn.functional.linear(part, weight).float(), targets[rows], temperatures[rows]
        )
        gradient = gradient_of(rows, c, entropy)
        # dc/dlogits = (onehot - p) / T and dH/dlogits = -p (log p + H) / T
        by_logprob = (gradient.logprob / temperatures[rows]).float().unsqueeze(1)
        if gradient.entropy is None:
            into_logits = probabilities.mul_(-by_logprob)
        else:
            by_entropy = (gradient.entropy / temperatures[rows]).float().unsqueeze(1)
            slope = log_probabilities.add_(entropy.float().unsqueeze(1)).mul_(by_entropy).add_(by_logprob)
            into_logits = probabilities.mul_(slope.neg_())
        into_logits.scatter_add_(1, targets[rows].unsqueeze(1), by_logprob)
        into_logits = into_logits.to(weight.dtype)
        torch.mm(into_logits, weight, out=into_hidden[rows])
        if weight_gradient is not None:
            if weight_gradient.dtype == weight.dtype:
                weight_gradient.addmm_(into_logits.T, part)
            else:
                weight_gradient.add_(into_logits.T @ part)
        found.append((c, entropy))
    return HeadResult(torch.cat([c for c, _ in found]), torch.cat([h for _, h in found])), into_hidden


def _chunk(logits: Tensor, targets: Tensor, temperatures: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Returns c, H, probabilities (in the memory of `logits`) and log-probabilities."""
    if bool((temperatures != 1.0).any()):
        logits.div_(temperatures.float().unsqueeze(1))
    log_probabilities = logits.log_softmax(-1)
    probabilities = torch.exp(log_probabilities, out=logits)
    c = log_probabilities.gather(1, targets.unsqueeze(1)).squeeze(1).double()
    # A product of a row and a column. vecdot would write all products to memory before it adds
    # them.
    entropy = -torch.bmm(probabilities.unsqueeze(1), log_probabilities.unsqueeze(2)).flatten().double()
    return c, entropy, probabilities, log_probabilities
