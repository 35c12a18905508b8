"""Sampling through the engine's process: requests, cancellation, weight updates, death and recovery."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spice_trainer.backend import (
    I32,
    BackendError,
    BackendErrorCode,
    FinishReason,
    SampleDone,
    SampleEvent,
    SampleFinished,
    SampleRequest,
    SampleStarted,
)
from spice_trainer.backends.vllm_engine.messages import Abort, Sample, Start, Update
from spice_trainer.backends.vllm_engine.process import INTERPRETER_VARIABLE, EngineProcess, interpreter
from spice_trainer.backends.vllm_engine.requests import Request, to_message

_LOG = logging.getLogger(__name__)
MOVED = 1e-3
"""Mean change of the learner's canary from which an engine that answers exactly as before counts as not updated."""


@dataclass
class _Served:
    """What the engine is to serve: also after a restart."""

    version: int
    path: str | None
    """None: the weights of the model's folder."""
    expected: list[float]
    """What the learner computes for the canary under these weights."""
    told: list[float] | None = None
    """What the engine answered with them loaded; None until then."""


class VllmSampler:
    """One engine process, started again when it dies. Requests that come meanwhile wait for the new one; those in flight
    end with UNAVAILABLE (SAMPLER_DIED), since what they had is lost."""

    def __init__(
        self,
        start: Start,
        *,
        threads: int,
        restarts: int,
        start_seconds: float,
        tolerance: float,
        decode: Callable[[Sequence[int]], str],
    ) -> None:
        """`tolerance`: largest mean difference between the canary as the engine and as the learner compute it."""
        self._start_message = start
        self._threads, self._restarts, self._start_seconds = threads, restarts, start_seconds
        self._tolerance, self._decode = tolerance, decode
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._process: EngineProcess | None = None
        self._served: _Served | None = None
        self._ready = False
        self._requests: dict[int, Request] = {}
        self._unsent: list[Sample] = []
        self._generation = object()
        self._next = 0
        self._deaths = 0
        self._why = ""
        self._closing = False
        self.versions: dict[str, str] = {}
        """Of the packages in the engine's environment, once it is ready."""
        self.canary_gap = 0.0
        """Mean difference of the last proof: the gap between sampler and learner."""

    # ------------------------------------------------------------------------------------------------ life and weights

    def open(self, expected: Sequence[float]) -> None:
        """Start and wait until version 0, the model's own weights, is served and proven: `expected` is the canary as the
        learner computes it.

        Raises `BackendError` UNAVAILABLE (SAMPLER_NOT_STARTED) or DATA_LOSS (CANARY_DIFFERS)."""
        with self._lock:
            self._served = _Served(0, None, list(expected))
            self._launch()
            self._wait("SAMPLER_NOT_STARTED", "the sampler did not start")
            self._prove(self._served, before=None)

    def update(self, version: int, path: str, expected: Sequence[float]) -> None:
        """Serve the weights in `path` as `version`, and prove it. Samples in flight go on with them. When the engine dies
        on the way it is started again with these weights, and this call waits for it.

        Raises `BackendError` UNAVAILABLE (SAMPLER_DIED) or DATA_LOSS (CANARY_DIFFERS)."""
        with self._lock:
            if self._process is None:
                raise self._gone()
            before, self._served = self._served, _Served(version, path, list(expected))
            if self._ready:
                self._process.send(Update(version, path))
            self._wait("SAMPLER_DIED", "the sampler did not take the new weights")
            self._prove(self._served, before)
            self._deaths = 0

    @property
    def pid(self) -> int | None:
        """Of the running process."""
        with self._lock:
            return None if self._process is None else self._process.pid

    def close(self) -> None:
        """End the process. Requests in flight end with UNAVAILABLE."""
        with self._lock:
            self._closing = True
            process, self._process = self._process, None
        if process is not None:
            process.stop()

    def _launch(self) -> None:
        generation = object()
        self._generation = generation
        try:
            self._process = EngineProcess(
                self._start_message,
                self._threads,
                lambda message: self._received(generation, message),
                lambda status: self._ended(generation, status),
            )
        except OSError as missing:
            raise BackendError(
                BackendErrorCode.UNAVAILABLE,
                "SAMPLER_NOT_STARTED",
                f"{interpreter()} cannot be run: {missing.strerror}",
                f"install it with `spice trainer install torch+vllm`, or set {INTERPRETER_VARIABLE}",
            ) from missing

    def _prove(self, served: _Served, before: _Served | None) -> None:
        """Raise DATA_LOSS and quarantine the engine unless it has the weights that were published."""
        assert served.told is not None
        self.canary_gap = _distance(served.told, served.expected)
        stale = (
            before is not None and served.told == before.told and _distance(served.expected, before.expected) > MOVED
        )
        if self.canary_gap <= self._tolerance and not stale:
            return
        self._quarantine("its weights are not those that were published")
        raise BackendError(
            BackendErrorCode.DATA_LOSS,
            "CANARY_DIFFERS",
            f"sampler and learner differ by {self.canary_gap:.3g} a token on the canary (allowed: {self._tolerance:g})"
            + ("; the sampler still answers as before the update" if stale else ""),
            "the sampler is being started again; if this repeats, compare its dtype and version with the learner's",
        )

    def _quarantine(self, why: str) -> None:
        self._why = why
        if self._process is not None:
            self._process.kill()

    def _wait(self, reason: str, message: str) -> None:
        """With the lock held, until what is to be served has been answered for. Raises UNAVAILABLE."""
        assert self._served is not None
        deadline = time.monotonic() + self._start_seconds
        while self._served.told is None:
            left = deadline - time.monotonic()
            if left <= 0:
                self._quarantine(f"no answer within {self._start_seconds:.0f} s")
            if self._process is None or left <= 0:
                raise BackendError(
                    BackendErrorCode.UNAVAILABLE,
                    reason,
                    f"{message}: {self._why}",
                    "see the trainer's log; `spice doctor` checks the environment",
                )
            self._changed.wait(min(left, 1.0))

    def _gone(self) -> BackendError:
        return BackendError(
            BackendErrorCode.UNAVAILABLE,
            "SAMPLER_DIED",
            f"the sampler's process ended{': ' + self._why if self._why else ''}",
            "it is being started again with the newest weights; repeat the request",
        )

    # --------------------------------------------------------------------------------------------- what the process says

    def _received(self, generation: object, message: dict[str, Any]) -> None:
        with self._lock:
            if generation is not self._generation:
                return
            kind = message["is"]
            if kind == "ready":
                self._welcome(message)
            elif kind == "updated":
                self._answered(message["canary"])
            elif kind == "finished":
                self._finished(message)
            elif kind == "refused":
                self._refused(message)
            elif kind == "broken":
                self._why = message["error"]
            self._changed.notify_all()

    def _welcome(self, message: dict[str, Any]) -> None:
        self.versions = message["versions"]
        served = self._served
        assert served is not None
        if served.path is None:
            self._answered(message["canary"])
        elif self._process is not None:
            self._process.send(Update(served.version, served.path))

    def _answered(self, canary: list[float]) -> None:
        """The engine has what it is to serve. After a restart nobody waits for the proof, so it is looked at here too."""
        served = self._served
        assert served is not None
        again, served.told = served.told is not None, canary
        if again and _distance(canary, served.expected) > self._tolerance:
            self._quarantine("after a restart its weights are not those that were published")
        else:
            self._serve()

    def _serve(self) -> None:
        self._ready = True
        unsent, self._unsent = self._unsent, []
        for one in unsent:
            self._send(one)

    def _ended(self, generation: object, status: int) -> None:
        with self._lock:
            if generation is not self._generation:
                return
            was_ready, self._ready = self._ready, False
            self._why = self._why or f"exit status {status}"
            self._process = None
            self._fail_in_flight()
            self._deaths += 1
            again = was_ready or self._deaths > 1
            if not self._closing and again and self._deaths <= self._restarts:
                _LOG.warning("the sampler ended (%s); start %d of %d", self._why, self._deaths, self._restarts)
                self._why = ""
                try:
                    self._launch()
                except BackendError as failed:
                    self._why = failed.message
            if self._process is None:
                self._fail_all()
            self._changed.notify_all()

    def _fail_in_flight(self) -> None:
        unsent = {one.id for one in self._unsent}
        for request in list(self._requests.values()):
            if not all(one in unsent for one in request.waiting):
                self._fail(request, self._gone())

    def _fail_all(self) -> None:
        self._unsent = []
        for request in list(self._requests.values()):
            self._fail(request, self._gone())

    def _fail(self, request: Request, error: BackendError) -> None:
        request.error = error
        lost = set(request.waiting)
        self._unsent = [one for one in self._unsent if one.id not in lost]
        for identifier in list(request.waiting):
            self._end(request, identifier, FinishReason.ERROR, [], [], [])

    # ----------------------------------------------------------------------------------------------------------- samples

    def submit(
        self,
        request: SampleRequest,
        prompt_ids: tuple[I32, ...],
        stop_ids: frozenset[int],
        max_context: int,
        sink: Callable[[SampleEvent], None],
    ) -> Request:
        """Hand the samples over; returns at once. While the engine is being started again they wait for it.

        Raises `BackendError` UNAVAILABLE (SAMPLER_DIED) when it will not be started again."""
        with self._lock:
            if self._process is None or self._served is None:
                raise self._gone()
            self._next += 1
            names = {
                f"{self._next}.{prompt}.{sample}": (prompt, sample)
                for prompt, spec in enumerate(request.prompts)
                for sample in range(len(spec.seeds))
            }
            made = Request(self.cancel, self._next, request, prompt_ids, sink, dict(names), self._served.version)
            made.emit(SampleStarted(made.version, prompt_ids))
            if not names:
                made.emit(SampleDone(0, 0, 0.0))
                return made
            self._requests[made.number] = made
            for name, (prompt, sample) in names.items():
                self._send(to_message(name, request, prompt_ids[prompt], prompt, sample, stop_ids, max_context))
            return made

    def _send(self, sample: Sample) -> None:
        if not self._ready or self._process is None:
            self._unsent.append(sample)
        else:
            self._process.send(sample)  # when the process is gone its end is on the way, and fails the request

    def cancel(self, request: Request, prompt_index: int | None) -> None:
        """Stop a prompt's samples, or all."""
        with self._lock:
            chosen = {
                name for name, (prompt, _) in request.waiting.items() if prompt_index is None or prompt == prompt_index
            }
            unsent = [one.id for one in self._unsent if one.id in chosen]
            self._unsent = [one for one in self._unsent if one.id not in chosen]
            for name in unsent:
                self._end(request, name, FinishReason.ABORTED, [], [], [])
            running = sorted(chosen - set(unsent))
            if running and self._process is not None:
                self._process.send(Abort(running))

    def _finished(self, message: dict[str, Any]) -> None:
        request = self._requests.get(int(message["id"].split(".")[0]))
        if request is None or message["id"] not in request.waiting:
            return
        reason = FinishReason(message["reason"])
        if reason is FinishReason.LENGTH and len(message["tokens"]) < request.request.params.max_tokens:
            reason = FinishReason.CONTEXT
        self._end(request, message["id"], reason, message["tokens"], message["logprobs"], message["spans"])

    def _refused(self, message: dict[str, Any]) -> None:
        request = self._requests.get(int(message["id"].split(".")[0]))
        if request is None or message["id"] not in request.waiting:
            return
        request.error = BackendError(BackendErrorCode.INVALID, "SAMPLE_REFUSED", f"vLLM refused it: {message['error']}")
        self._end(request, message["id"], FinishReason.ERROR, [], [], [])

    def _end(
        self,
        request: Request,
        name: str,
        reason: FinishReason,
        tokens: list[int],
        logprobs: list[float],
        spans: list[list[int]],
    ) -> None:
        prompt, sample = request.waiting.pop(name)
        text = self._decode(tokens)
        if reason is FinishReason.STOP_STRING:
            text = request.request.params.before_stop(text)
        request.completion_tokens += len(tokens)
        request.emit(
            SampleFinished(
                prompt_index=prompt,
                sample_index=sample,
                token_ids=np.array(tokens, dtype=np.int32),
                logprobs=np.array(logprobs, dtype=np.float32) if request.request.want_logprobs else None,
                text=text,
                reason=reason,
                policy_version=spans[-1][1] if spans else request.version,
                spans=tuple((count, version) for count, version in spans),
            )
        )
        if not request.waiting:
            self._requests.pop(request.number, None)
            request.emit(
                SampleDone(
                    prompt_tokens=sum(map(len, request.prompt_ids)),
                    completion_tokens=request.completion_tokens,
                    seconds=time.perf_counter() - request.started,
                    error=request.error,
                )
            )


def _distance(one: Sequence[float], other: Sequence[float]) -> float:
    return float(np.abs(np.array(one) - np.array(other)).mean())
