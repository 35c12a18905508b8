"""The golden messages of proto/fixtures, which the TypeScript side writes and reads too (tests/contract/fixtures)."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf.descriptor import FieldDescriptor as Field

from spice_trainer.server.wire import columns, pb
from spice_trainer.server.wire.columns import Column

FOLDER = Path(__file__).parents[3] / "proto" / "fixtures"
NAMES = sorted(path.stem for path in FOLDER.glob("*.binpb"))


def neutral(message: Any) -> dict[str, Any]:
    """The JSON form of tests/contract/fixtures/neutral.ts."""
    out: dict[str, Any] = {}
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            entry = field.message_type.fields_by_name["value"]
            out[field.camelcase_name] = {str(key): _value(entry, value[key]) for key in value}
        elif _repeated(field):
            out[field.camelcase_name] = [_value(field, one) for one in value]
        elif not _has_presence(field) or message.HasField(field.name):
            out[field.camelcase_name] = _value(field, value)
    return out


def _repeated(field: Any) -> bool:
    return field.is_repeated if hasattr(field, "is_repeated") else field.label == Field.LABEL_REPEATED


def _has_presence(field: Any) -> bool:
    return field.message_type is not None or field.containing_oneof is not None


def _value(field: Any, value: Any) -> Any:
    if field.type == Field.TYPE_MESSAGE:
        return neutral(value)
    if field.type == Field.TYPE_BYTES:
        return value.hex()
    if field.type in (Field.TYPE_INT64, Field.TYPE_UINT64):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value


def test_there_are_messages() -> None:
    assert len(NAMES) >= 15


@pytest.mark.parametrize("name", NAMES)
def test_bytes_and_values_are_the_recorded_ones(name: str) -> None:
    raw = (FOLDER / f"{name}.binpb").read_bytes()
    twin = json.loads((FOLDER / f"{name}.json").read_text())
    message = pb.message_class(twin["type"]).FromString(raw)
    assert neutral(message) == twin["value"]
    assert message.SerializeToString(deterministic=True) == raw


def test_batch_digest_is_the_recorded_one() -> None:
    recorded = json.loads((FOLDER / "batch-digest.json").read_text())
    batch: dict[int, Column] = {}
    for one in recorded["columns"]:
        data = columns.decode(bytes.fromhex(one["data"]), one["dtype"])
        offsets = None if one["offsets"] == "flat" else np.frombuffer(bytes.fromhex(one["offsets"]), "<u4")
        batch[one["column"]] = Column(data, offsets)
    assert columns.digest(batch).hex() == recorded["digest"]
    end = pb.TrainStepRequest.FromString((FOLDER / "train-step-end.binpb").read_bytes()).end
    assert end.digest.hex() == recorded["digest"]
    assert [len(row) for row in batch[pb.enum_number("Column", "group_id")].split()] == [2, 0, 1]


def test_the_error_carries_reason_and_delay() -> None:
    status = pb.Status.FromString((FOLDER / "status-error.binpb").read_bytes())
    info, retry = pb.ErrorInfo(), pb.RetryInfo()
    info.ParseFromString(status.details[0].value)
    retry.ParseFromString(status.details[1].value)
    assert (info.reason, info.metadata["retryable"], retry.retry_delay.nanos) == ("QUEUE_FULL", "true", 250_000_000)
