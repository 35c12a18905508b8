"""Chooses the next token of every row from its logits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spice_trainer.api import BackendError, BackendErrorCode, SamplingParams

_BLOCK = 256
"""Width of a block in the two-level search in the cumulative distribution: the first pass sums
blocks, the second pass searches inside one block."""
_FIRST_CANDIDATES = 1024
"""Number of most likely tokens that the filters read first. It increases when the nucleus of a row
is larger."""


@dataclass(frozen=True)
class DrawRow:
    """Sampling of one row. `mode` is the log-probability that the caller requests."""

    params: SamplingParams
    mode: str

    @property
    def filtered(self) -> bool:
        """Whether top-k, top-p or min-p removes tokens."""
        p = self.params
        return p.temperature > 0 and (p.top_k > 0 or p.top_p < 1.0 or p.min_p > 0.0)


def draw(logits: Tensor, rows: list[DrawRow], uniform: NDArray[np.float64]) -> tuple[list[int], list[float]]:
    """Returns tokens and log-probabilities. `logits` [R, V] float32 is overwritten. `uniform`
    [R] is in [0, 1). Temperature 0 takes the largest logit; its `temperature_scaled`
    log-probability is then the raw log-probability. The result of each row depends on its own
    logits and number only."""
    greedy = [row.params.temperature == 0 for row in rows]
    choice = logits.argmax(-1) if any(greedy) else None
    raw = _raw_normalizers(logits, rows)
    temperatures = [row.params.temperature or 1.0 for row in rows]
    if any(t != 1.0 for t in temperatures):
        logits.div_(torch.tensor(temperatures, device=logits.device).unsqueeze(1))
    peak = logits.amax(-1, keepdim=True)
    weights = torch.sub(logits, peak).exp_()
    blocks = _blocks(weights)
    sums = blocks.sum(-1).double()
    cumulative = sums.cumsum(-1)
    normalizer = peak.squeeze(1).double() + cumulative[:, -1].log()
    if not bool(torch.isfinite(normalizer).all()):
        raise BackendError(
            BackendErrorCode.PRECONDITION,
            "LOGITS_NOT_FINITE",
            "the model's logits are not finite",
            "its weights are damaged or training diverged: load an earlier checkpoint and lower the learning rate",
        )
    u = torch.from_numpy(uniform).to(logits.device)
    tokens = _search(blocks, sums, cumulative, u)
    if choice is not None:
        tokens = torch.where(torch.tensor(greedy, device=logits.device), choice, tokens)
    processed = torch.full_like(u, torch.nan)
    picked = [index for index, row in enumerate(rows) if row.filtered]
    for index in picked:
        token, logprob = _filtered(weights[index], float(cumulative[index, -1]), rows[index].params, float(u[index]))
        tokens[index] = token
        processed[index] = logprob
    chosen = logits.gather(1, tokens.unsqueeze(1)).squeeze(1).double()
    scaled = chosen - normalizer
    values: list[float] = scaled.tolist()
    for index, row in enumerate(rows):
        if row.mode == "processed" and row.filtered:
            values[index] = float(processed[index])
        elif row.mode == "processed" and greedy[index]:
            values[index] = 0.0
        elif row.mode == "raw" and index in raw:
            values[index] = float(chosen[index]) * temperatures[index] - raw[index]
    return tokens.tolist(), values


def _raw_normalizers(logits: Tensor, rows: list[DrawRow]) -> dict[int, float]:
    """Returns the log-normalizer at temperature 1 for the rows that need it in addition to the
    scaled log-normalizer."""
    needed = [i for i, row in enumerate(rows) if row.mode == "raw" and row.params.temperature not in (0.0, 1.0)]
    if not needed:
        return {}
    selected = logits[needed]
    peak = selected.amax(-1, keepdim=True)
    sums = _blocks(torch.sub(selected, peak).exp_()).sum(-1).double().sum(-1).log() + peak.squeeze(1).double()
    return dict(zip(needed, sums.tolist(), strict=True))


def _blocks(weights: Tensor) -> Tensor:
    missing = -weights.shape[1] % _BLOCK
    if missing:
        weights = torch.nn.functional.pad(weights, (0, missing))
    return weights.unflatten(1, (-1, _BLOCK))


def _search(blocks: Tensor, sums: Tensor, cumulative: Tensor, u: Tensor) -> Tensor:
    """Returns the first token whose cumulative weight is larger than u x total."""
    target = (u * cumulative[:, -1]).unsqueeze(1)
    block = (cumulative <= target).sum(-1, keepdim=True).clamp_(max=cumulative.shape[1] - 1)
    inside = blocks[torch.arange(len(u), device=u.device), block.squeeze(1)].double()
    rest = target - (cumulative.gather(1, block) - sums.gather(1, block))
    within = inside.cumsum(-1)
    offset = (within <= rest).sum(-1, keepdim=True)
    # Rounding may move the target after the last positive weight of the block. Then the last
    # positive weight is chosen.
    last = (inside > 0).long().mul_(torch.arange(_BLOCK, device=u.device)).amax(-1, keepdim=True)
    return (block * _BLOCK + torch.minimum(offset, last)).squeeze(1)


def _filtered(weights: Tensor, total: float, params: SamplingParams, u: float) -> tuple[int, float]:
    """Samples one token after top-k, then top-p, then min-p. Returns the token and its
    log-probability among the kept tokens."""
    vocabulary = weights.shape[0]
    wide = min(vocabulary, max(params.top_k, _FIRST_CANDIDATES))
    while True:
        values, ids = weights.topk(wide)
        values = values.double()
        if params.top_k > 0:
            values = values[: params.top_k]
        kept_total = float(values.sum()) if params.top_k > 0 else total
        before = values.cumsum(0) - values
        keep = (before < params.top_p * kept_total) & (values >= params.min_p * values[0]) & (values > 0)
        keep[0] = True
        if not bool(keep[-1]) or wide == vocabulary or 0 < params.top_k <= wide:
            break
        wide = min(vocabulary, wide * 4)
    kept = values[keep]  # a prefix: both conditions are monotone in the sorted order
    cumulative = kept.cumsum(0)
    index = min(int((cumulative <= u * cumulative[-1]).sum()), len(kept) - 1)
    return int(ids[index]), float((kept[index] / cumulative[-1]).log())
