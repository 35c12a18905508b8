"""Assembled events of a Sample call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from spice_conformance.verdict import Decision, Verdict, expect
from spice_trainer.server.wire import columns, pb


@dataclass(frozen=True)
class Sample:
    """One finished sample."""

    ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    text: str
    reason: str
    """FinishReason in lower case."""
    spans: tuple[tuple[int, int], ...]
    """Spans (tokens, policy version)."""


@dataclass(frozen=True)
class Samples:
    """A whole call that ended with `done`."""

    version: int
    semantics: pb.LogprobSemantics
    prompt_ids: list[tuple[int, ...]]
    seeds: tuple[int, ...]
    """Seeds that the trainer made; empty when the caller gave seeds."""
    done: pb.SampleBatchDone
    by_key: dict[tuple[int, int], Sample]
    """Samples by (prompt, sample)."""

    def of(self, prompt: int = 0) -> list[Sample]:
        """Returns the samples of a prompt, by index."""
        return [self.by_key[key] for key in sorted(self.by_key) if key[0] == prompt]

    @property
    def all_ids(self) -> list[tuple[int, ...]]:
        """Returns the ids of all samples, by prompt and index."""
        return [self.by_key[key].ids for key in sorted(self.by_key)]


def collect(events: Iterable[pb.SampleResponse]) -> Samples:
    """Reads a stream to its end and checks its order: started first, every sample once, done
    last."""
    started: pb.SampleStarted | None = None
    done: pb.SampleBatchDone | None = None
    pieces: defaultdict[tuple[int, int], list[pb.SampleChunk | pb.SampleFinished]] = defaultdict(list)
    finished: dict[tuple[int, int], Sample] = {}
    for event in events:
        kind = event.WhichOneof("event")
        expect(done is None, f"an event ({kind}) came after done")
        expect((started is None) == (kind == "started"), f"started must come first and once; {kind} came")
        expect(kind is not None, "an event of no known kind came")
        if kind == "started":
            started = event.started
        elif kind == "done":
            done = event.done
        elif kind == "chunk" or kind == "finished":
            part = event.chunk if kind == "chunk" else event.finished
            key = (part.prompt_index, part.sample_index)
            expect(key not in finished, f"sample {key} went on after it was finished")
            pieces[key].append(part)
            if kind == "finished":
                finished[key] = _sample(pieces[key], event.finished)
    if started is None or done is None:
        raise Decision(Verdict.FAIL, "the stream ended without done")
    return Samples(
        version=started.policy_version,
        semantics=started.logprobs,
        prompt_ids=rows_of(started.prompt_ids) if started.HasField("prompt_ids") else [],
        seeds=tuple(started.seeds),
        done=done,
        by_key=finished,
    )


def _sample(pieces: list[pb.SampleChunk | pb.SampleFinished], last: pb.SampleFinished) -> Sample:
    return Sample(
        ids=tuple(int(one) for piece in pieces for one in columns.decode_ids(piece.token_ids)),
        logprobs=tuple(float(one) for piece in pieces for one in np.frombuffer(piece.logprobs, "<f4")),
        text=last.text,
        reason=pb.enum_name("FinishReason", last.reason) or str(last.reason),
        spans=tuple((span.tokens, span.policy_version) for piece in pieces for span in piece.spans),
    )


def rows_of(ragged: pb.Ragged) -> list[tuple[int, ...]]:
    """Returns the rows of token ids of a Ragged message."""
    data, offsets = np.frombuffer(ragged.data, "<i4"), np.frombuffer(ragged.offsets, "<u4")
    return [tuple(map(int, data[offsets[i] : offsets[i + 1]])) for i in range(len(offsets) - 1)]
