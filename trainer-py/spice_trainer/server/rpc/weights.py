"""WeightsService: policy versions (weights.proto)."""

from __future__ import annotations

import time
from collections.abc import Sequence

import grpc

from spice_trainer.api import PolicyVersion
from spice_trainer.server.rpc import convert
from spice_trainer.server.rpc.runtime import Runtime
from spice_trainer.server.session.operations import Outcome
from spice_trainer.server.session.progress import JobProgress
from spice_trainer.server.wire import pb
from spice_trainer.server.wire.errors import ServiceError, invalid, not_found, precondition, unimplemented

_METHOD = f"{pb.PACKAGE}.WeightsService/"


class WeightsService(pb.WeightsServiceServicer):
    """Policy versions."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def publish(self, request: pb.PublishRequest, context: object) -> pb.PublishResponse:
        """Makes the training weights a version."""
        engine = self._runtime.engine
        _ = engine.loaded
        mode = pb.enum_name("PublishMode", request.mode)
        if mode is None:
            raise invalid("ENUM", f"PublishMode {request.mode} is unknown")
        offered = convert.publish_modes(engine.capabilities)
        if mode == "unspecified":
            mode = offered[0]
        if mode not in offered:
            raise unimplemented(f"publish mode {mode}", f"this trainer has {', '.join(offered)}")

        async def work(progress: JobProgress) -> Outcome:
            began = time.monotonic()
            if mode == "keep":
                version = await self._publish()
            else:
                async with self._runtime.gate.emptied(progress, abort=mode == "abort"):
                    version = await self._publish()
            seconds = time.monotonic() - began
            session_id = request.header.session_id
            values = {"policy_version": float(version.version), "seconds": seconds}
            self._runtime.events.metrics("publish", engine.step, values, session=session_id)
            return "publish", pb.PublishResult(version=convert.policy_version(version), seconds=seconds)

        operation = await self._runtime.sequencer.submit(request.header, f"{_METHOD}Publish", work, needs_step=True)
        return pb.PublishResponse(operation=operation.message())

    async def list(self, request: pb.WeightsServiceListRequest, context: object) -> pb.WeightsServiceListResponse:
        """Lists all versions."""
        self._runtime.sessions.get(request.session_id)
        _ = self._runtime.engine.loaded
        versions = await self._versions()
        return pb.WeightsServiceListResponse(versions=[convert.policy_version(one) for one in versions])

    async def describe(
        self, request: pb.WeightsServiceDescribeRequest, context: object
    ) -> pb.WeightsServiceDescribeResponse:
        """Describes one version."""
        self._runtime.sessions.get(request.session_id)
        _ = self._runtime.engine.loaded
        for one in await self._versions():
            if one.version == request.version:
                return pb.WeightsServiceDescribeResponse(version=convert.policy_version(one))
        raise not_found("VERSION_UNKNOWN", f"policy version {request.version} does not exist or was released")

    async def release(self, request: pb.ReleaseRequest, context: object) -> pb.ReleaseResponse:
        """Releases a version."""
        engine = self._runtime.engine
        _ = engine.loaded

        async def work(progress: JobProgress) -> Outcome:
            if engine.newest is not None and request.version == engine.newest.version:
                raise precondition("VERSION_IN_USE", f"policy version {request.version} is the newest one")
            known = [one for one in await self._versions() if one.version == request.version]
            if not known:
                raise not_found("VERSION_UNKNOWN", f"policy version {request.version} does not exist or was released")
            await engine.thread.call(engine.backend.release, request.version)
            return "release", pb.ReleaseResult(version=convert.policy_version(known[0], state="retired"))

        operation = await self._runtime.sequencer.submit(request.header, f"{_METHOD}Release", work)
        return pb.ReleaseResponse(operation=operation.message())

    async def _publish(self) -> PolicyVersion:
        """Stages and activates the version, then compares it with the version that the engine
        lists. The older version stays the newest version of the session until everything succeeded.
        """
        engine = self._runtime.engine
        before = engine.newest
        version = await engine.thread.call(engine.backend.publish)
        served = {one.version: one for one in await engine.thread.call(engine.backend.versions)}.get(version.version)
        follows = before is None or version.version > before.version
        if served != version or version.parent_step != engine.step or not version.digest or not follows:
            raise ServiceError(
                grpc.StatusCode.DATA_LOSS,
                "PUBLISH_NOT_VERIFIED",
                f"policy version {version.version} is not what the engine serves after publishing step {engine.step}",
                "do not sample from this trainer; restart it and load the last checkpoint",
                category="engine",
            )
        engine.newest = version
        return version

    async def _versions(self) -> Sequence[PolicyVersion]:
        engine = self._runtime.engine
        return sorted(await engine.thread.call(engine.backend.versions), key=lambda one: one.version)
