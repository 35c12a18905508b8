"""Messages of the contract from plain values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, TypeAlias, TypeVar, Unpack

import grpc
import numpy as np
from google.protobuf.message import Message

from spice_trainer.server.wire import columns, pb
from spice_trainer.server.wire.columns import Array, Column

Columns: TypeAlias = "dict[pb.ColumnName, Column]"
"""The columns of a batch by their names, in the order in which they are sent."""
Start = TypeVar("Start", contravariant=True)
Request = TypeVar("Request", covariant=True)


class StreamKind(Protocol[Start, Request]):
    """The message class of a stream of columns."""

    def __call__(
        self, *, start: Start | None = ..., chunk: pb.ColumnChunk | None = ..., end: pb.BatchEnd | None = ...
    ) -> Request:
        """Returns the start, a chunk, or the end."""
        ...


def stream(
    kind: StreamKind[Start, Request], start: Start, batch: Columns, *, digest: bytes | None = None
) -> Iterator[Request]:
    """Yields start, chunks, end. `digest` None: the right digest."""
    numbered = {pb.enum_number("Column", name): column for name, column in batch.items()}
    yield kind(start=start)
    for number, column in numbered.items():
        for chunk in columns.chunks(number, column):
            yield kind(chunk=chunk)
    prompts, completions = batch["prompt_ids"], batch["completion_ids"]
    yield kind(
        end=pb.BatchEnd(
            prompts=prompts.rows,
            sequences=completions.rows,
            completion_tokens=len(completions.data),
            digest=digest or columns.digest(numbered),
        )
    )


def declare(name: pb.ColumnName, column: Column) -> pb.ColumnDeclaration:
    """Returns a ColumnDeclaration."""
    trailing = [2] if name == "version_spans" else []
    return columns.declaration(pb.enum_number("Column", name), column, trailing)


def make_batch(prompts: Sequence[str], completions: Sequence[tuple[int, str]], advantage: float = 1.0) -> Columns:
    """Returns a training batch of texts."""
    ids = [_ids(text) for _, text in completions]
    ones = [np.ones(len(row), dtype=np.float32) for row in ids]
    return {
        "prompt_ids": columns.from_rows([_ids(text) for text in prompts], "int32"),
        "prompt_ref": Column(np.array([ref for ref, _ in completions], dtype="<u4"), None),
        "completion_ids": columns.from_rows(ids, "int32"),
        "weights": columns.from_rows(ones, "float32"),
        "advantages": columns.from_rows([row * np.float32(advantage) for row in ones], "float32"),
        "temperature": Column(np.ones(len(ids), dtype="<f4"), None),
    }


def policy_gradient(**fields: Unpack[pb.PolicyGradientLossFields]) -> pb.LossSpec:
    """Returns a plain policy-gradient LossSpec."""
    values: pb.PolicyGradientLossFields = {
        "ppo_clip": pb.PpoClipSurrogate(clip_low=0.2, clip_high=0.2),
        "ratio": pb.enum_number("RatioLevel", "token"),
        "ratio_baseline": pb.enum_number("RatioBaseline", "current"),
        "correction": pb.Correction(kind=pb.enum_number("CorrectionKind", "none")),
        "kl": pb.KlPenalty(estimator=pb.enum_number("KlEstimator", "none")),
        **fields,
    }
    return pb.LossSpec(policy_gradient=pb.PolicyGradientLoss(**values))


def cross_entropy() -> pb.LossSpec:
    """Returns the supervised loss."""
    return pb.LossSpec(cross_entropy=pb.CrossEntropyLoss())


def events_of(events: Iterable[pb.SampleResponse], kind: pb.SampleResponseEventCase) -> list[Message]:
    """Returns the sample events of one kind."""
    return [getattr(one, kind) for one in events if one.WhichOneof("event") == kind]


def grpc_code(number: int) -> str:
    """Returns the name of a status code."""
    return next(code.name for code in grpc.StatusCode if code.value[0] == number)


def _ids(text: str) -> Array:
    return np.frombuffer(text.encode(), dtype=np.uint8).astype(np.int32)
