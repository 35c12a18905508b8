"""Sampling through the engine's process: requests, cancellation, weight updates, death and recovery."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from spice_trainer.api import (
    I32,
    BackendError,
    BackendErrorCode,
    FinishReason,
    SampleDone,
    SampleEvent,
    SampleRequest,
    SampleStarted,
)
from spice_trainer.engines.shared.vllm_engine.link import EngineLink
from spice_trainer.engines.shared.vllm_engine.messages import Abort, Sample, Start, Update
from spice_trainer.engines.shared.vllm_engine.process import INTERPRETER_VARIABLE, EngineProcess, interpreter
from spice_trainer.engines.shared.vllm_engine.requests import NOTHING, Request, to_message
from spice_trainer.engines.shared.vllm_engine.served import Served, distance, is_stale

_LOG = logging.getLogger(__name__)
_WRONG = "its weights are not those that were published"
StartSend = Callable[[EngineLink], None]
"""Begins to send an update through the phases, in a thread of its own, and returns at once."""


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
        gpus: tuple[int, ...] | None = None,
    ) -> None:
        """`tolerance`: largest mean difference between the canary as the engine and as the learner compute it. `gpus`: see
        `EngineProcess`."""
        self._start_message, self._gpus = start, gpus
        self._threads, self._restarts, self._start_seconds = threads, restarts, start_seconds
        self._tolerance, self._decode = tolerance, decode
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._process: EngineProcess | None = None
        self._link: EngineLink | None = None
        self._served: Served | None = None
        self._ready = False
        self._requests: dict[int, Request] = {}
        self._unsent: list[Sample] = []
        self._generation = self._answered_by = object()
        self._condemned = False
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
            self._served = Served(0, None, list(expected))
            self._launch()
            self._wait("SAMPLER_NOT_STARTED", "the sampler did not start")
            self._prove(self._served, before=None)

    def update(
        self, version: int, file: Callable[[], str], expected: Sequence[float], send: StartSend | None = None
    ) -> None:
        """Serve new weights as `version`, and prove it. Samples in flight go on with them.

        `file`: path of the weights. Without `send` they are loaded from there; with it they go through the engine's
        transfer, and `file` is asked for when the engine has to be started again. An engine that dies on the way is, and
        this call waits for it. When the update fails for good the version before stays the one to serve.

        Raises `BackendError` UNAVAILABLE (SAMPLER_DIED), DATA_LOSS (CANARY_DIFFERS), or what `file` raises."""
        path = file() if send is None else None
        with self._lock:
            if self._process is None:
                raise self._gone()
            before, self._served = self._served, Served(version, file, list(expected))
            try:
                if self._ready and path is not None:
                    self._process.send(Update(version, path))
                elif self._ready and send is not None and self._link is not None:
                    self._link.version = version
                    send(self._link)
                self._wait("SAMPLER_DIED", "the sampler did not take the new weights")
                self._prove(self._served, before)
            except BackendError:
                self._served = before
                raise
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
            if self._link is not None:
                self._link.end()
        if process is not None:
            process.stop()

    def _launch(self) -> None:
        generation = object()
        self._generation, self._condemned = generation, False
        try:
            process = self._process = EngineProcess(
                self._start_message,
                self._threads,
                lambda message: self._received(generation, message),
                lambda status: self._ended(generation, status),
                self._gpus,
            )
        except OSError as missing:
            raise BackendError(
                BackendErrorCode.UNAVAILABLE,
                "SAMPLER_NOT_STARTED",
                f"{interpreter()} cannot be run: {missing.strerror}",
                f"install it with `spice trainer install torch+vllm`, or set {INTERPRETER_VARIABLE}",
            ) from missing
        self._link = EngineLink(process.send, self._start_seconds, lambda why: self._poisoned(generation, why))

    def _prove(self, served: Served, before: Served | None) -> None:
        """Raise DATA_LOSS and quarantine the engine unless it has the weights that were published."""
        assert served.told is not None
        self.canary_gap = distance(served.told, served.expected)
        stale = is_stale(served, before)
        if self.canary_gap <= self._tolerance and not stale:
            return
        if self._answered_by is self._generation:  # else it is gone already, and its successor did nothing wrong
            self._quarantine(_WRONG)
        raise BackendError(
            BackendErrorCode.DATA_LOSS,
            "CANARY_DIFFERS",
            f"sampler and learner differ by {self.canary_gap:.3g} a token on the canary (allowed: {self._tolerance:g})"
            + ("; the sampler still answers as before the update" if stale else ""),
            "the sampler is being started again; if this repeats, compare its dtype and version with the learner's",
        )

    def _quarantine(self, why: str) -> None:
        """Kill the process; what it still says counts for nothing. Its end then starts another one."""
        self._why = why
        self._condemned = True
        if self._process is not None:
            self._process.kill()

    def _poisoned(self, generation: object, why: str) -> None:
        """An update got half-way to this process: it must not serve."""
        with self._lock:
            if generation is self._generation:
                self._quarantine(why)

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
            if generation is not self._generation or self._condemned:
                return
            kind = message["is"]
            if kind == "ready":
                self._welcome(message)
            elif kind == "phase" and self._link is not None:
                self._link.answered(message["number"])
            elif kind == "updated":
                self._updated(message)
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
        if served.file is None:
            self._answered(message["canary"])
        else:
            self._bring()

    def _updated(self, message: dict[str, Any]) -> None:
        if self._served is not None and message["version"] == self._served.version:
            self._answered(message["canary"])
        else:
            self._bring()  # another version was published while this one was being loaded again

    def _bring(self) -> None:
        """Load what is to be served from its file, which may have to be written first: not in the thread that hears the
        process."""
        threading.Thread(
            target=self._bring_file, args=(self._generation, self._served), name="vllm restart", daemon=True
        ).start()

    def _bring_file(self, generation: object, served: Served) -> None:
        path, failure = None, None
        try:
            path = None if served.file is None else served.file()
        except BackendError as failed:
            failure = failed.message
        with self._lock:
            if generation is not self._generation or self._process is None:
                return
            if served is not self._served:
                self._bring()
            elif path is not None:
                self._process.send(Update(served.version, path))
            elif failure is not None:
                self._deaths = max(self._deaths, self._restarts)  # another process would need the same file
                self._quarantine(failure)
            else:
                self._quarantine("it holds other weights than the model's own, which are to be served")

    def _answered(self, canary: list[float]) -> None:
        """The engine says that it has what it is to serve. Looked at before any sample of it counts, and after a restart
        nobody else does."""
        served = self._served
        assert served is not None
        served.told, self._answered_by = canary, self._generation
        if distance(canary, served.expected) > self._tolerance:
            self._quarantine(_WRONG)
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
            if self._link is not None:
                self._link.end()
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
            self._end(request, identifier, FinishReason.ERROR)

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
                self._end(request, name, FinishReason.ABORTED)
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
        self._end(request, message["id"], reason, message)

    def _refused(self, message: dict[str, Any]) -> None:
        request = self._requests.get(int(message["id"].split(".")[0]))
        if request is None or message["id"] not in request.waiting:
            return
        request.error = BackendError(BackendErrorCode.INVALID, "SAMPLE_REFUSED", f"vLLM refused it: {message['error']}")
        self._end(request, message["id"], FinishReason.ERROR)

    def _end(self, request: Request, name: str, reason: FinishReason, message: Mapping[str, Any] = NOTHING) -> None:
        if request.end(name, reason, message, self._decode):
            self._requests.pop(request.number, None)
