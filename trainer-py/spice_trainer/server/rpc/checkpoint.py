"""CheckpointService: save, load, list, describe, delete, inside one root folder
(checkpoint.proto)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from pathlib import Path

import grpc

from spice_trainer.api import CheckpointInfo
from spice_trainer.server.limits import MAX_CHECKPOINT_PATH
from spice_trainer.server.rpc import convert
from spice_trainer.server.rpc.runtime import Runtime
from spice_trainer.server.session.operations import Outcome
from spice_trainer.server.session.progress import JobProgress
from spice_trainer.server.wire import pb
from spice_trainer.server.wire.errors import ServiceError, invalid, precondition, unimplemented
from spice_trainer.toolkit import checkpoint_files

_METHOD = f"{pb.PACKAGE}.CheckpointService/"
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+=@-]{0,127}")


class CheckpointService(pb.CheckpointServiceServicer):
    """Checkpoints. The service exists only when the trainer was started with a checkpoint root."""

    def __init__(self, runtime: Runtime, root: Path) -> None:
        self._runtime = runtime
        self._root = root.resolve()

    async def save(self, request: pb.SaveRequest, context: object) -> pb.SaveResponse:
        """Writes a checkpoint."""
        engine = self._runtime.engine
        _ = engine.loaded
        directory = confined(self._root, request.path)
        metadata = dict(request.metadata)
        if len(metadata) > 64 or sum(len(key) + len(text) for key, text in metadata.items()) > 64 << 10:
            raise invalid("METADATA", "metadata has more than 64 pairs or 64 KiB")
        declared = engine.capabilities.checkpoint_scopes
        scopes = {pb.enum_name("CheckpointScope", one) for one in request.scopes}
        if scopes and scopes != set(declared):
            raise unimplemented("a partial checkpoint", f"leave scopes empty: {', '.join(declared)}")

        async def work(progress: JobProgress) -> Outcome:
            if engine.has_gradients or engine.poisoned:
                raise precondition(
                    "ACCUMULATOR_NOT_EMPTY", "gradients are accumulated", "take the step or discard them"
                )
            if directory.exists():
                raise ServiceError(
                    grpc.StatusCode.ALREADY_EXISTS, "CHECKPOINT_EXISTS", f"checkpoint {request.path} exists"
                )
            directory.parent.mkdir(parents=True, exist_ok=True)
            info = await engine.thread.call(engine.backend.save, directory, metadata)
            self._report("save", request, info)
            return "save", self._message(info, request.path, metadata)

        operation = await self._runtime.sequencer.submit(request.header, f"{_METHOD}Save", work)
        return pb.SaveResponse(operation=operation.message())

    async def load(self, request: pb.LoadRequest, context: object) -> pb.LoadResponse:
        """Restores a checkpoint."""
        engine = self._runtime.engine
        _ = engine.loaded
        directory = confined(self._root, request.path)

        async def work(progress: JobProgress) -> Outcome:
            self._runtime.sessions.get(request.header.session_id).require_lease()
            manifest = await asyncio.to_thread(checkpoint_files.read, directory)
            info = await engine.thread.call(engine.backend.load, directory)
            engine.has_gradients = engine.poisoned = False
            await engine.refresh()
            self._report("load", request, info)
            checkpoint = self._message(info, request.path, manifest.metadata)
            return "load", pb.LoadResult(checkpoint=checkpoint, step=engine.step)

        operation = await self._runtime.sequencer.submit(request.header, f"{_METHOD}Load", work)
        return pb.LoadResponse(operation=operation.message())

    async def delete(self, request: pb.DeleteRequest, context: object) -> pb.DeleteResponse:
        """Removes a checkpoint. It disappears for all readers at once, then its files are
        deleted."""
        directory = confined(self._root, request.path)

        async def work(progress: JobProgress) -> Outcome:
            await asyncio.to_thread(checkpoint_files.delete, directory)
            return "delete", pb.DeleteResult()

        operation = await self._runtime.sequencer.submit(request.header, f"{_METHOD}Delete", work)
        return pb.DeleteResponse(operation=operation.message())

    async def list(
        self, request: pb.CheckpointServiceListRequest, context: object
    ) -> AsyncGenerator[pb.CheckpointServiceListResponse, None]:
        """Lists complete checkpoints."""
        below = confined(self._root, request.prefix) if request.prefix else self._root
        for directory in await asyncio.to_thread(lambda: list(checkpoint_files.find(self._root, below))):
            yield pb.CheckpointServiceListResponse(checkpoint=await self._describe(directory, verify=False))

    async def describe(
        self, request: pb.CheckpointServiceDescribeRequest, context: object
    ) -> pb.CheckpointServiceDescribeResponse:
        """Describes one checkpoint."""
        directory = confined(self._root, request.path)
        return pb.CheckpointServiceDescribeResponse(checkpoint=await self._describe(directory, verify=request.verify))

    async def _describe(self, directory: Path, *, verify: bool) -> pb.CheckpointInfo:
        look = checkpoint_files.verify if verify else checkpoint_files.read
        manifest = await asyncio.to_thread(look, directory)
        info = CheckpointInfo(str(directory), manifest.step, manifest.digest, manifest.bytes)
        return self._message(info, directory.relative_to(self._root).as_posix(), manifest.metadata)

    def _message(self, info: CheckpointInfo, path: str, metadata: dict[str, str]) -> pb.CheckpointInfo:
        return convert.checkpoint(info, path, self._runtime.engine.capabilities.checkpoint_scopes, metadata)

    def _report(self, scope: str, request: pb.SaveRequest | pb.LoadRequest, info: CheckpointInfo) -> None:
        values = {"bytes": float(info.bytes)}
        self._runtime.events.metrics(scope, info.step, values, session=request.header.session_id)


def confined(root: Path, path: str) -> Path:
    """Returns `path` under `root`. Raises INVALID_ARGUMENT for a path that could leave the root,
    links included."""
    parts = path.split("/")
    if len(path) > MAX_CHECKPOINT_PATH:
        raise invalid("PATH", f"a checkpoint path has {len(path)} characters; at most {MAX_CHECKPOINT_PATH}")
    if not all(_PART.fullmatch(part) for part in parts):
        raise invalid(
            "PATH",
            f"checkpoint path {path!r} is not allowed",
            "use letters, digits and ._+=@- in parts joined by /, none beginning with a dot",
        )
    target = root.joinpath(*parts)
    try:
        inside = target.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # a link to itself
        inside = False
    if not inside:
        raise invalid("PATH", f"checkpoint path {path!r} leaves the checkpoint root")
    return target
