"""Converts columns to the batch of the backend, with all checks between columns of columns.proto
and losses.proto."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

import grpc
import numpy as np

from spice_trainer.api import F32, I32, ModelInfo, TrainBatch, TrainSequence
from spice_trainer.server.wire import pb
from spice_trainer.server.wire.columns import Array, Column
from spice_trainer.server.wire.errors import ServiceError, invalid

SCORING_COLUMNS: tuple[pb.ColumnName, ...] = ("prompt_ids", "prompt_ref", "completion_ids")
TRAINING_COLUMNS: tuple[pb.ColumnName, ...] = (
    *SCORING_COLUMNS,
    "weights",
    "advantages",
    "behaviour_logprobs",
    "old_logprobs",
    "reference_logprobs",
    "temperature",
    "role",
    "group_id",
    "sample_id",
    "version_spans",
)
Role = Literal["challenger", "reasoner", "warmup", ""]


@dataclass(frozen=True)
class Texts:
    """The token columns, which every batch has."""

    prompts: list[I32]
    refs: list[int]
    completions: list[I32]


class Batch:
    """Access to the assembled columns by name. Reading a column checks it."""

    def __init__(self, columns: Mapping[pb.Column, Column], model: ModelInfo) -> None:
        self._columns = {pb.enum_name("Column", number): column for number, column in columns.items()}
        self._model = model

    def texts(self) -> Texts:
        """Returns prompt table, references and completions."""
        prompts = self._ids("prompt_ids")
        completions = self._ids("completion_ids")
        refs = self._need("prompt_ref").data.tolist()
        if not completions:
            raise invalid("BATCH_EMPTY", "the batch has no sequence")
        if len(refs) != len(completions):
            raise invalid("COLUMN_ROWS", f"PROMPT_REF has {len(refs)} rows, COMPLETION_IDS {len(completions)}")
        for index, ref in enumerate(refs):
            if ref >= len(prompts):
                raise invalid("PROMPT_REF", f"sequence {index} refers to prompt {ref} of {len(prompts)}")
            length = len(prompts[ref]) + len(completions[index])
            if length > self._model.max_context_tokens:
                raise ServiceError(
                    grpc.StatusCode.OUT_OF_RANGE,
                    "CONTEXT_OVERFLOW",
                    f"sequence {index} has {length} tokens; the context holds {self._model.max_context_tokens}",
                    "shorten the prompt or open the session with a larger max_context_tokens",
                    facts={"limit": str(self._model.max_context_tokens)},
                )
        return Texts(prompts, refs, completions)

    def check_counts(self, end: pb.BatchEnd, texts: Texts) -> None:
        """Compares the columns with the counts of BatchEnd."""
        actual = (len(texts.prompts), len(texts.completions), sum(map(len, texts.completions)))
        told = (end.prompts, end.sequences, end.completion_tokens)
        if actual != told:
            raise invalid("BATCH_COUNTS", f"prompts, sequences, tokens are {actual}; the end message says {told}")

    def train(self, *, advantages: bool) -> TrainBatch:
        """Returns the training batch. `advantages`: whether the loss uses them; otherwise they
        default to 1."""
        texts = self.texts()
        weights = self._per_token("weights", texts)
        if weights is None:
            raise invalid("COLUMN_MISSING", "column WEIGHTS is mandatory for training")
        if any((row < 0).any() for row in weights):
            raise invalid("WEIGHTS", "column WEIGHTS has a negative value")
        given = self._per_token("advantages", texts)
        if given is None and advantages:
            raise invalid("COLUMN_MISSING", "column ADVANTAGES is mandatory for a policy gradient")
        steps = given if given is not None else [np.ones(len(row), dtype=np.float32) for row in weights]
        behaviour = self._per_token("behaviour_logprobs", texts)
        old = self._per_token("old_logprobs", texts)
        reference = self._per_token("reference_logprobs", texts)
        temperature = self._flat("temperature", len(texts.refs))
        if temperature is None or (temperature <= 0).any():
            raise invalid("TEMPERATURE", "column TEMPERATURE is mandatory for training, every value above 0")
        roles = self._roles(len(texts.refs))
        groups = self._strings("group_id", len(texts.refs))
        samples = self._strings("sample_id", len(texts.refs))
        sequences = tuple(
            TrainSequence(
                prompt_ref=ref,
                completion_ids=texts.completions[index],
                weights=weights[index],
                advantages=steps[index],
                behaviour_logprobs=None if behaviour is None else behaviour[index],
                old_logprobs=None if old is None else old[index],
                reference_logprobs=None if reference is None else reference[index],
                temperature=float(temperature[index]),
                role=roles[index],
                group_id=groups[index],
                sample_id=samples[index],
            )
            for index, ref in enumerate(texts.refs)
        )
        return TrainBatch(tuple(texts.prompts), sequences)

    def lag(self, newest: int) -> dict[int, int]:
        """Returns the number of tokens by version lag; empty without the column of spans."""
        column = self._columns.get("version_spans")
        if column is None:
            return {}
        ids = self._need("completion_ids")
        if column.offsets is None or ids.offsets is None or column.rows != ids.rows:
            raise invalid("COLUMN_ROWS", "column VERSION_SPANS must have one row a sequence")
        spans = column.data.reshape(-1, 2)
        lag: Counter[int] = Counter()
        for index in range(column.rows):
            row = spans[column.offsets[index] : column.offsets[index + 1]]
            if int(row[:, 0].sum()) != len(ids.row(index)):
                raise invalid("VERSION_SPANS", f"the spans of sequence {index} do not cover its tokens")
            for tokens, version in row.tolist():
                if version > newest:
                    raise invalid("VERSION_SPANS", f"sequence {index} names version {version}; the newest is {newest}")
                lag[newest - version] += tokens
        return dict(sorted(lag.items()))

    def has(self, name: pb.ColumnName) -> bool:
        """Whether the stream has the column."""
        return name in self._columns

    def _need(self, name: pb.ColumnName) -> Column:
        column = self._columns.get(name)
        if column is None:
            raise invalid("COLUMN_MISSING", f"column {name.upper()} is mandatory")
        return column

    def _ids(self, name: pb.ColumnName) -> list[I32]:
        column = self._need(name)
        outside = (column.data < 0) | (column.data >= self._model.vocabulary)
        if outside.any():
            raise ServiceError(
                grpc.StatusCode.OUT_OF_RANGE,
                "TOKEN_ID",
                f"column {name.upper()} has token id {int(column.data[outside.argmax()])}; "
                f"the vocabulary has {self._model.vocabulary}",
                "use ids from this trainer's tokenizer",
            )
        rows = column.split()
        if any(len(row) == 0 for row in rows):
            raise invalid("ROW_EMPTY", f"column {name.upper()} has an empty row")
        return rows

    def _per_token(self, name: pb.ColumnName, texts: Texts) -> list[F32] | None:
        column = self._columns.get(name)
        if column is None:
            return None
        rows = column.split()
        if [len(row) for row in rows] != [len(row) for row in texts.completions]:
            raise invalid("COLUMN_ROWS", f"column {name.upper()} is not shaped like COMPLETION_IDS")
        return rows

    def _flat(self, name: pb.ColumnName, rows: int) -> Array | None:
        column = self._columns.get(name)
        if column is not None and column.rows != rows:
            raise invalid("COLUMN_ROWS", f"column {name.upper()} has {column.rows} rows for {rows} sequences")
        return None if column is None else column.data

    def _roles(self, rows: int) -> Sequence[Role]:
        numbers = self._flat("role", rows)
        if numbers is None:
            blank: Role = ""
            return [blank for _ in range(rows)]
        names = {number: pb.enum_name("SequenceRole", number) for number in set(numbers.tolist())}
        for number, name in names.items():
            if name is None:
                raise invalid("ROLE", f"column ROLE has the unknown number {number}")
        return [cast(Role, "" if number == 0 else names[number]) for number in numbers.tolist()]

    def _strings(self, name: pb.ColumnName, rows: int) -> list[str]:
        column = self._columns.get(name)
        if column is None:
            return [""] * rows
        if column.rows != rows:
            raise invalid("COLUMN_ROWS", f"column {name.upper()} has {column.rows} rows for {rows} sequences")
        try:
            return [row.tobytes().decode() for row in column.split()]
        except UnicodeDecodeError as wrong:
            raise invalid("TEXT", f"column {name.upper()} is not UTF-8") from wrong
