"""Training batches as plain lists, and their columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from spice_conformance.messages import Columns
from spice_trainer.server.wire import columns, pb
from spice_trainer.server.wire.columns import Column

Ids = tuple[int, ...]
Numbers = tuple[float, ...]


@dataclass(frozen=True)
class Row:
    """One sequence. None means ones (weights, advantages) or an absent column."""

    prompt: int
    ids: Ids
    weights: Numbers | None = None
    advantages: Numbers | None = None
    behaviour: Numbers | None = None
    old: Numbers | None = None
    reference: Numbers | None = None
    temperature: float = 1.0
    role: int = 0
    sample_id: bytes = b""

    @property
    def weight(self) -> Numbers:
        """Returns the weights, with defaults."""
        return self.weights or (1.0,) * len(self.ids)

    @property
    def advantage(self) -> Numbers:
        """Returns the advantages, with defaults."""
        return self.advantages or (1.0,) * len(self.ids)


@dataclass(frozen=True)
class Batch:
    """A table of prompts, and sequences that continue them."""

    prompts: tuple[Ids, ...]
    rows: tuple[Row, ...]

    @property
    def tokens(self) -> int:
        """Number of completion tokens."""
        return sum(len(row.ids) for row in self.rows)

    def only(self, rows: Sequence[int]) -> Batch:
        """Returns a batch with some of the sequences and all prompts."""
        return Batch(self.prompts, tuple(self.rows[index] for index in rows))

    def changed(self, change: Callable[[Row], Row]) -> Batch:
        """Returns a batch with every sequence changed."""
        return Batch(self.prompts, tuple(map(change, self.rows)))

    def opposed(self) -> Batch:
        """Returns a batch with the opposite sign of all advantages. Its policy gradient is the
        negative gradient of this batch."""
        return self.changed(lambda row: replace(row, advantages=tuple(-one for one in row.advantage)))

    def scoring_columns(self) -> Columns:
        """Returns the columns for ComputeLogprobs."""
        return {
            "prompt_ids": columns.from_rows([np.array(one) for one in self.prompts], "int32"),
            "prompt_ref": Column(np.array([row.prompt for row in self.rows], dtype="<u4"), None),
            "completion_ids": columns.from_rows([np.array(row.ids) for row in self.rows], "int32"),
        }

    def columns(self) -> Columns:
        """Returns the columns for training, with an optional column if any row has it."""
        out: Columns = {
            **self.scoring_columns(),
            "weights": _floats([row.weight for row in self.rows]),
            "advantages": _floats([row.advantage for row in self.rows]),
        }
        optional: tuple[tuple[pb.ColumnName, list[Numbers | None]], ...] = (
            ("behaviour_logprobs", [row.behaviour for row in self.rows]),
            ("old_logprobs", [row.old for row in self.rows]),
            ("reference_logprobs", [row.reference for row in self.rows]),
        )
        for column, values in optional:
            if any(one is not None for one in values):
                out[column] = _floats(
                    [one or (0.0,) * len(row.ids) for one, row in zip(values, self.rows, strict=True)]
                )
        out["temperature"] = Column(np.array([row.temperature for row in self.rows], dtype="<f4"), None)
        if any(row.role for row in self.rows):
            out["role"] = Column(np.array([row.role for row in self.rows], dtype="<u4"), None)
        if any(row.sample_id for row in self.rows):
            names = [np.frombuffer(row.sample_id, dtype=np.uint8) for row in self.rows]
            out["sample_id"] = columns.from_rows(names, "uint8")
        return out


def _floats(rows: Sequence[Numbers]) -> Column:
    return columns.from_rows([np.array(row, dtype=np.float32) for row in rows], "float32")
