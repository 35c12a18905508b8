"""The wire format itself: columns, digest, errors, message classes."""

from __future__ import annotations

import hashlib
import json

import grpc
import numpy as np
import pytest

from spice_trainer.api import BackendError, BackendErrorCode
from spice_trainer.server.wire import columns, errors, pb, unexpected
from spice_trainer.server.wire.columns import Column


def test_digest_is_the_documented_one() -> None:
    """The bytes of columns.proto (BatchEnd.digest), written out by hand."""
    ids = columns.from_rows([np.array([7, 8]), np.array([9])], "int32")
    refs = Column(np.array([0, 0], "<u4"), None)
    expected = bytes.fromhex(
        "01000000 01000000 0c00000000000000 000000000200000003000000 0c00000000000000 070000000800000009000000"
        "02000000 02000000 0000000000000000 0800000000000000 0000000000000000"
    )
    assert columns.digest({2: refs, 1: ids}) == hashlib.sha256(expected).digest()


def test_chunks_put_together_are_the_column() -> None:
    column = columns.from_rows([np.arange(5), np.arange(3)], "int32")
    parts = {"data": b"", "offsets": b""}
    for chunk in columns.chunks(1, column, size=7):
        part = chunk.WhichOneof("part")
        parts[part] += getattr(chunk, part)
    assert parts["data"] == column.data.tobytes()
    assert parts["offsets"] == np.array([0, 5, 8], "<u4").tobytes()


def test_unaligned_bytes_become_an_aligned_array() -> None:
    view = memoryview(b"x" + np.arange(4, dtype="<i4").tobytes())[1:]
    array = columns.decode(view, pb.enum_number("Dtype", "int32"))  # type: ignore[arg-type]
    assert array.flags.aligned
    assert array.tolist() == [0, 1, 2, 3]
    with pytest.raises(errors.ServiceError, match="whole number"):
        columns.decode(b"abc", pb.enum_number("Dtype", "int32"))


def test_backend_errors_become_statuses() -> None:
    for code in BackendErrorCode:
        facts = {"suggested_tokens": "512"}
        error = errors.from_exception(BackendError(code, "REASON", "what happened", "what to do", facts))
        status = errors.to_status(error)
        assert status.code == grpc.StatusCode[code.value].value[0]
        info = pb.ErrorInfo.FromString(status.details[0].value)
        assert (info.domain, info.reason, info.metadata["hint"]) == ("spice.trainer", "REASON", "what to do")
        assert info.metadata["suggested_tokens"] == "512"


def test_unexpected_errors_do_not_leak_their_text_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unexpected.DISCLOSURE, "local", False)
    status = errors.to_status(errors.from_exception(RuntimeError("secret text of a user")))
    assert status.code == grpc.StatusCode.INTERNAL.value[0]
    assert b"secret" not in status.SerializeToString()


def test_unexpected_errors_tell_a_caller_on_this_machine_text_and_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unexpected.DISCLOSURE, "local", True)
    try:
        json.loads("{")
    except ValueError as raised:
        status = errors.to_status(errors.from_exception(raised))
    assert status.message.startswith("unexpected JSONDecodeError in the trainer: Expecting property name")
    facts = pb.ErrorInfo.FromString(status.details[0].value).metadata
    # The last line of this folder, and not the line of the library that raised.
    assert facts["file"] == __file__
    assert facts["function"] == "test_unexpected_errors_tell_a_caller_on_this_machine_text_and_place"
    assert f"{facts['file']}:{facts['line']}" in status.message


def test_retry_info_carries_the_delay() -> None:
    error = errors.ServiceError(grpc.StatusCode.RESOURCE_EXHAUSTED, "QUEUE_FULL", "full", retry_after=1.25)
    retry = pb.RetryInfo.FromString(errors.to_status(error).details[1].value)
    assert (retry.retry_delay.seconds, retry.retry_delay.nanos) == (1, 250_000_000)


def test_every_enum_value_has_a_name() -> None:
    assert pb.enum_number("Determinism", "E0") == 1
    assert pb.enum_name("FinishReason", 2) == "stop_string"
    assert pb.enum_name("FinishReason", 99) is None
    with pytest.raises(AttributeError, match="no message Nothing"):
        _ = pb.Nothing
