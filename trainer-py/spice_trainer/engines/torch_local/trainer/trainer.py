"""Gradients of a batch, and log-probabilities of given tokens."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from spice_trainer.api import (
    F32,
    I32,
    BackendError,
    BackendErrorCode,
    LossSpec,
    PolicyGradientLoss,
    ProgressSink,
    TrainBatch,
    TrainResult,
)
from spice_trainer.engines.shared.hardware import peak_memory_bytes
from spice_trainer.engines.torch_local.attention import run_decoder
from spice_trainer.engines.torch_local.loading import LoadedModel
from spice_trainer.engines.torch_local.trainer.columns import batch_columns
from spice_trainer.engines.torch_local.trainer.head import LogprobGradient, logprobs, logprobs_and_gradient
from spice_trainer.engines.torch_local.trainer.losses import Columns, TokenLosses, couples_sequences, token_losses
from spice_trainer.engines.torch_local.trainer.packing import Pack, make_packs
from spice_trainer.engines.torch_local.trainer.parameters import Parameters
from spice_trainer.engines.torch_local.trainer.statistics import TokenTable, by_role


@dataclass
class _Trained:
    """What the micro-batches leave behind, token by token."""

    parts: list[dict[str, np.ndarray]] = field(default_factory=list)
    seconds_forward: float = 0.0
    seconds_backward: float = 0.0


class Trainer:
    """Owns the forward and backward passes of the training weights. Used by one thread at a time."""

    def __init__(self, loaded: LoadedModel, parameters: Parameters, token_budget: int, head_chunk: int) -> None:
        self._loaded = loaded
        self._parameters = parameters
        self._budget = token_budget
        self._chunk = head_chunk
        self._decoder: nn.Module = loaded.base.get_decoder()
        self._embedding: Any = loaded.base.get_input_embeddings()
        self._head: nn.Linear = loaded.base.get_output_embeddings()
        self._device = self._head.weight.device
        self._names = {id(parameter): name for name, parameter in parameters.model.items()}

    # --------------------------------------------------------------------------------------------------- gradients

    def forward_backward(
        self, batch: TrainBatch, loss: LossSpec, normalizer: float, want_logprobs: bool, progress: ProgressSink
    ) -> TrainResult:
        """Add the gradient of (1/normalizer) x sum(weight x token loss). On cancel, failure or a loss that is not finite
        the whole accumulator is discarded: part of a gradient must never be applied."""
        sequences = [(s.prompt_ref, s.completion_ids) for s in batch.sequences]
        chosen = [
            index
            for index, s in enumerate(batch.sequences)
            if len(s.completion_ids) and (want_logprobs or bool((s.weights > 0).any()))
        ]
        packs = make_packs(batch.prompts, sequences, chosen, self._budget, self._device)
        trained = _Trained()
        try:
            for number, pack in enumerate(packs):
                if progress.cancelled():
                    raise BackendError(
                        BackendErrorCode.CANCELLED, "CANCELLED", "the caller cancelled the training call"
                    )
                self._train_pack(pack, batch, loss, normalizer, want_logprobs, trained)
                progress.progress("forward_backward", number + 1, len(packs))
                if not math.isfinite(float(trained.parts[-1]["loss"].sum())):
                    break
        except BaseException:
            self._parameters.discard()
            raise
        table = (
            {key: np.concatenate([part[key] for part in trained.parts]) for key in trained.parts[0]} if packs else {}
        )
        total = math.fsum(table["loss"]) if packs and np.isfinite(table["loss"]).all() else (math.nan if packs else 0.0)
        if math.isfinite(total):
            self._parameters.mark()
        else:
            self._parameters.discard()
        prompts = {batch.prompts[batch.sequences[i].prompt_ref].tobytes() for i in chosen}
        return TrainResult(
            loss=total,
            non_finite=not math.isfinite(total),
            stats=_statistics(table, batch),
            tokens=sum(len(p) // 4 for p in prompts) + sum(len(sequences[i][1]) for i in chosen),
            padded_tokens=0,
            microbatches=len(trained.parts),
            seconds_forward=trained.seconds_forward,
            seconds_backward=trained.seconds_backward,
            peak_memory_bytes=peak_memory_bytes(self._device),
            current_logprobs=_split(table, batch) if want_logprobs else None,
        )

    def _train_pack(
        self,
        pack: Pack,
        batch: TrainBatch,
        loss: LossSpec,
        normalizer: float,
        want_logprobs: bool,
        trained: _Trained,
    ) -> None:
        started = time.perf_counter()
        columns, temperatures = batch_columns(pack, batch, self._device)
        predicts, targets = pack.predicts, pack.targets
        if not want_logprobs and not couples_sequences(loss):
            # Where nothing is learned, nothing need be predicted: a supervised batch carries much of its prompts that
            # way, and the vocabulary is a quarter of a small model's arithmetic.
            counted = columns.weight > 0
            predicts, targets, temperatures = predicts[counted], targets[counted], temperatures[counted]
            columns = columns.part(counted)
        embedded, hidden = self._forward(pack)
        selected = hidden.detach().index_select(0, predicts)
        losses: list[TokenLosses] = []
        entropy_coefficient = loss.entropy_coefficient if isinstance(loss, PolicyGradientLoss) else 0.0
        share = torch.where(columns.weight > 0, columns.weight, 0.0) / normalizer

        def gradient_of(rows: slice, c: Tensor, entropy: Tensor) -> LogprobGradient:
            by_entropy = -entropy_coefficient * share[rows] if entropy_coefficient else None
            return LogprobGradient(_slope(loss, c, columns.part(rows), share[rows], losses), by_entropy)

        weight = self._head.weight
        if couples_sequences(loss):
            first = logprobs(selected, self._logits, targets, temperatures, self._chunk)
            whole = _slope(loss, first.logprobs, columns, share, losses)

            def gradient_of(rows: slice, c: Tensor, entropy: Tensor) -> LogprobGradient:
                by_entropy = -entropy_coefficient * share[rows] if entropy_coefficient else None
                return LogprobGradient(whole[rows], by_entropy)

        into_weight = self._parameters.accumulator(self._names[id(weight)]) if weight.requires_grad else None
        result, into_selected = logprobs_and_gradient(
            selected, weight, into_weight, targets, temperatures, self._chunk, gradient_of
        )
        middle = time.perf_counter()
        into_hidden = torch.zeros_like(hidden).index_add_(0, predicts, into_selected)
        hidden.backward(into_hidden)
        self._into_embedding(pack, embedded)
        trained.seconds_forward += middle - started
        trained.seconds_backward += time.perf_counter() - middle
        token_loss = torch.cat([part.loss.detach() for part in losses]) - entropy_coefficient * result.entropies
        trained.parts.append(
            _numpy(
                loss=torch.where(share > 0, token_loss * share, 0.0),
                weight=columns.weight,
                logprob=result.logprobs,
                entropy=result.entropies,
                behaviour=columns.behaviour,
                sequence=torch.tensor(pack.members)[columns.sequence.cpu()],
                ratio=torch.cat([part.ratio for part in losses]),
                clipped_low=torch.cat([part.clipped_low for part in losses]).double(),
                clipped_high=torch.cat([part.clipped_high for part in losses]).double(),
                truncated=torch.cat([part.truncated for part in losses]).double(),
            )
        )

    def _forward(self, pack: Pack) -> tuple[Tensor | None, Tensor]:
        """Hidden states with gradient. A plain, trained embedding is looked up here and given to the model as a leaf: its
        gradient is then added row by row instead of through a vocabulary-sized dense tensor."""
        weight = self._embedding.weight
        if type(self._embedding) is not nn.Embedding or not weight.requires_grad:
            return None, run_decoder(self._decoder, pack.plan, pack.positions, ids=pack.ids)
        embedded = nn.functional.embedding(pack.ids, weight.detach()).requires_grad_(True)
        return embedded, run_decoder(self._decoder, pack.plan, pack.positions, embeds=embedded)

    def _into_embedding(self, pack: Pack, embedded: Tensor | None) -> None:
        if embedded is None or embedded.grad is None:
            return
        accumulator = self._parameters.accumulator(self._names[id(self._embedding.weight)])
        into_rows = embedded.grad.to(accumulator.dtype)
        padding = self._embedding.padding_idx
        if padding is not None:  # as nn.Embedding does: many models use their end-of-turn id as padding index
            into_rows = into_rows.masked_fill((pack.ids == padding).unsqueeze(1), 0.0)
        accumulator.index_add_(0, pack.ids, into_rows)

    def _logits(self, hidden: Tensor) -> Tensor:
        return nn.functional.linear(hidden, self._head.weight).float()

    # ------------------------------------------------------------------------------------------------------ scoring

    @torch.no_grad()
    def score(
        self, prompts: Sequence[I32], sequences: Sequence[tuple[int, I32]], temperature: float, progress: ProgressSink
    ) -> list[F32]:
        """Log-probabilities under the current training weights."""

        def hidden(pack: Pack) -> Tensor:
            return run_decoder(self._decoder, pack.plan, pack.positions, ids=pack.ids)

        return score_packs(
            prompts, sequences, temperature, progress, self._budget, self._chunk, self._device, hidden, self._logits
        )


def score_packs(
    prompts: Sequence[I32],
    sequences: Sequence[tuple[int, I32]],
    temperature: float,
    progress: ProgressSink,
    budget: int,
    chunk: int,
    device: torch.device,
    hidden_of: Callable[[Pack], Tensor],
    logits_of: Callable[[Tensor], Tensor],
) -> list[F32]:
    """Score through any model: `hidden_of` runs a pack, `logits_of` applies the head."""
    chosen = [index for index, (_, completion) in enumerate(sequences) if len(completion)]
    result: list[F32] = [np.zeros(0, dtype=np.float32) for _ in sequences]
    packs = make_packs(prompts, sequences, chosen, budget, device)
    for number, pack in enumerate(packs):
        if progress.cancelled():
            raise BackendError(BackendErrorCode.CANCELLED, "CANCELLED", "the caller cancelled the scoring call")
        selected = hidden_of(pack).index_select(0, pack.predicts)
        temperatures = torch.full((len(pack.targets),), temperature, dtype=torch.float64, device=device)
        found = logprobs(selected, logits_of, pack.targets, temperatures, chunk).logprobs.float().cpu().numpy()
        for index, values in zip(pack.members, np.split(found, np.cumsum(pack.lengths)[:-1]), strict=True):
            result[index] = values
        progress.progress("score", number + 1, len(packs))
    return result


def _slope(loss: LossSpec, c: Tensor, columns: Columns, share: Tensor, losses: list[TokenLosses]) -> Tensor:
    """dL/dc of some tokens; their losses are appended to `losses`."""
    with torch.enable_grad():
        leaf = c.detach().requires_grad_(True)
        found = token_losses(loss, leaf, columns)
        weighted = (torch.where(share > 0, found.loss, 0.0) * share).sum()
        (slope,) = torch.autograd.grad(weighted, leaf, allow_unused=True, materialize_grads=True)
    losses.append(found)
    return slope


def _statistics(table: dict[str, np.ndarray], batch: TrainBatch):
    roles = sorted({s.role for s in batch.sequences})
    if not table:
        return {}
    role_of = np.array([roles.index(s.role) for s in batch.sequences])
    return by_role(TokenTable(role=role_of[table["sequence"]], **table), roles)


def _split(table: dict[str, np.ndarray], batch: TrainBatch) -> tuple[F32, ...]:
    """Current log-probabilities of each sequence, in the batch's order."""
    result = [np.zeros(0, dtype=np.float32) for _ in batch.sequences]
    if table:
        for index in np.unique(table["sequence"]):
            result[int(index)] = table["logprob"][table["sequence"] == index].astype(np.float32)
    return tuple(result)


def _numpy(**tensors: Tensor) -> dict[str, np.ndarray]:
    return {name: tensor.detach().cpu().numpy() for name, tensor in tensors.items()}
