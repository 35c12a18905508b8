"""Failures that a backend may raise."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class BackendErrorCode(StrEnum):
    """Kinds of errors that a backend may raise. The service maps each kind to one gRPC status
    (docs/protocol.md)."""

    INVALID = "INVALID_ARGUMENT"
    RANGE = "OUT_OF_RANGE"
    PRECONDITION = "FAILED_PRECONDITION"
    NOT_FOUND = "NOT_FOUND"
    UNIMPLEMENTED = "UNIMPLEMENTED"
    MEMORY = "RESOURCE_EXHAUSTED"
    UNAVAILABLE = "UNAVAILABLE"
    DATA_LOSS = "DATA_LOSS"
    CANCELLED = "CANCELLED"


class BackendError(Exception):
    """A failure with a stable reason.

    `reason` is UPPER_SNAKE_CASE (for example CONTEXT_OVERFLOW). `message` is one sentence that
    states the failure and its place. `hint` says what to do.
    """

    def __init__(
        self,
        code: BackendErrorCode,
        reason: str,
        message: str,
        hint: str = "",
        facts: Mapping[str, str] | None = None,
    ) -> None:
        """`facts` are added to the metadata of the error, for programs (for example
        `suggested_tokens`). Default: none."""
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.hint = hint
        self.facts: Mapping[str, str] = {} if facts is None else facts
