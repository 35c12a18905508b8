"""The sampling engine: a thread that prefills prompts, decodes all running samples together and
reports finished samples."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from spice_trainer.api import BackendError, BackendErrorCode, FinishReason, SampleStarted
from spice_trainer.engines.shared.torch_model.inference import InferenceModel, WeightSet
from spice_trainer.engines.torch_local.sampler.decode import DecodePlan
from spice_trainer.engines.torch_local.sampler.draw import draw
from spice_trainer.engines.torch_local.sampler.finish import Finisher
from spice_trainer.engines.torch_local.sampler.job import PromptJob, RequestJob
from spice_trainer.engines.torch_local.sampler.prefill import PrefillPlan, Tile, next_tiles
from spice_trainer.engines.torch_local.sampler.prefix import PrefixCache
from spice_trainer.engines.torch_local.sampler.rng import uniforms
from spice_trainer.engines.torch_local.sampler.rows import Row, RowStore

_LOG = logging.getLogger(__name__)


class Engine:
    """Continuous batching. Prompts are prefilled first while rows are free. Then all rows decode
    one token in each step. Rows of one policy version run at a time: a request for another version
    waits, in order of arrival, until the rows of the current version have finished."""

    def __init__(
        self,
        model: InferenceModel,
        model_lock: threading.Lock,
        finisher: Finisher,
        max_rows: int,
        prefill_tokens: int,
        max_context: int,
        prefix_cache_bytes: int,
        threads: int,
    ) -> None:
        """`model_lock` is held during each forward pass. With `threads` 0 torch chooses."""
        self._model = model
        self._model_lock = model_lock
        self._finisher = finisher
        self._prefill_tokens = prefill_tokens
        self._max_context = max_context
        self._threads = threads
        self._geometry = model.geometry
        self._cache = PrefixCache(model.geometry, prefix_cache_bytes)
        self._rows = RowStore(model.geometry, max_rows)
        self._wake = threading.Condition()
        self._inbox: list[RequestJob] = []
        self._cancels: list[tuple[RequestJob, int | None]] = []
        self._stale: list[int] = []
        self._closing = False
        self._waiting: deque[PromptJob] = deque()
        """Prompts whose prefix is not complete, in order of arrival."""
        self._ready: deque[PromptJob] = deque()
        """Prompts whose prefix is complete and that still have samples to start."""
        self._current: RequestJob | None = None
        """A request of the version that runs; None when idle, so that its weights can be freed."""
        self._thread = threading.Thread(target=self._run, name="spice-sampler", daemon=True)
        self._thread.start()

    # --------------------------------------------------------------- called from other threads

    def submit(self, job: RequestJob) -> None:
        """Queues a request and returns immediately."""
        with self._wake:
            if self._closing:
                raise BackendError(BackendErrorCode.UNAVAILABLE, "ENGINE_CLOSED", "the sampling engine is closed")
            self._inbox.append(job)
            self._wake.notify()

    def cancel(self, job: RequestJob, prompt_index: int | None) -> None:
        """Stops the samples of one prompt, or all samples, before the next forward pass."""
        with self._wake:
            self._cancels.append((job, prompt_index))
            self._wake.notify()

    def forget(self, version: int) -> None:
        """Drops cached prefixes of a version. Only requests for this version can use them."""
        with self._wake:
            self._stale.append(version)
            self._wake.notify()

    def close(self) -> None:
        """Aborts everything and ends the thread."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    # ---------------------------------------------------------------------------- the engine thread

    def _run(self) -> None:
        if self._threads:
            torch.set_num_threads(self._threads)  # has an effect on the calling thread only
        with torch.inference_mode():
            while self._take_orders():
                try:
                    self._work()
                # A failed pass must not end the engine for later requests.
                except Exception as failure:
                    _LOG.exception("sampling failed")
                    self._fail(failure)
            self._abort(lambda job: True)

    def _take_orders(self) -> bool:
        """Accepts requests and cancellations. Waits when there is nothing to do. Returns False when
        the engine must close."""
        with self._wake:
            while not (self._inbox or self._cancels or self._stale or self._closing or self._busy()):
                self._wake.wait()
            inbox, self._inbox = self._inbox, []
            cancels, self._cancels = self._cancels, []
            stale, self._stale = self._stale, []
            closing = self._closing
        for job in inbox:
            self._accept(job)
        for job, prompt_index in cancels:
            self._abort(lambda p, j=job, i=prompt_index: p.request is j and (i is None or p.index == i))
        for version in stale:
            self._cache.retire(version)
        return not closing

    def _busy(self) -> bool:
        return bool(self._rows.rows or self._ready or self._waiting)

    def _accept(self, job: RequestJob) -> None:
        job.emit(SampleStarted(job.version, job.prompt_ids))
        for index, (ids, spec) in enumerate(zip(job.prompt_ids, job.request.prompts, strict=True)):
            seeds = np.array([seed & 0xFFFFFFFFFFFFFFFF for seed in spec.seeds], dtype=np.uint64)
            if len(seeds):
                self._waiting.append(PromptJob(job, index, ids, seeds))
        if job.unfinished == 0:
            self._finisher.done(job)

    def _work(self) -> None:
        if not self._rows.rows and not self._ready and self._waiting:
            self._current = self._waiting[0].request
        self._start_rows()
        planned = sum(prompt.waiting for prompt in self._ready)
        if self._rows.free > planned and self._prefill():
            return
        if self._rows.rows:
            self._decode()
        if not self._busy():
            self._rest()

    def _start_rows(self) -> None:
        """Moves samples of ready prompts into free rows. Their first token comes from the last
        hidden state of the prompt."""
        new: list[Row] = []
        while self._ready and self._rows.free > len(new):
            prompt = self._ready[0]
            limit = min(prompt.request.request.params.max_tokens, self._max_context - len(prompt.ids))
            while prompt.waiting and self._rows.free > len(new):
                new.append(Row(prompt, prompt.next_sample, limit))
                prompt.next_sample += 1
                prompt.active += 1
            if not prompt.waiting:
                self._ready.popleft()
        if not new:
            return
        finals = {id(row.job): row.job.prefix.final for row in new if row.job.prefix is not None}
        hidden = torch.cat([final for final in finals.values() if final is not None])
        order = {key: place for place, key in enumerate(finals)}
        with self._active_model() as model:
            logits = model.logits(hidden)[[order[id(row.job)] for row in new]]
        for row in new:
            self._rows.add(row)
        self._next_tokens(logits, new)

    def _prefill(self) -> bool:
        """Computes up to `prefill_tokens` prompt tokens. Returns False when no waiting prompt can
        be advanced."""
        tiles: list[Tile] = []
        budget, rows = self._prefill_tokens, self._rows.free - sum(prompt.waiting for prompt in self._ready)
        finished: list[PromptJob] = []
        version = None if self._current is None else self._current.version
        for prompt in self._waiting:
            if budget <= 0 or rows <= 0 or prompt.request.version != version:
                break
            rows -= prompt.waiting
            if prompt.prefix is None:
                prompt.prefix = self._cache.acquire(prompt.ids, prompt.request.version)
            prefix = prompt.prefix
            if prefix.complete:
                finished.append(prompt)
                continue
            if any(tile.prefix is prefix for tile in tiles) or not self._cache.start_from(prefix):
                # The same prompt, or a prompt with the same beginning, is being computed. Its
                # result is used.
                continue
            planned = next_tiles(prefix, budget)
            prefix.started = True
            size = planned[-1].stop - planned[0].start
            tiles += planned
            budget -= size
            prompt.request.computed_prompt_tokens += size
        if tiles:
            self._prefill_pass(tiles)
        for prompt in [p for p in self._waiting if p.prefix is not None and p.prefix.complete]:
            self._waiting.remove(prompt)
            self._ready.append(prompt)
        return bool(tiles or finished)

    def _prefill_pass(self, tiles: list[Tile]) -> None:
        device = self._geometry.device
        ids = np.concatenate([tile.prefix.ids[tile.start : tile.stop] for tile in tiles])
        positions = np.concatenate([np.arange(tile.start, tile.stop) for tile in tiles])
        plan = PrefillPlan(tiles, self._geometry.dtype, device)
        with self._active_model() as model:
            hidden = model.hidden(_longs(ids, device), _longs(positions, device), plan)
        at = 0
        for tile in tiles:
            at += tile.stop - tile.start
            tile.prefix.done = tile.stop
            if tile.stop == tile.prefix.length:
                tile.prefix.final = hidden[at - 1 : at].clone()

    def _decode(self) -> None:
        device = self._geometry.device
        plan = DecodePlan(self._rows, self._geometry)
        rows = list(self._rows.rows)
        ids = np.array([row.tokens[-1] for row in rows])
        positions = np.array([len(row.job.ids) for row in rows]) + np.array(plan.positions)
        with self._active_model() as model:
            hidden = model.hidden(_longs(ids, device), _longs(positions, device), plan)
            logits = model.logits(hidden)
        self._next_tokens(logits, rows)

    def _next_tokens(self, logits: Tensor, rows: list[Row]) -> None:
        """Samples a token for each row and removes the rows that end with it."""
        seeds = np.array([row.job.seeds[row.index] for row in rows], dtype=np.uint64)
        positions = np.array([len(row.tokens) for row in rows], dtype=np.uint64)
        tokens, logprobs = draw(logits, [row.job.request.draw_row for row in rows], uniforms(seeds, positions))
        ended: list[tuple[Row, FinishReason]] = []
        for row, token, logprob in zip(rows, tokens, logprobs, strict=True):
            row.tokens.append(token)
            row.logprobs.append(logprob)
            reason = self._finisher.reason(row, self._max_context)
            if reason is not None:
                ended.append((row, reason))
        for row, reason in ended:
            self._end(row, reason)

    def _end(self, row: Row, reason: FinishReason) -> None:
        self._rows.remove(next(place for place, other in enumerate(self._rows.rows) if other is row))
        prompt = row.job
        prompt.active -= 1
        self._finisher.finished(prompt, row.index, row.tokens, row.logprobs, reason)
        self._release_if_over(prompt)

    def _release_if_over(self, prompt: PromptJob) -> None:
        if prompt.active == 0 and prompt.waiting == 0 and prompt.prefix is not None:
            self._cache.release(prompt.prefix)
            prompt.prefix = None

    def _abort(self, chosen: Callable[[PromptJob], bool], reason: FinishReason = FinishReason.ABORTED) -> None:
        """Ends the chosen prompts. Running samples keep their tokens; samples that never started
        are empty."""
        for row in [row for row in self._rows.rows if chosen(row.job)]:
            self._end(row, reason)
        for queue in (self._ready, self._waiting):
            for prompt in [prompt for prompt in queue if chosen(prompt)]:
                queue.remove(prompt)
                while prompt.waiting:
                    index, prompt.next_sample = prompt.next_sample, prompt.next_sample + 1
                    self._finisher.finished(prompt, index, [], [], reason)
                self._release_if_over(prompt)

    def _fail(self, failure: Exception) -> None:
        """Ends every running request with an error. The engine continues with the next request."""
        if isinstance(failure, BackendError):
            error = failure
        elif isinstance(failure, (MemoryError, torch.OutOfMemoryError)) or "allocate memory" in str(failure):
            error = BackendError(
                BackendErrorCode.MEMORY,
                "SAMPLER_OUT_OF_MEMORY",
                "not enough memory for the sampler's batch",
                "lower engine.max_batch_rows or engine.prefix_cache_mb",
            )
        else:
            error = BackendError(BackendErrorCode.UNAVAILABLE, "SAMPLER_FAILED", f"sampling failed: {failure}")
        for prompt in [row.job for row in self._rows.rows] + [*self._ready, *self._waiting]:
            self._finisher.mark_failed(prompt.request, error)
        self._abort(lambda prompt: True, FinishReason.ERROR)
        self._cache.clear()
        self._rest()

    def _rest(self) -> None:
        """Frees the memory that only running samples need. Called when no work is left."""
        self._rows.reset()
        self._current = None
        with self._model_lock:
            self._model.deactivate()

    def _active_model(self) -> _Activated:
        assert self._current is not None
        return _Activated(self._model, self._model_lock, self._current.weights())


class _Activated:
    """A context: the model with the weights of one version, for one forward pass."""

    def __init__(self, model: InferenceModel, lock: threading.Lock, weights: WeightSet) -> None:
        self._model, self._lock, self._weights = model, lock, weights

    def __enter__(self) -> InferenceModel:
        self._lock.acquire()
        self._model.activate(self._weights)
        return self._model

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _longs(values: np.ndarray, device: torch.device) -> Tensor:
    return torch.from_numpy(values.astype(np.int64)).to(device)
