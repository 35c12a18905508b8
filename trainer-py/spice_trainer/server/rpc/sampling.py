"""SamplingService: generation, streamed when samples finish (sampling.proto)."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

import grpc

from spice_trainer.api import (
    FinishReason,
    Generation,
    SampleDone,
    SampleEvent,
    SampleFinished,
    SampleRequest,
    SampleStarted,
)
from spice_trainer.server.limits import MAX_QUEUED_SAMPLES, MAX_REQUEST_TOKENS, MAX_UNSENT_BYTES, queue_full
from spice_trainer.server.rpc.runtime import Runtime
from spice_trainer.server.rpc.sampling_request import sample_request
from spice_trainer.server.session.progress import JobProgress
from spice_trainer.server.wire import columns, pb
from spice_trainer.server.wire.errors import ServiceError

KEEP_ALIVE_SECONDS = 5.0


@dataclass(eq=False)
class Active:
    """A request that is not finished. `push` is called on the event loop only."""

    request: SampleRequest
    generation: Generation | None = None
    wishes: list[int | None] = field(default_factory=list[int | None])
    """Cancellations received so far. A cancellation that arrives before `submit` returns is not
    lost."""
    events: asyncio.Queue[SampleEvent] = field(default_factory=lambda: asyncio.Queue[SampleEvent]())
    unsent_bytes: int = 0
    overflowed: bool = False
    """Whether the client read too slowly. Then no more events are kept for it."""
    progress: JobProgress = field(default_factory=JobProgress)
    finished: int = 0
    aborted: int = 0

    @property
    def total(self) -> int:
        return sum(len(one.seeds) for one in self.request.prompts)

    def push(self, event: SampleEvent) -> None:
        """Adds an event of the engine; called on the event loop. Unread events are bounded here,
        because the stream itself waits in flow control while the client reads nothing."""
        if self.overflowed:
            return
        self.unsent_bytes += _size(event)
        self.overflowed = self.unsent_bytes > MAX_UNSENT_BYTES
        if self.overflowed:
            self.cancel()
        self.events.put_nowait(event)

    def cancel(self, prompt_index: int | None = None) -> None:
        """Stops the samples of one prompt, or all samples."""
        self.wishes.append(prompt_index)
        if self.generation is not None:
            self.generation.cancel(prompt_index)

    def start(self, generation: Generation) -> None:
        """Stores the generation after the engine accepted the request. Called from another thread.
        A repeated cancellation does no harm."""
        self.generation = generation
        for wish in list(self.wishes):
            generation.cancel(wish)


class SamplingService(pb.SamplingServiceServicer):
    """Generation of samples."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._active: dict[tuple[str, str], Active] = {}

    async def sample(self, message: pb.SampleRequest, context: object) -> AsyncGenerator[pb.SampleResponse, None]:
        """Returns samples when they finish."""
        runtime = self._runtime
        session = runtime.sessions.check(message.session_id, message.epoch)
        vocabulary = runtime.engine.loaded.vocabulary
        request, drawn = sample_request(message, runtime.engine.capabilities, vocabulary, secrets.SystemRandom())
        key = (session.id, message.request_id)
        if key in self._active:
            raise ServiceError(
                grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID", f"request {message.request_id} is in flight already"
            )
        active = Active(request, progress=self._progress(message))
        _require_room(active, runtime.queued_samples)
        self._active[key] = active
        runtime.sample_cancels[key] = active.cancel
        runtime.queued_samples += active.total
        try:
            async with aclosing(self._stream(message, active, drawn)) as responses:
                async for response in responses:
                    yield response
        finally:
            runtime.queued_samples -= active.total
            del self._active[key], runtime.sample_cancels[key]
            active.cancel()

    async def cancel_samples(self, message: pb.CancelSamplesRequest, context: object) -> pb.CancelSamplesResponse:
        """Stops samples of a running request."""
        session = self._runtime.sessions.check(message.session_id, message.epoch)
        active = self._active.get((session.id, message.request_id))
        if active is not None:
            active.cancel(message.prompt_index if message.HasField("prompt_index") else None)
        return pb.CancelSamplesResponse(found=active is not None)

    async def _stream(
        self, message: pb.SampleRequest, active: Active, drawn: list[int]
    ) -> AsyncGenerator[pb.SampleResponse, None]:
        loop = asyncio.get_running_loop()
        gate = self._runtime.gate

        def sink(event: SampleEvent) -> None:
            try:
                loop.call_soon_threadsafe(active.push, event)
                if isinstance(event, SampleDone):
                    loop.call_soon_threadsafe(gate.leave, active)
            except RuntimeError:  # the loop is closed: the trainer shuts down
                active.cancel()

        submit = self._runtime.engine.backend.submit
        await gate.enter(active, active.cancel)
        try:
            await asyncio.to_thread(lambda: active.start(submit(active.request, sink)))
        except BaseException:
            gate.leave(active)
            raise
        while True:
            try:
                # `wait_for` makes a task, which costs more than the event itself.
                if active.events.empty():
                    event = await asyncio.wait_for(active.events.get(), KEEP_ALIVE_SECONDS)
                else:
                    event = active.events.get_nowait()
            except TimeoutError:
                yield pb.SampleResponse(progress=pb.SampleProgress(finished=active.finished, total=active.total))
                continue
            active.unsent_bytes -= _size(event)
            if active.overflowed:
                raise ServiceError(
                    grpc.StatusCode.RESOURCE_EXHAUSTED,
                    "SLOW_CONSUMER",
                    f"{MAX_UNSENT_BYTES} bytes of finished samples were not read",
                    "read the stream faster or ask for fewer samples at a time",
                )
            if isinstance(event, SampleStarted):
                yield self._started(message, active.request, event, drawn)
            elif isinstance(event, SampleFinished):
                active.finished += 1
                active.progress.progress("sample", active.finished, active.total)
                active.aborted += event.reason is FinishReason.ABORTED
                yield _finished(message, event)
            else:
                if event.error is not None:
                    raise event.error
                self._report(message, active, event)
                yield pb.SampleResponse(
                    done=pb.SampleBatchDone(
                        prompt_tokens=event.prompt_tokens,
                        completion_tokens=event.completion_tokens,
                        seconds=event.seconds,
                        aborted=active.aborted,
                    )
                )
                return

    def _started(
        self, message: pb.SampleRequest, request: SampleRequest, event: SampleStarted, drawn: list[int]
    ) -> pb.SampleResponse:
        declared = self._runtime.engine.capabilities
        temperature = request.params.temperature if request.logprob_mode != "raw" else 1.0
        semantics = pb.LogprobSemantics(
            mode=pb.enum_number("LogprobMode", request.logprob_mode),
            temperature=temperature or 1.0,
            source=pb.enum_number("LogprobSource", declared.logprob_source),
            dtype="float32",
        )
        started = pb.SampleStarted(policy_version=event.policy_version, logprobs=semantics, seeds=drawn)
        if message.returns.prompt_ids:
            started.prompt_ids.CopyFrom(columns.to_ragged(columns.from_rows(event.prompt_ids, "int32")))
        return pb.SampleResponse(started=started)

    def _progress(self, message: pb.SampleRequest) -> JobProgress:
        def publish(phase: str, done: int, total: int) -> None:
            self._runtime.events.progress(phase, done, total, session=message.session_id, subject=message.request_id)

        return JobProgress(publish)

    def _report(self, message: pb.SampleRequest, active: Active, done: SampleDone) -> None:
        values = {
            "prompt_tokens": float(done.prompt_tokens),
            "completion_tokens": float(done.completion_tokens),
            "seconds": done.seconds,
            "tokens_per_second": done.completion_tokens / done.seconds if done.seconds > 0 else 0.0,
            "samples": float(active.finished),
            "aborted": float(active.aborted),
        }
        runtime = self._runtime
        runtime.events.metrics(
            "sample", runtime.engine.step, values, session=message.session_id, subject=message.request_id
        )


def _require_room(active: Active, queued: int) -> None:
    tokens = active.total * active.request.params.max_tokens
    if tokens > MAX_REQUEST_TOKENS:
        raise queue_full("tokens of this request", 0, tokens, MAX_REQUEST_TOKENS, 0.0)
    if queued + active.total > MAX_QUEUED_SAMPLES:
        raise queue_full("samples", queued, active.total, MAX_QUEUED_SAMPLES, 1.0)


def _finished(message: pb.SampleRequest, event: SampleFinished) -> pb.SampleResponse:
    spans = event.spans or (((len(event.token_ids), event.policy_version),) if len(event.token_ids) else ())
    logprobs = event.logprobs if message.returns.logprobs else None
    return pb.SampleResponse(
        finished=pb.SampleFinished(
            prompt_index=event.prompt_index,
            sample_index=event.sample_index,
            token_ids=event.token_ids.astype("<i4", copy=False).tobytes(),
            logprobs=b"" if logprobs is None else logprobs.astype("<f4", copy=False).tobytes(),
            text=event.text if message.returns.text else "",
            reason=pb.enum_number("FinishReason", event.reason.value),
            spans=[pb.VersionSpan(tokens=tokens, policy_version=version) for tokens, version in spans],
        )
    )


def _size(event: SampleEvent) -> int:
    if isinstance(event, SampleFinished):
        return 8 * len(event.token_ids) + len(event.text)
    return 0
