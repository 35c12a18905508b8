"""TrainingService: gradients and optimizer steps (training.proto)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from spice_trainer.api import (
    BackendError,
    BackendErrorCode,
    CrossEntropyLoss,
    LossSpec,
    OptimResult,
    OptimSpec,
    TrainBatch,
    TrainResult,
)
from spice_trainer.server.rpc import convert, losses
from spice_trainer.server.rpc.runtime import Runtime
from spice_trainer.server.rpc.streams import ColumnRequest, first, read_batch
from spice_trainer.server.session.lease import Session
from spice_trainer.server.session.operations import Outcome
from spice_trainer.server.session.progress import JobProgress, LeasedProgress
from spice_trainer.server.wire import pb
from spice_trainer.server.wire.batch import TRAINING_COLUMNS
from spice_trainer.server.wire.errors import invalid, precondition

_METHOD = f"{pb.PACKAGE}.TrainingService/"
_REFUSALS = (BackendErrorCode.INVALID, BackendErrorCode.RANGE, BackendErrorCode.UNIMPLEMENTED)
"""Errors that a backend raises before it begins (`Backend.forward_backward`). The accumulator is
then unchanged."""


@dataclass(frozen=True)
class GradientJob:
    """A validated request for a gradient."""

    session: Session
    batch: TrainBatch
    loss: LossSpec
    normalizer: float
    want_logprobs: bool
    lag: dict[int, int]


class TrainingService(pb.TrainingServiceServicer):
    """Training verbs."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._engine = runtime.engine

    async def forward_backward(
        self, requests: AsyncIterator[pb.ForwardBackwardRequest], context: object
    ) -> pb.ForwardBackwardResponse:
        """Adds a gradient to the accumulator."""
        start = (await first(requests)).start
        operation = self._runtime.sequencer.replay(start.header)
        if operation is None:
            job = await self._read(start, requests)

            async def work(progress: JobProgress) -> Outcome:
                self._require_clean()
                result = await self._accumulate(job, progress)
                self._report("forward_backward", job, convert.train_metrics(result))
                return "forward_backward", convert.train_result(result, job.lag)

            operation = await self._runtime.sequencer.submit(start.header, f"{_METHOD}ForwardBackward", work)
        return pb.ForwardBackwardResponse(operation=operation.message())

    async def optim_step(self, request: pb.OptimStepRequest, context: object) -> pb.OptimStepResponse:
        """Updates the weights with the accumulated gradient."""
        session = self._runtime.sessions.check(request.header.session_id, request.header.epoch)
        spec = losses.optim_spec(request.optim)

        async def work(progress: JobProgress) -> Outcome:
            self._require_clean()
            if not self._engine.has_gradients:
                raise precondition("NO_GRADIENTS", "no gradient is accumulated", "send ForwardBackward first")
            result = await self._update(session, spec, progress)
            self._runtime.events.metrics("optim_step", result.step, _optim_metrics(result), session=session.id)
            return "optim_step", convert.optim_result(result)

        operation = await self._runtime.sequencer.submit(request.header, f"{_METHOD}OptimStep", work, needs_step=True)
        return pb.OptimStepResponse(operation=operation.message())

    async def train_step(self, requests: AsyncIterator[pb.TrainStepRequest], context: object) -> pb.TrainStepResponse:
        """Computes a gradient and updates the weights, as one transaction."""
        start = (await first(requests)).start
        operation = self._runtime.sequencer.replay(start.header)
        if operation is None:
            spec = losses.optim_spec(start.optim)
            job = await self._read(start, requests)

            async def work(progress: JobProgress) -> Outcome:
                return "train_step", await self._train_step(job, spec, progress)

            operation = await self._runtime.sequencer.submit(start.header, f"{_METHOD}TrainStep", work, needs_step=True)
        return pb.TrainStepResponse(operation=operation.message())

    async def discard_gradients(
        self, request: pb.DiscardGradientsRequest, context: object
    ) -> pb.DiscardGradientsResponse:
        """Empties the accumulator."""

        async def work(progress: JobProgress) -> Outcome:
            await self._engine.discard()
            return "discard_gradients", pb.DiscardGradientsResult()

        operation = await self._runtime.sequencer.submit(request.header, f"{_METHOD}DiscardGradients", work)
        return pb.DiscardGradientsResponse(operation=operation.message())

    async def _read(
        self, start: pb.ForwardBackwardStart | pb.TrainStepStart, requests: AsyncIterator[ColumnRequest]
    ) -> GradientJob:
        engine = self._engine
        model = engine.loaded
        session = self._runtime.sessions.check(start.header.session_id, start.header.epoch)
        loss = losses.loss_spec(start.loss, engine.capabilities)
        normalizer = losses.normalizer(start.normalizer)
        batch = await read_batch(start.columns, requests, TRAINING_COLUMNS, model, self._runtime.receiving)
        for name in losses.needed_columns(loss):
            if not batch.has(name):
                raise invalid("COLUMN_MISSING", f"this loss needs column {name.upper()}")
        train = batch.train(advantages=not isinstance(loss, CrossEntropyLoss))
        newest = 0 if engine.newest is None else engine.newest.version
        return GradientJob(session, train, loss, normalizer, start.want_logprobs, batch.lag(newest))

    async def _train_step(self, job: GradientJob, spec: OptimSpec, progress: JobProgress) -> pb.TrainStepResult:
        engine = self._engine
        if engine.has_gradients or engine.poisoned:
            raise precondition(
                "ACCUMULATOR_NOT_EMPTY", "gradients are accumulated", "send OptimStep or DiscardGradients first"
            )
        job.session.require_lease()
        try:
            result = await self._accumulate(job, progress)
            if result.non_finite:
                optim = OptimResult(step=engine.step, grad_norm=float("nan"), skipped=True, seconds=0.0)
            else:
                optim = await self._update(job.session, spec, progress)
        finally:
            if engine.has_gradients or engine.poisoned:
                await engine.discard()
        self._report("train_step", job, {**convert.train_metrics(result), **_optim_metrics(optim)})
        return pb.TrainStepResult(
            forward_backward=convert.train_result(result, job.lag), optim_step=convert.optim_result(optim)
        )

    async def _accumulate(self, job: GradientJob, progress: JobProgress) -> TrainResult:
        """Adds a gradient. A failure poisons the accumulator, unless the accumulator was empty and
        nothing was added."""
        engine = self._engine
        guarded = LeasedProgress(progress, job.session)
        try:
            result = await engine.thread.call(
                engine.backend.forward_backward, job.batch, job.loss, job.normalizer, job.want_logprobs, guarded
            )
        except BackendError as error:
            if error.code is BackendErrorCode.CANCELLED:
                # The gradients of earlier calls may be lost too. A step with the rest would be
                # wrong.
                held = engine.has_gradients
                await engine.discard()
                engine.poisoned = held
                if not progress.stopping:
                    job.session.require_lease()
            elif error.code not in _REFUSALS:
                engine.poisoned = True
            raise
        except BaseException:
            engine.poisoned = True
            raise
        engine.has_gradients = engine.has_gradients or not result.non_finite
        return result

    async def _update(self, session: Session, spec: OptimSpec, progress: JobProgress) -> OptimResult:
        """Takes one optimizer step. Lease and cancellation are checked on the thread of the
        backend, directly before weights change. After that nothing interrupts the step."""
        engine = self._engine

        def step() -> OptimResult:
            session.require_lease()
            if progress.stopping:
                raise BackendError(BackendErrorCode.CANCELLED, "CANCELLED", "stopped before the update")
            return engine.backend.optim_step(spec)

        result = await engine.thread.call(step)
        engine.step = result.step
        engine.has_gradients = False
        return result

    def _require_clean(self) -> None:
        if self._engine.poisoned:
            raise precondition(
                "GRADIENTS_POISONED",
                "an earlier ForwardBackward failed half-way",
                "send DiscardGradients and accumulate again",
            )

    def _report(self, scope: str, job: GradientJob, values: dict[str, float]) -> None:
        self._runtime.events.metrics(scope, self._engine.step, values, session=job.session.id)


def _optim_metrics(result: OptimResult) -> dict[str, float]:
    return {
        "grad_norm": result.grad_norm,
        "skipped": float(result.skipped),
        "optimizer_seconds": result.seconds,
    }
