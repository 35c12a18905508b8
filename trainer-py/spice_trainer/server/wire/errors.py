"""Failures on the wire: one exception class inside the sidecar, one google.rpc.Status outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NoReturn, TypeAlias

import grpc
from google.protobuf.message import Message

from spice_trainer.api import BackendError, BackendErrorCode
from spice_trainer.server.redaction import redact
from spice_trainer.server.wire import pb, unexpected

DOMAIN = "spice.trainer"
DETAILS_KEY = "grpc-status-details-bin"
Category = Literal["user", "server", "engine"]
Context: TypeAlias = "grpc.aio.ServicerContext[Message, Message]"
"""The gRPC context of a call."""


@dataclass(eq=False)
class ServiceError(Exception):
    """A refusal or failure with all parts of an error in the contract (common.proto, ERRORS)."""

    code: grpc.StatusCode
    reason: str
    message: str
    hint: str = ""
    category: Category = "user"
    retryable: bool = False
    resubmit: bool = False
    facts: Mapping[str, str] = field(default_factory=dict[str, str])
    retry_after: float | None = None
    """Seconds until a retry, sent as RetryInfo."""

    def __str__(self) -> str:
        return f"{self.reason}: {self.message}" + (f" ({self.hint})" if self.hint else "")


def invalid(reason: str, message: str, hint: str = "") -> ServiceError:
    """Returns the error of a malformed request."""
    return ServiceError(grpc.StatusCode.INVALID_ARGUMENT, reason, message, hint)


def unimplemented(what: str, hint: str = "GetCapabilities says what this trainer does") -> ServiceError:
    """Returns the error of a request for a feature that is not declared."""
    return ServiceError(grpc.StatusCode.UNIMPLEMENTED, "NOT_DECLARED", f"{what} is not declared by this trainer", hint)


def precondition(reason: str, message: str, hint: str = "", **facts: str) -> ServiceError:
    """Returns the error of a well-formed request that does not fit the state of the trainer."""
    return ServiceError(grpc.StatusCode.FAILED_PRECONDITION, reason, message, hint, facts=facts)


def not_found(reason: str, message: str, hint: str = "") -> ServiceError:
    """Returns the error of an object that does not exist."""
    return ServiceError(grpc.StatusCode.NOT_FOUND, reason, message, hint)


_ENGINE_CODES = {
    BackendErrorCode.MEMORY,
    BackendErrorCode.UNAVAILABLE,
    BackendErrorCode.DATA_LOSS,
}


def from_exception(error: BaseException) -> ServiceError:
    """Converts any exception to a ServiceError. An unexpected exception becomes INTERNAL. Its text
    and its place are sent to callers on this machine alone."""
    if isinstance(error, ServiceError):
        return error
    if isinstance(error, BackendError):
        return ServiceError(
            grpc.StatusCode[BackendErrorCode(error.code).value],
            error.reason,
            error.message,
            error.hint,
            category="engine" if error.code in _ENGINE_CODES else "user",
            facts=error.facts,
            retryable=error.code is BackendErrorCode.UNAVAILABLE,
            resubmit=error.code is BackendErrorCode.UNAVAILABLE,
        )
    return ServiceError(
        grpc.StatusCode.INTERNAL,
        "INTERNAL",
        unexpected.message_of(error),
        "the trainer's log has the stack trace",
        category="server",
        facts=unexpected.facts_of(error),
    )


def to_status(error: ServiceError) -> pb.Status:
    """Returns the google.rpc.Status of an error, without secrets, because messages quote paths and
    engines."""
    facts = {
        **error.facts,
        "category": error.category,
        "retryable": str(error.retryable).lower(),
        "resubmit": str(error.resubmit).lower(),
    }
    if error.hint:
        facts["hint"] = error.hint
    facts = {key: redact(text) for key, text in facts.items()}
    status = pb.Status(code=error.code.value[0], message=redact(error.message))
    _pack(status, pb.ErrorInfo(domain=DOMAIN, reason=error.reason, metadata=facts))
    if error.retry_after is not None:
        whole = int(error.retry_after)
        delay = pb.Duration(seconds=whole, nanos=int((error.retry_after - whole) * 1e9))
        _pack(status, pb.RetryInfo(retry_delay=delay))
    return status


def _pack(status: pb.Status, detail: Message) -> None:
    name = detail.DESCRIPTOR.full_name
    status.details.append(pb.Any(type_url=f"type.googleapis.com/{name}", value=detail.SerializeToString()))


async def abort(context: Context, error: ServiceError) -> NoReturn:
    """Ends a call with this error. Never returns normally."""
    details = to_status(error).SerializeToString()
    await context.abort(error.code, redact(error.message), trailing_metadata=((DETAILS_KEY, details),))
