"""The token columns of a batch, aligned with the predictions of a causal model at each position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spice_trainer.api import F32, I32, TrainBatch, TrainSequence

F64 = NDArray[np.float64]
NAMES = ("weight", "advantage", "behaviour", "old", "reference")
"""The columns that a loss uses (`Columns` of `toolkit/torch/losses.py`)."""


@dataclass(frozen=True)
class Row:
    """One sequence for a worker. Position i of every column is for the token that position i
    predicts: token i + 1. Positions that predict no completion token have weight 0 and NaN in the
    other columns."""

    ids: I32
    """Prompt and completion."""
    prompt: int
    """Length of the prompt."""
    temperature: float
    columns: dict[str, F64]


def row_of(batch: TrainBatch, index: int) -> Row:
    """Returns the row of a sequence."""
    sequence = batch.sequences[index]
    prompt = batch.prompts[sequence.prompt_ref]
    ids = np.concatenate([prompt, sequence.completion_ids]).astype(np.int32)
    columns = {
        name: _spread(part, len(prompt), len(ids), 0.0 if name == "weight" else np.nan)
        for name, part in _parts(sequence)
    }
    return Row(ids, len(prompt), sequence.temperature, columns)


def filler(token: int) -> Row:
    """Returns a row with weight 0."""
    ids = np.array([token, token], dtype=np.int32)
    columns = {name: np.full(2, 0.0 if name == "weight" else np.nan) for name in NAMES}
    return Row(ids, 1, 1.0, columns)


def scored_row(prompt: I32, completion: I32, temperature: float) -> Row:
    """Returns a row for log-probabilities only."""
    return Row(np.concatenate([prompt, completion]).astype(np.int32), len(prompt), temperature, {})


def completion_part(row: Row, values: np.ndarray) -> np.ndarray:
    """Returns the values of the completion tokens, from values by position."""
    return values[row.prompt - 1 : len(row.ids) - 1]


def token_columns(batch: TrainBatch, chosen: Sequence[int]) -> dict[str, F64]:
    """Returns the same columns of only the completion tokens of the chosen sequences,
    concatenated."""
    parts: dict[str, list[F64]] = {name: [] for name in NAMES}
    for index in chosen:
        sequence = batch.sequences[index]
        for name, part in _parts(sequence):
            length = len(sequence.completion_ids)
            parts[name].append(np.full(length, np.nan) if part is None else np.asarray(part, dtype=np.float64))
    return {name: np.concatenate(columns) for name, columns in parts.items()}


def _parts(sequence: TrainSequence) -> list[tuple[str, F32 | None]]:
    return [
        ("weight", sequence.weights),
        ("advantage", sequence.advantages),
        ("behaviour", sequence.behaviour_logprobs),
        ("old", sequence.old_logprobs),
        ("reference", sequence.reference_logprobs),
    ]


def _spread(part: F32 | None, prompt: int, length: int, rest: float) -> F64:
    column = np.full(length, rest)
    if part is not None:
        column[prompt - 1 : length - 1] = part
    return column
