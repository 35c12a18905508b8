"""Generic gRPC handlers: one object for each service, one method for each rpc, named in snake case.

Every call is checked here: bearer token, deadline, no unknown fields. Errors become statuses. An
rpc without a method is UNIMPLEMENTED. `declared_methods` lists the other rpcs; the capabilities
report this list, so both always agree.
"""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import NoReturn, TypeAlias, cast

import grpc
from google.protobuf.message import DecodeError, Message

from spice_trainer.server.wire import errors, pb, unknown
from spice_trainer.server.wire.errors import Context, ServiceError

_LOG = logging.getLogger(__name__)


class Malformed:
    """Replaces a request that is not a message of its type."""


_Decoded: TypeAlias = Message | Malformed
_Received: TypeAlias = _Decoded | AsyncIterator[_Decoded]
"""One decoded request, or a stream of decoded requests."""
_Given: TypeAlias = Message | AsyncIterator[Message]
"""The request or stream that the implementation gets."""
_Unary: TypeAlias = Callable[[_Given, Context], Awaitable[Message]]
_Streaming: TypeAlias = Callable[[_Given, Context], AsyncGenerator[Message, None]]
_Handler: TypeAlias = "grpc.RpcMethodHandler[_Decoded, Message]"


def declared_methods(service: str, implementation: object) -> list[str]:
    """Returns the full names of the rpcs of `service` that `implementation` has."""
    return [f"{service}/{rpc.name}" for rpc in pb.rpcs(service) if hasattr(implementation, snake(rpc.name))]


def generic_handler(
    service: str, implementation: object, token: str | None, *, public: bool = False
) -> grpc.GenericRpcHandler:
    """Returns the handler to register with a server. `token` None switches authentication off (unix
    sockets). `public` services (health) need neither token nor deadline."""
    gate = Gate(None if public else token, deadline=not public)
    handlers = {rpc.name: _handler(service, rpc, implementation, gate) for rpc in pb.rpcs(service)}
    return grpc.method_handlers_generic_handler(service, handlers)


class UnknownHandler(grpc.GenericRpcHandler):
    """Answers rpcs that the contract does not have, so that this refusal also has ErrorInfo.
    Register it last."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes]:
        """Returns the handler of any name."""
        name = str(handler_call_details.method).removeprefix("/")

        async def call(requests: object, context: Context) -> AsyncIterator[bytes]:
            await errors.abort(context, errors.unimplemented(f"rpc {name}"))
            yield b""

        return grpc.stream_stream_rpc_method_handler(call)


class Gate:
    """Checks token and deadline of every call."""

    def __init__(self, token: str | None, *, deadline: bool) -> None:
        self._expected = None if token is None else f"Bearer {token}".encode()
        self._deadline = deadline

    def check(self, context: Context) -> None:
        """Raises ServiceError for a call without the right token or without a deadline."""
        if self._expected is not None:
            metadata = dict(context.invocation_metadata() or ())
            given = metadata.get("authorization", "")
            raw = given if isinstance(given, bytes) else str(given).encode()
            if not hmac.compare_digest(raw, self._expected):
                raise ServiceError(
                    grpc.StatusCode.UNAUTHENTICATED,
                    "TOKEN",
                    "the bearer token is missing or wrong",
                    "send metadata `authorization: Bearer <content of the token file>`",
                )
        if self._deadline and cast("float | None", context.time_remaining()) is None:
            raise errors.invalid("DEADLINE_MISSING", "the call has no deadline", "set grpc-timeout on every call")


def _handler(service: str, rpc: pb.Rpc, implementation: object, gate: Gate) -> _Handler:
    function = getattr(implementation, snake(rpc.name), None)
    name = f"{service}/{rpc.name}"
    if rpc.streams_responses:
        wrapped = _guard_stream(function or _missing_stream(name), gate)
    else:
        wrapped = _guard(function or _missing(name), gate)
    make = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }[rpc.streams_requests, rpc.streams_responses]
    return make(
        wrapped,
        request_deserializer=_decoder(rpc.request),
        response_serializer=pb.message_class(rpc.response).SerializeToString,
    )


def _guard(function: _Unary, gate: Gate) -> Callable[[_Received, Context], Awaitable[Message]]:
    async def call(request: _Received, context: Context) -> Message:
        try:
            gate.check(context)
            return await function(_known(request), context)
        except Exception as error:
            await _fail(context, error)

    return call


def _guard_stream(function: _Streaming, gate: Gate) -> Callable[[_Received, Context], AsyncIterator[Message]]:
    async def call(request: _Received, context: Context) -> AsyncIterator[Message]:
        try:
            gate.check(context)
            async with aclosing(function(_known(request), context)) as messages:
                async for message in messages:
                    yield message
        except Exception as error:
            await _fail(context, error)

    return call


def _known(request: _Received) -> _Given:
    """Returns the request or stream. Refuses a request with a field that this trainer does not
    recognize."""
    if isinstance(request, Message | Malformed):
        return _readable(request)
    return _known_stream(request)


async def _known_stream(requests: AsyncIterator[_Decoded]) -> AsyncIterator[Message]:
    async for request in requests:
        yield _readable(request)


def _decoder(name: str) -> Callable[[bytes], _Decoded]:
    """Returns a decoder of requests of message type `name`. An unreadable request becomes
    `Malformed`, because an exception here would end the call without ErrorInfo."""
    message = pb.message_class(name)

    def decode(raw: bytes) -> _Decoded:
        try:
            return message.FromString(raw)
        except DecodeError:
            return Malformed()

    return decode


def _readable(request: _Decoded) -> Message:
    if isinstance(request, Malformed):
        raise errors.invalid("MALFORMED", "the request is not a message of the type this rpc takes")
    unknown.refuse(request)
    return request


async def _fail(context: Context, error: Exception) -> NoReturn:
    if isinstance(error, grpc.aio.AbortError):
        raise error
    known = errors.from_exception(error)
    if known.code is grpc.StatusCode.INTERNAL:
        _LOG.error("call failed", exc_info=error)
    await errors.abort(context, known)


def _missing(name: str) -> _Unary:
    async def call(request: _Given, context: Context) -> Message:
        raise errors.unimplemented(f"rpc {name}")

    return call


def _missing_stream(name: str) -> _Streaming:
    async def call(request: _Given, context: Context) -> AsyncGenerator[Message, None]:
        nothing: tuple[Message, ...] = ()
        for message in nothing:
            yield message
        raise errors.unimplemented(f"rpc {name}")

    return call


def snake(name: str) -> str:
    """Converts a name such as TrainStep to train_step."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
