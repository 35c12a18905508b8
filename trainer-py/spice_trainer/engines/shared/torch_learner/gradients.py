"""Forward and backward passes of the training weights."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
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
    ProgressSink,
    TrainBatch,
    TrainResult,
)
from spice_trainer.engines.shared.hardware import peak_memory_bytes
from spice_trainer.engines.shared.token_table import TokenTable, by_role
from spice_trainer.engines.shared.torch_learner.head import logprobs, logprobs_and_gradient
from spice_trainer.engines.shared.torch_learner.loss_slopes import LossSlopes
from spice_trainer.engines.shared.torch_learner.pack_columns import batch_columns
from spice_trainer.engines.shared.torch_learner.packing import Pack, make_packs
from spice_trainer.engines.shared.torch_learner.parameters import Parameters
from spice_trainer.engines.shared.torch_learner.scoring import score_packs
from spice_trainer.engines.shared.torch_model.attention import run_decoder
from spice_trainer.engines.shared.torch_model.loading import LoadedModel
from spice_trainer.toolkit.torch.losses import couples_sequences


@dataclass
class _Trained:
    """Results of the micro-batches, for each token."""

    parts: list[dict[str, np.ndarray]] = field(default_factory=list)
    seconds_forward: float = 0.0
    seconds_backward: float = 0.0


class TrainingPasses:
    """The forward and backward passes of the training weights. Used by one thread at a time."""

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

    # ------------------------------------------------------------------------------------ gradients

    def forward_backward(
        self, batch: TrainBatch, loss: LossSpec, normalizer: float, want_logprobs: bool, progress: ProgressSink
    ) -> TrainResult:
        """Adds the gradient of (1/normalizer) x sum(weight x token loss). On cancellation, failure
        or a loss that is not finite the whole accumulator is discarded, because a part of a
        gradient must never be applied."""
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
        """Adds the gradient of one micro-batch, and appends the values for statistics to
        `trained`."""
        started = time.perf_counter()
        columns, temperatures = batch_columns(pack, batch, self._device)
        predicts, targets = pack.predicts, pack.targets
        if not want_logprobs and not couples_sequences(loss):
            # Tokens of weight 0 need no prediction here. A supervised batch has many of them, and
            # the output layer is a quarter of the arithmetic of a small model.
            counted = columns.weight > 0
            predicts, targets, temperatures = predicts[counted], targets[counted], temperatures[counted]
            columns = columns.part(counted)
        embedded, hidden = self._forward(pack)
        predicting = hidden.detach().index_select(0, predicts)
        slopes = LossSlopes(loss, columns, torch.where(columns.weight > 0, columns.weight, 0.0) / normalizer)
        if couples_sequences(loss):
            whole = logprobs(predicting, self._logits, targets, temperatures, self._chunk)
            gradient_of = slopes.of_sequences(whole.logprobs)
        else:
            gradient_of = slopes.of_tokens
        weight = self._head.weight
        head_gradient = self._parameters.accumulator(self._names[id(weight)]) if weight.requires_grad else None
        result, predicting_gradient = logprobs_and_gradient(
            predicting, weight, head_gradient, targets, temperatures, self._chunk, gradient_of
        )
        middle = time.perf_counter()
        hidden.backward(torch.zeros_like(hidden).index_add_(0, predicts, predicting_gradient))
        self._into_embedding(pack, embedded)
        trained.seconds_forward += middle - started
        trained.seconds_backward += time.perf_counter() - middle
        found = slopes.losses()
        trained.parts.append(
            _numpy(
                loss=slopes.weighted(found.loss, result.entropies),
                weight=columns.weight,
                logprob=result.logprobs,
                entropy=result.entropies,
                behaviour=columns.behaviour,
                sequence=torch.tensor(pack.members)[columns.sequence.cpu()],
                ratio=found.ratio,
                clipped_low=found.clipped_low.double(),
                clipped_high=found.clipped_high.double(),
                truncated=found.truncated.double(),
            )
        )

    def _forward(self, pack: Pack) -> tuple[Tensor | None, Tensor]:
        """Returns hidden states with gradient. A plain, trained embedding is looked up here and
        given to the model as a leaf. Its gradient is then added row by row, without a dense tensor
        of the size of the vocabulary."""
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
        # Same as in nn.Embedding: many models use their end-of-turn id as padding index.
        if padding is not None:
            into_rows = into_rows.masked_fill((pack.ids == padding).unsqueeze(1), 0.0)
        accumulator.index_add_(0, pack.ids, into_rows)

    def _logits(self, hidden: Tensor) -> Tensor:
        return nn.functional.linear(hidden, self._head.weight).float()

    # -------------------------------------------------------------------------------------- scoring

    @torch.no_grad()
    def score(
        self, prompts: Sequence[I32], sequences: Sequence[tuple[int, I32]], temperature: float, progress: ProgressSink
    ) -> list[F32]:
        """Returns log-probabilities under the current training weights."""

        def hidden(pack: Pack) -> Tensor:
            return run_decoder(self._decoder, pack.plan, pack.positions, ids=pack.ids)

        return score_packs(
            prompts, sequences, temperature, progress, self._budget, self._chunk, self._device, hidden, self._logits
        )


def _statistics(table: dict[str, np.ndarray], batch: TrainBatch):
    roles = sorted({s.role for s in batch.sequences})
    if not table:
        return {}
    role_of = np.array([roles.index(s.role) for s in batch.sequences])
    return by_role(TokenTable(role=role_of[table["sequence"]], **table), roles)


def _split(table: dict[str, np.ndarray], batch: TrainBatch) -> tuple[F32, ...]:
    """Returns the current log-probabilities of each sequence, in the order of the batch."""
    result = [np.zeros(0, dtype=np.float32) for _ in batch.sequences]
    if table:
        for index in np.unique(table["sequence"]):
            result[int(index)] = table["logprob"][table["sequence"] == index].astype(np.float32)
    return tuple(result)


def _numpy(**tensors: Tensor) -> dict[str, np.ndarray]:
    return {name: tensor.detach().cpu().numpy() for name, tensor in tensors.items()}
