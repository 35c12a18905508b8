"""Sample requests: one request to the server for each sample, with a bounded number of running
requests.

The server gives sample i of a request the seed + i, whatever the prompt. So only requests of one
sample have the seeds that this trainer chooses. The server cannot stop a request: cancelled running
samples end here immediately, and on the server they run to their end.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from spice_trainer.api import (
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
from spice_trainer.engines.tinker.finish import finish
from spice_trainer.engines.tinker.service import Draw, Drawn
from spice_trainer.engines.tinker.versions import Slot

Key = tuple[int, int]


class Owner(Protocol):
    """The object that counts the users of a slot."""

    def let_go(self, slot: Slot) -> None:
        """Decreases the number of users by one."""
        ...


@dataclass(eq=False)
class Job:
    """One sample request. The lock of the dispatcher protects it."""

    request: SampleRequest
    prompts: tuple[I32, ...]
    stop_ids: tuple[int, ...]
    max_context: int
    version: int
    slot: Slot
    sink: Callable[[SampleEvent], None]
    decode: Callable[[list[int]], str]
    rounds: bool = True
    """Whether lengths are rounded to few different values, because the server compiles for each
    value."""
    began: float = field(default_factory=time.monotonic)
    open: set[Key] = field(default_factory=set[Key])
    tokens: int = 0
    error: BackendError | None = None

    def draw(self, key: Key) -> Draw:
        """Returns the request to the server."""
        prompt, params = self.prompts[key[0]], self.request.params
        room = self.max_context - len(prompt)
        wanted = min(params.max_tokens, room)
        return Draw(
            prompt,
            fold_seed(self.request.prompts[key[0]].seeds[key[1]]),
            min(room, round_up(wanted)) if self.rounds else wanted,
            params.top_p,
            params.top_k,
            self.stop_ids,
        )


class Dispatcher:
    """Sends the samples of all jobs in order of arrival, at most `limit` at a time."""

    def __init__(self, limit: int, owner: Owner) -> None:
        self._limit, self._owner = limit, owner
        self._lock = threading.RLock()
        self._idle = threading.Condition(self._lock)
        self._waiting: deque[tuple[Job, Key]] = deque()
        self._sent = 0
        self._paused = False
        self._jobs: set[Job] = set()
        self._dead: BackendError | None = None

    def submit(self, job: Job) -> None:
        """Begins a job. The slot of the job is held once for each of its samples."""
        job.sink(SampleStarted(job.version, job.prompts))
        keys = [(at, n) for at, spec in enumerate(job.request.prompts) for n in range(len(spec.seeds))]
        with self._lock:
            job.open.update(keys)
            self._jobs.add(job)
            self._waiting.extend((job, key) for key in keys)
            if self._dead is not None:
                self._fail(job, self._dead)
        self._pump()

    def cancel(self, job: Job, prompt_index: int | None) -> None:
        """Ends samples as ABORTED, of one prompt or all prompts."""
        with self._lock:
            for key in sorted(job.open):
                if prompt_index is None or key[0] == prompt_index:
                    self._emit(job, key, np.empty(0, dtype=np.int32), None, "", FinishReason.ABORTED)
            self._close_if_over(job)
        self._pump()

    def fail(self, error: BackendError) -> None:
        """Ends every job and every later job with `error`, because the server has ended."""
        with self._lock:
            self._dead = error
            for job in list(self._jobs):
                self._fail(job, error)

    def pause(self) -> None:
        """Sends nothing more and waits for running requests."""
        with self._lock:
            self._paused = True
            while self._sent and self._dead is None:
                self._idle.wait(0.5)

    def resume(self) -> None:
        """Continues after `pause`."""
        with self._lock:
            self._paused = False
        self._pump()

    def _pump(self) -> None:
        while True:
            with self._lock:
                if self._paused or self._dead is not None or self._sent >= self._limit or not self._waiting:
                    return
                job, key = self._waiting.popleft()
                if key not in job.open:
                    self._owner.let_go(job.slot)
                    continue
                self._sent += 1
            job.slot.sampler.draw(job.draw(key), lambda got, job=job, key=key: self._came(job, key, got))

    def _came(self, job: Job, key: Key, got: Drawn | Exception) -> None:
        with self._lock:
            self._sent -= 1
            self._owner.let_go(job.slot)
            self._idle.notify_all()
            if key in job.open:
                if isinstance(got, Drawn):
                    self._finished(job, key, got)
                else:
                    self._fail(job, _as_backend_error(got))
            self._close_if_over(job)
        self._pump()

    def _finished(self, job: Job, key: Key, got: Drawn) -> None:
        params = job.request.params
        room = job.max_context - len(job.prompts[key[0]])
        end = finish(got, params, job.stop_ids, room, job.decode)
        logprobs = got.logprobs[: end.tokens] if job.request.want_logprobs else None
        self._emit(job, key, got.token_ids[: end.tokens], logprobs, end.text, end.reason)

    def _emit(self, job: Job, key: Key, ids: I32, logprobs: np.ndarray | None, text: str, reason: FinishReason) -> None:
        job.open.discard(key)
        job.tokens += len(ids)
        job.sink(SampleFinished(key[0], key[1], ids, logprobs, text, reason, job.version))

    def _fail(self, job: Job, error: BackendError) -> None:
        job.error = job.error or error
        job.open.clear()
        self._close_if_over(job)

    def _close_if_over(self, job: Job) -> None:
        if job.open or job not in self._jobs:
            return
        self._jobs.discard(job)
        prompt_tokens = sum(
            len(ids) * len(spec.seeds) for ids, spec in zip(job.prompts, job.request.prompts, strict=True)
        )
        job.sink(SampleDone(prompt_tokens, job.tokens, time.monotonic() - job.began, job.error))


def fold_seed(seed: int) -> int:
    """Returns 31 bits of a 64-bit seed, which the server accepts. The seed is hashed, so that
    similar seeds give different bits."""
    digest = hashlib.sha256(seed.to_bytes(8, "little", signed=seed < 0)).digest()
    return int.from_bytes(digest[:4], "little") & 0x7FFFFFFF


def round_up(tokens: int) -> int:
    """Returns the next of 16, 24, 32, 48, 64, 96, ..., in which the server rounds lengths."""
    if tokens <= 16:
        return 16
    step = 1 << (tokens.bit_length() - 2)
    return -(-tokens // step) * step


def _as_backend_error(error: Exception) -> BackendError:
    if isinstance(error, BackendError):
        return error
    return BackendError(BackendErrorCode.UNAVAILABLE, "SERVER_FAILED", f"a sample failed: {error}")
