"""ScoringService: log-probabilities of given tokens (scoring.proto)."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Literal

from spice_trainer.api import F32
from spice_trainer.server.rpc.runtime import Runtime
from spice_trainer.server.rpc.streams import first, read_batch
from spice_trainer.server.session.progress import JobProgress
from spice_trainer.server.wire import columns, pb
from spice_trainer.server.wire.batch import SCORING_COLUMNS, Texts
from spice_trainer.server.wire.errors import invalid, unimplemented

KEEP_ALIVE_SECONDS = 5.0
Target = Literal["current", "reference"] | int


class ScoringService(pb.ScoringServiceServicer):
    """Scoring of given tokens."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def compute_logprobs(
        self, requests: AsyncIterator[pb.ComputeLogprobsRequest], context: object
    ) -> AsyncGenerator[pb.ComputeLogprobsResponse, None]:
        """Scores a batch."""
        engine = self._runtime.engine
        start = (await first(requests)).start
        self._runtime.sessions.check(start.session_id, start.epoch)
        target = self._target(start.target)
        if not math.isfinite(start.temperature) or start.temperature <= 0:
            raise invalid("TEMPERATURE", f"temperature must be above 0, not {start.temperature}")
        batch = await read_batch(start.columns, requests, SCORING_COLUMNS, engine.loaded, self._runtime.receiving)
        texts = batch.texts()
        events = self._runtime.events
        progress = JobProgress(lambda phase, done, total: events.progress(phase, done, total, session=start.session_id))
        scoring = asyncio.ensure_future(self._score(texts, target, start.temperature, progress))
        try:
            while not (await asyncio.wait({scoring}, timeout=KEEP_ALIVE_SECONDS))[0]:
                at = pb.Progress(phase=progress.phase or "score", done=progress.done, total=progress.total)
                yield pb.ComputeLogprobsResponse(progress=at)
            for message in _responses(texts, scoring.result(), start.temperature):
                yield message
        finally:
            progress.stop("caller")
            scoring.cancel()

    async def _score(self, texts: Texts, target: Target, temperature: float, progress: JobProgress) -> list[F32]:
        backend = self._runtime.engine.backend
        sequences = list(zip(texts.refs, texts.completions, strict=True))
        return await self._runtime.engine.thread.call(
            backend.score, texts.prompts, sequences, target, temperature, progress
        )

    def _target(self, message: pb.ScoringTarget) -> Target:
        kinds = self._runtime.engine.capabilities.scoring_references
        target = message.WhichOneof("target")
        if target == "policy_version":
            if "version" not in kinds:
                raise unimplemented("scoring under a policy version")
            return message.policy_version
        if not (message.current or message.reference):
            raise invalid("TARGET", "target must be current, reference (true) or policy_version")
        if target == "reference":
            if not {"base", "adapter_off"} & set(kinds):
                raise unimplemented("scoring under the reference")
            return "reference"
        return "current"


def _responses(texts: Texts, rows: list[F32], temperature: float) -> list[pb.ComputeLogprobsResponse]:
    number = pb.enum_number("Column", "logprobs")
    column = columns.from_rows(rows, "float32")
    semantics = pb.LogprobSemantics(
        mode=pb.enum_number("LogprobMode", "temperature_scaled"),
        temperature=temperature,
        source=pb.enum_number("LogprobSource", "recomputed"),
        dtype="float32",
    )
    result = pb.ComputeLogprobsResult(semantics=semantics, column=columns.declaration(number, column))
    end = pb.BatchEnd(
        prompts=len(texts.prompts),
        sequences=len(rows),
        completion_tokens=len(column.data),
        digest=columns.digest({number: column}),
    )
    return [
        pb.ComputeLogprobsResponse(result=result),
        *(pb.ComputeLogprobsResponse(chunk=chunk) for chunk in columns.chunks(number, column)),
        pb.ComputeLogprobsResponse(end=end),
    ]
