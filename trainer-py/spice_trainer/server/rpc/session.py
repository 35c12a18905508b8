"""SessionService: open, heartbeat, describe, close."""

from __future__ import annotations

import math

from spice_trainer.api import Capabilities, LoraSpec, OpenSpec
from spice_trainer.server.limits import MAX_QUEUED_SAMPLES
from spice_trainer.server.rpc import convert
from spice_trainer.server.rpc.runtime import Runtime
from spice_trainer.server.rpc.schema import parse_settings
from spice_trainer.server.session.lease import Session
from spice_trainer.server.session.operations import Outcome
from spice_trainer.server.session.progress import JobProgress
from spice_trainer.server.session.sequencer import INLINE_SECONDS, Work, settle
from spice_trainer.server.wire import pb
from spice_trainer.server.wire.errors import ServiceError, invalid, unimplemented

DEFAULT_LEASE_SECONDS = 30.0
DEFAULT_CONTEXT_TOKENS = 2048


class SessionService(pb.SessionServiceServicer):
    """Control of the trainer."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def open(self, request: pb.OpenRequest, context: object) -> pb.OpenResponse:
        """Opens a session. The model loads in an operation."""
        runtime = self._runtime
        if not 1 <= len(request.open_key) <= 128:
            raise invalid("OPEN_KEY", "open_key must have 1 to 128 characters")
        ttl = request.lease_seconds or DEFAULT_LEASE_SECONDS
        if not 2 <= ttl <= 3600:
            raise invalid("LEASE_SECONDS", "lease_seconds must be between 2 and 3600, or 0")
        spec = open_spec(request, runtime.engine.capabilities)
        runtime.engine.check_spec(spec)
        session, displaced = runtime.sessions.open(
            request.open_key, request.client_name, ttl, take_over=request.take_over
        )
        if displaced is not None:
            runtime.stop_session(displaced.id)
        if not session.open_operation:
            runtime.events.lifecycle("session_opened", session.client or session.id, session=session.id)
            method = f"{pb.PACKAGE}.SessionService/Open"
            operation = runtime.sequencer.submit_open(session, method, self._load(session, spec))
            session.open_operation = operation.id
        operation = runtime.store.get(session.open_operation)
        await settle(operation, INLINE_SECONDS)
        return pb.OpenResponse(
            session_id=session.id, epoch=session.epoch, lease_seconds=session.ttl, operation=operation.message()
        )

    async def heartbeat(self, request: pb.HeartbeatRequest, context: object) -> pb.HeartbeatResponse:
        """Renews the lease."""
        runtime = self._runtime
        session = runtime.sessions.check(request.session_id, request.epoch)
        session.renew()
        return pb.HeartbeatResponse(
            lease_remaining_seconds=session.remaining,
            sample_credits=max(0, MAX_QUEUED_SAMPLES - runtime.queued_samples),
            step=runtime.engine.step,
            active_operations=[one.id for one in runtime.store.of_session(session.id, active_only=True)],
        )

    async def describe(
        self, request: pb.SessionServiceDescribeRequest, context: object
    ) -> pb.SessionServiceDescribeResponse:
        """Returns the state of a session."""
        engine = self._runtime.engine
        session = self._runtime.sessions.get(request.session_id)
        return pb.SessionServiceDescribeResponse(
            session_id=session.id,
            epoch=session.epoch,
            client_name=session.client,
            lease_remaining_seconds=session.remaining,
            step=engine.step,
            last_client_seq=session.last_seq,
            policy_version=0 if engine.newest is None else engine.newest.version,
            has_gradients=engine.has_gradients,
            poisoned=engine.poisoned,
            model=None if engine.model is None else convert.model_info(engine.model),
        )

    async def close(self, request: pb.CloseRequest, context: object) -> pb.CloseResponse:
        """Ends a session. Succeeds for unknown and ended sessions."""
        runtime = self._runtime
        try:
            session = runtime.sessions.check(request.session_id, request.epoch)
        except ServiceError as gone:
            if gone.reason in ("SESSION_UNKNOWN", "EPOCH_STALE"):
                return pb.CloseResponse()
            raise
        runtime.sessions.close(session)
        runtime.stop_session(session.id)
        if runtime.engine.has_gradients or runtime.engine.poisoned:
            await runtime.engine.discard()
        runtime.events.lifecycle("session_closed", session.client or session.id, session=session.id)
        return pb.CloseResponse()

    def _load(self, session: Session, spec: OpenSpec) -> Work:
        async def work(progress: JobProgress) -> Outcome:
            engine = self._runtime.engine
            try:
                model = await engine.open(spec, progress)
            except BaseException:
                self._runtime.sessions.close(session)
                raise
            self._runtime.events.lifecycle("model_loaded", model.name, session=session.id)
            version = None if engine.newest is None else convert.policy_version(engine.newest)
            return "open", pb.OpenResult(model=convert.model_info(model), step=engine.step, policy_version=version)

        return work


def open_spec(request: pb.OpenRequest, declared: Capabilities) -> OpenSpec:
    """Returns the OpenSpec for the backend. Raises ServiceError for values that are malformed or
    not declared."""
    if not request.model:
        raise invalid("MODEL", "model is empty", "name a folder, a hub id or an alias")
    lora = None
    if request.HasField("lora"):
        lora = LoraSpec(request.lora.rank, request.lora.alpha, tuple(request.lora.target_modules))
        if "lora" not in declared.trainable:
            raise unimplemented("training low-rank adapters (OpenRequest.lora)")
        if lora.rank < 1 or not math.isfinite(lora.alpha) or lora.alpha <= 0:
            raise invalid("LORA", "lora.rank must be at least 1 and lora.alpha above 0")
        if lora.rank > declared.max_lora_rank:
            raise unimplemented(f"lora.rank {lora.rank} (at most {declared.max_lora_rank})")
    elif "full" not in declared.trainable:
        raise unimplemented("training all parameters", "set OpenRequest.lora")
    dtype = pb.enum_name("ComputeDtype", request.compute_dtype)
    if dtype is None:
        raise invalid("ENUM", f"compute_dtype {request.compute_dtype} is unknown")
    if dtype != "unspecified" and dtype not in declared.compute_dtypes:
        raise unimplemented(f"compute dtype {dtype}", "this machine has: " + ", ".join(declared.compute_dtypes))
    return OpenSpec(
        model=request.model,
        seed=request.seed,
        lora=lora,
        compute_dtype="auto" if dtype == "unspecified" else dtype,
        max_context_tokens=request.max_context_tokens or DEFAULT_CONTEXT_TOKENS,
        engine=parse_settings(request.engine_json, declared.engine_schema),
    )
