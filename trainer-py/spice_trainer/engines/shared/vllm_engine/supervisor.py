"""Keeps one engine process running: starts it, gives it weights, proves the weights, and starts it
again when it ends."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from spice_trainer.api import I32, BackendError, BackendErrorCode, SampleEvent, SampleRequest
from spice_trainer.engines.shared.vllm_engine.engine_run import EngineRun, State
from spice_trainer.engines.shared.vllm_engine.link import EngineLink
from spice_trainer.engines.shared.vllm_engine.messages import Abort, Start, Update
from spice_trainer.engines.shared.vllm_engine.process import INTERPRETER_VARIABLE, EngineProcess, interpreter
from spice_trainer.engines.shared.vllm_engine.proof import Answer, ExpectedWeights, is_stale
from spice_trainer.engines.shared.vllm_engine.requests import Request
from spice_trainer.engines.shared.vllm_engine.sample_queue import SampleQueue

_LOG = logging.getLogger(__name__)
_WRONG_WEIGHTS = "its weights are not those that were published"
StartSend = Callable[[EngineLink], None]
"""Begins to send an update through the phases in a separate thread, and returns immediately."""


class EngineSupervisor:
    """Supervises one engine process at a time (`EngineRun` has its states). When the process ends,
    its requests end with UNAVAILABLE (SAMPLER_DIED), because their tokens are lost. Requests that
    arrive while the next process starts wait for it."""

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
        """Starts no process; `open` starts it. `restarts`: how often an ended process is replaced
        before a successful update. `start_seconds`: time limit of a start or an update.
        `tolerance`: largest mean difference for each token between the weight probe scores of
        engine and learner. `threads` and `gpus`: see `EngineProcess`."""
        self._start_message, self._threads, self._gpus = start, threads, gpus
        self._restarts, self._start_seconds, self._tolerance = restarts, start_seconds, tolerance
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._queue = SampleQueue(self.cancel, decode)
        self._run: EngineRun | None = None
        """The newest process; None before `open`."""
        self._expected: ExpectedWeights | None = None
        self._answer: Answer | None = None
        """The newest answer about `_expected`. During an update: the answer about the weights
        before."""
        self._deaths = 0
        """Number of processes that ended since the last successful update."""
        self._why = ""
        """The reason of the end of the newest process."""
        self._closing = False
        self.versions: dict[str, str] = {}
        """Package versions in the environment of the engine, after its start."""
        self.probe_gap = 0.0
        """Mean difference for each token at the last proof: the distance between sampler and
        learner."""

    @property
    def pid(self) -> int | None:
        """Process id of the running process."""
        with self._lock:
            run = self._alive
            return None if run is None else run.process.pid

    @property
    def _alive(self) -> EngineRun | None:
        """Returns the newest process, or None after its end."""
        return None if self._run is None or self._run.state is State.ENDED else self._run

    # ------------------------------------------------------------------- start, end and weights

    def open(self, scores: Sequence[float]) -> None:
        """Starts the engine and waits until it serves version 0, the weights of the model.
        `scores`: scores of the weight probe by the learner. Raises `BackendError` UNAVAILABLE
        (SAMPLER_NOT_STARTED) or DATA_LOSS (CANARY_DIFFERS)."""
        with self._lock:
            self._expected = ExpectedWeights(0, None, list(scores))
            self._launch()
            self._prove(self._wait("SAMPLER_NOT_STARTED", "the sampler did not start"), before=None)

    def update(
        self, version: int, file: Callable[[], str], scores: Sequence[float], send: StartSend | None = None
    ) -> None:
        """Serves new weights as `version`, and proves them. Unfinished samples continue with the
        new weights.

        `file` returns the path of the weights. Without `send` the engine loads the weights from
        this path. With `send` they are sent through the transfer of the engine, and `file` is
        called only when the engine must be started again.

        This call waits for an engine that ends and is started again. When the update finally fails,
        the version before is still served. Raises `BackendError` UNAVAILABLE (SAMPLER_DIED),
        DATA_LOSS (CANARY_DIFFERS), or the errors of `file`.
        """
        path = file() if send is None else None
        with self._lock:
            if self._alive is None:
                raise self._gone()
            before, before_answer = self._expected, self._answer
            self._expected = ExpectedWeights(version, file, list(scores))
            try:
                # A process that does not serve yet loads the expected weights itself when it is
                # ready.
                if self._alive.state is State.SERVING:
                    self._send_update(self._alive, version, path, send)
                self._prove(self._wait("SAMPLER_DIED", "the sampler did not take the new weights"), before_answer)
            except BackendError:
                self._expected, self._answer = before, before_answer
                raise
            self._deaths = 0

    def close(self) -> None:
        """Ends the process. Running requests end with UNAVAILABLE."""
        with self._lock:
            self._closing = True
            run = self._alive
            if run is not None:
                run.link.end()
        if run is not None:
            run.process.stop()

    def _launch(self) -> None:
        """Starts a process. Raises UNAVAILABLE (SAMPLER_NOT_STARTED) when the interpreter does not
        exist."""
        try:
            process = EngineProcess(self._start_message, self._threads, self._gpus)
        except OSError as missing:
            raise BackendError(
                BackendErrorCode.UNAVAILABLE,
                "SAMPLER_NOT_STARTED",
                f"{interpreter()} cannot be run: {missing.strerror}",
                f"install it with `spice trainer install torch+vllm`, or set {INTERPRETER_VARIABLE}",
            ) from missing
        run = EngineRun(process, EngineLink(process.send, self._start_seconds, lambda why: self._poisoned(run, why)))
        self._run = run
        process.listen(lambda message: self._received(run, message), lambda status: self._ended(run, status))

    def _send_update(self, run: EngineRun, version: int, path: str | None, send: StartSend | None) -> None:
        if path is not None:
            run.process.send(Update(version, path))
        elif send is not None:
            run.link.version = version
            send(run.link)

    def _wait(self, reason: str, message: str) -> Answer:
        """Waits for an answer about the expected weights. The caller holds the lock. Raises
        UNAVAILABLE."""
        deadline = time.monotonic() + self._start_seconds
        while self._answer is None or self._answer.weights is not self._expected:
            left = deadline - time.monotonic()
            if left <= 0:
                self._condemn(f"no answer within {self._start_seconds:.0f} s")
            if self._alive is None or left <= 0:
                raise BackendError(
                    BackendErrorCode.UNAVAILABLE,
                    reason,
                    f"{message}: {self._why}",
                    "see the trainer's log; `spice doctor` checks the environment",
                )
            self._changed.wait(min(left, 1.0))
        return self._answer

    def _prove(self, answer: Answer, before: Answer | None) -> None:
        """Raises DATA_LOSS and kills the engine unless it has the published weights."""
        self.probe_gap, stale = answer.gap, is_stale(answer, before)
        if self.probe_gap <= self._tolerance and not stale:
            return
        # A process that was started after this answer is not the cause.
        if answer.process is self._run:
            self._condemn(_WRONG_WEIGHTS)
        raise BackendError(
            BackendErrorCode.DATA_LOSS,
            "CANARY_DIFFERS",
            f"sampler and learner differ by {self.probe_gap:.3g} a token on the weight probe"
            f" (allowed: {self._tolerance:g})" + ("; the sampler still answers as before the update" if stale else ""),
            "the sampler is being started again; if this repeats, compare its dtype and version with the learner's",
        )

    def _condemn(self, why: str) -> None:
        """Kills the process. Its end then starts another process."""
        self._why = why
        run = self._alive
        if run is not None:
            run.enter(State.CONDEMNED)
            run.process.kill()

    def _poisoned(self, run: EngineRun, why: str) -> None:
        """Abandons the process, because it received only a part of an update and must not serve."""
        with self._lock:
            if run is self._run:
                self._condemn(why)

    def _gone(self) -> BackendError:
        return BackendError(
            BackendErrorCode.UNAVAILABLE,
            "SAMPLER_DIED",
            f"the sampler's process ended{': ' + self._why if self._why else ''}",
            "it is being started again with the newest weights; repeat the request",
        )

    # ---------------------------------------------------------------------- messages of the process

    def _received(self, run: EngineRun, message: dict[str, Any]) -> None:
        with self._lock:
            if run is not self._run or not run.listens:
                return
            match message["is"]:
                case "ready":
                    self._on_ready(run, message)
                case "updated":
                    self._on_updated(run, message)
                case "phase":
                    run.link.answered(message["number"])
                case "finished":
                    self._queue.finished(message)
                case "refused":
                    self._queue.refused(message)
                case "broken":
                    self._why = message["error"]
                case _:
                    pass
            self._changed.notify_all()

    def _on_ready(self, run: EngineRun, message: dict[str, Any]) -> None:
        self.versions = message["versions"]
        assert self._expected is not None
        if self._expected.file is None:
            self._on_answer(run, self._expected, message["probe"])
        else:
            run.enter(State.LOADING)
            self._load_expected(run, self._expected)

    def _on_updated(self, run: EngineRun, message: dict[str, Any]) -> None:
        assert self._expected is not None
        if message["version"] == self._expected.version:
            self._on_answer(run, self._expected, message["probe"])
        else:  # another version was published while the process loaded this version
            self._load_expected(run, self._expected)

    def _on_answer(self, run: EngineRun, expected: ExpectedWeights, scores: list[float]) -> None:
        """The engine reports that it has the expected weights. Its scores are compared before its
        samples are used, because after a restart no other code compares them."""
        self._answer = Answer(expected, scores, run)
        if self._answer.gap > self._tolerance:
            self._condemn(_WRONG_WEIGHTS)
        else:
            run.enter(State.SERVING)
            self._send_samples()

    def _load_expected(self, run: EngineRun, expected: ExpectedWeights) -> None:
        """Loads weights from their file. The file may first have to be written, so a separate
        thread does the work."""
        threading.Thread(target=self._load_file, args=(run, expected), name="vllm restart", daemon=True).start()

    def _load_file(self, run: EngineRun, expected: ExpectedWeights) -> None:
        path, failure = None, None
        try:
            path = None if expected.file is None else expected.file()
        except BackendError as failed:
            failure = failed.message
        with self._lock:
            if run is not self._run or run.state is State.ENDED:
                return
            assert self._expected is not None
            if expected is not self._expected:
                self._load_expected(run, self._expected)
            elif path is not None:
                run.process.send(Update(expected.version, path))
            elif failure is not None:
                # Another process needs the same file.
                self._deaths = max(self._deaths, self._restarts)
                self._condemn(failure)
            else:
                self._condemn("it holds other weights than the model's own, which are to be served")

    def _ended(self, run: EngineRun, status: int) -> None:
        with self._lock:
            if run is not self._run:
                return
            run.enter(State.ENDED)
            run.link.end()
            self._why = self._why or f"exit status {status}"
            self._queue.fail_sent(self._gone())
            self._deaths += 1
            # A first start that fails would fail again.
            again = run.has_served or self._deaths > 1
            if not self._closing and again and self._deaths <= self._restarts:
                _LOG.warning("the sampler ended (%s); start %d of %d", self._why, self._deaths, self._restarts)
                self._why = ""
                try:
                    self._launch()
                except BackendError as failed:
                    self._why = failed.message
            if self._alive is None:
                self._queue.fail_all(self._gone())
            self._changed.notify_all()

    # -------------------------------------------------------------------------------------- samples

    def submit(
        self,
        request: SampleRequest,
        prompt_ids: tuple[I32, ...],
        stop_ids: frozenset[int],
        max_context: int,
        sink: Callable[[SampleEvent], None],
    ) -> Request:
        """Adds the samples and returns immediately. While the engine is started again, the samples
        wait for it. Raises `BackendError` UNAVAILABLE (SAMPLER_DIED) when the engine will not be
        started again."""
        with self._lock:
            if self._alive is None or self._expected is None:
                raise self._gone()
            made = self._queue.add(request, prompt_ids, stop_ids, max_context, self._expected.version, sink)
            self._send_samples()
            return made

    def cancel(self, request: Request, prompt_index: int | None) -> None:
        """Stops the samples of one prompt, or of all prompts (None)."""
        with self._lock:
            running = self._queue.cancel(request, prompt_index)
            if running and self._alive is not None:
                self._alive.process.send(Abort(running))

    def _send_samples(self) -> None:
        run = self._alive
        if run is not None and run.state is State.SERVING:
            for sample in self._queue.take_unsent():
                # When the process has ended, its end is reported soon and fails the request.
                run.process.send(sample)
