"""Column streams: what is malformed is refused, what is large is taken in chunks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from spice_conformance.batch import Batch
from spice_conformance.check import check
from spice_conformance.messages import Columns, cross_entropy
from spice_conformance.subject import CALL_SECONDS, Subject, optim
from spice_conformance.verdict import expect
from spice_trainer.server.wire import columns, pb
from spice_trainer.server.wire.columns import Column

MIB = 1 << 20


@check("batches.malformed")
def malformed(subject: Subject) -> str:
    """columns.proto: bad offsets, wrong dtype, NaN, negative weights, a missing column, an empty batch and a completion
    without tokens are INVALID_ARGUMENT."""
    good = subject.supervised().only([0]).columns()
    ids = good["completion_ids"]
    count = len(ids.data)
    ones = np.ones(count, dtype="<f4")
    none = np.empty(0)
    cases: dict[str, dict[pb.ColumnName, Column | None]] = {
        "offsets beyond the data": {"weights": Column(ones, np.array([0, count + 1], "<u4"))},
        "offsets that do not begin at 0": {"weights": Column(ones, np.array([1, count], "<u4"))},
        "weights as integers": {"weights": columns.from_rows([ones], "int32")},
        "flat weights": {"weights": Column(ones, None)},
        "a NaN weight": {"weights": columns.from_rows([ones * np.float32("nan")], "float32")},
        "an infinite advantage": {"advantages": columns.from_rows([ones * np.float32("inf")], "float32")},
        "a negative weight": {"weights": columns.from_rows([-ones], "float32")},
        "too few weights": {"weights": columns.from_rows([ones[1:]], "float32")},
        "no weights": {"weights": None},
        "temperature 0": {"temperature": Column(np.zeros(1, "<f4"), None)},
        "a prompt that is not there": {"prompt_ref": Column(np.array([9], "<u4"), None)},
        "a completion without tokens": {
            "completion_ids": columns.from_rows([none], "int32"),
            "weights": columns.from_rows([none], "float32"),
            "advantages": columns.from_rows([none], "float32"),
        },
        "a batch without sequences": {
            "completion_ids": columns.from_rows([], "int32"),
            "weights": columns.from_rows([], "float32"),
            "advantages": columns.from_rows([], "float32"),
            "prompt_ref": Column(np.empty(0, "<u4"), None),
            "temperature": Column(np.empty(0, "<f4"), None),
        },
        "the result column in a request": {"logprobs": columns.from_rows([ones], "float32")},
    }
    for name, change in cases.items():
        merged: dict[pb.ColumnName, Column | None] = {**good, **change}
        batch: Columns = {key: one for key, one in merged.items() if one is not None}
        subject.refused(name, lambda batch=batch: _step(subject, batch), "INVALID_ARGUMENT")
    expect(subject.describe().step == subject.step, "a refused batch moved the step counter")
    return f"{len(cases)} malformed batches are refused and no step is taken"


@check("batches.out_of_range")
def out_of_range(subject: Subject) -> str:
    """common.proto, OUT_OF_RANGE: a token id above the vocabulary, or a sequence above the context."""
    batch = subject.supervised().only([0])
    above = batch.changed(lambda row: replace(row, ids=(*row.ids[:-1], subject.model.vocabulary)))
    subject.refused("an id above the vocabulary", lambda: _step(subject, above.columns()), "OUT_OF_RANGE")
    long = Batch((batch.prompts[0] * subject.model.max_context_tokens, batch.prompts[1]), batch.rows)
    subject.refused("a sequence above the context", lambda: _step(subject, long.columns()), "OUT_OF_RANGE")
    return "ids and lengths outside the model are refused"


@check("batches.stream")
def grammar(subject: Subject) -> str:
    """columns.proto, STREAMS: a stream without end, a second start, a byte beyond the declared size, or no start is
    INVALID_ARGUMENT."""
    good = subject.supervised().only([0]).columns()

    def messages() -> list[pb.TrainStepRequest]:
        header = subject.client.header(expected_step=subject.step, client_seq=1)
        return list(subject.client.train_messages(good, subject.step, header=header, loss=cross_entropy()))

    extra = pb.TrainStepRequest(chunk=pb.ColumnChunk(column=pb.enum_number("Column", "weights"), data=b"\0" * 4))
    streams = {
        "no end": messages()[:-1],
        "no start": messages()[1:],
        "a second start": [messages()[0], *messages()],
        "more bytes than declared": [*messages()[:-1], extra, messages()[-1]],
        "a missing chunk": [*messages()[:2], *messages()[3:]],
    }
    for name, parts in streams.items():

        def call(parts: list[pb.TrainStepRequest] = parts) -> object:
            return subject.client.call("TrainingService/TrainStep", iter(parts))

        subject.refused(name, call, "INVALID_ARGUMENT")
    return f"{len(streams)} broken streams are refused"


@check("batches.digest")
def digest(subject: Subject) -> str:
    """columns.proto, BatchEnd.digest: verified, and a mismatch is DATA_LOSS."""
    batch = subject.supervised().columns()
    subject.refused(
        "a wrong batch digest",
        lambda: subject.client.train_step(batch, subject.step, loss=cross_entropy(), digest=b"\1" * 32),
        "DATA_LOSS",
    )
    return "a wrong digest is noticed"


def _large(subject: Subject, size: int) -> str:
    limit = subject.capabilities.training.max_batch_bytes
    rows = subject.supervised().rows[:4]
    # Names of samples may be of any length: bytes on the wire that cost no arithmetic.
    name = b"x" * (size // len(rows))
    batch = Batch(subject.prompts[:2], tuple(replace(row, sample_id=name) for row in rows))
    if size > limit:
        code = "RESOURCE_EXHAUSTED"
        subject.refused(f"a batch of {size // MIB} MiB", lambda: _step(subject, batch.columns(), 0.0), code)
        return f"above the declared limit of {limit} bytes, and refused"
    result = _step(subject, batch.columns(), 0.0)
    expect(result.forward_backward.statistics[0].sequences == len(rows), "sequences were lost")
    return f"{size // MIB} MiB in chunks of 1 MiB made one step"


@check("batches.5_mib")
def mib_5(subject: Subject) -> str:
    """common.proto: big arrays travel as column chunks of about 1 MiB: 5 MiB, more than gRPC's own default limit."""
    return _large(subject, 5 * MIB)


@check("batches.20_mib")
def mib_20(subject: Subject) -> str:
    """common.proto: big arrays travel as column chunks of about 1 MiB: 20 MiB, more than any single message may have."""
    return _large(subject, 20 * MIB)


@check("batches.64_mib")
def mib_64(subject: Subject) -> str:
    """columns.proto and TrainingCapabilities.max_batch_bytes: 64 MiB, taken or refused as declared."""
    return _large(subject, 64 * MIB)


@check("batches.small_chunks")
def small_chunks(subject: Subject) -> str:
    """columns.proto, ColumnChunk: pieces need not end at element boundaries, and columns may interleave."""
    batch = subject.batch().columns()
    loss = subject.reinforce()
    whole = subject.client.train_step(batch, subject.step, loss=loss, optim=optim(0.0)).forward_backward.loss
    subject.step += 1
    header = subject.client.header(expected_step=subject.step)
    messages = list(subject.client.train_messages(batch, subject.step, header=header, loss=loss, optim=optim(0.0)))

    def pieces() -> Iterator[pb.TrainStepRequest]:
        yield messages[0]
        queues = [list(_bytes(one.chunk)) for one in messages[1:-1]]
        while any(queues):
            for queue in queues:
                if queue:
                    yield queue.pop(0)
        yield messages[-1]

    # Offsets and data of one column are separate streams, so taking turns keeps the order inside each.
    response = subject.client.call("TrainingService/TrainStep", pieces(), CALL_SECONDS)
    split = subject.client.settle(response.operation).train_step
    subject.step = split.optim_step.step
    expect(split.forward_backward.loss == whole, f"loss {split.forward_backward.loss} instead of {whole}")
    return "chunks of three bytes, taking turns, give the same loss"


def _bytes(chunk: pb.ColumnChunk) -> Iterator[pb.TrainStepRequest]:
    in_data = chunk.WhichOneof("part") == "data"
    raw = chunk.data if in_data else chunk.offsets
    for start in range(0, len(raw), 3):
        piece = raw[start : start + 3]
        yield pb.TrainStepRequest(
            chunk=pb.ColumnChunk(
                column=chunk.column, data=piece if in_data else None, offsets=None if in_data else piece
            )
        )


def _step(subject: Subject, batch: Columns, rate: float | None = None) -> pb.TrainStepResult:
    subject.need("TrainingService/TrainStep")
    spec = optim(subject.rate if rate is None else rate)
    result = subject.client.train_step(batch, subject.step, loss=cross_entropy(), optim=spec)
    subject.step = result.optim_step.step
    return result
