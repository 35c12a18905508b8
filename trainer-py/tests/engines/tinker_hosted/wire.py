"""Bodies of the Tinker API as the SDK of the pin sends and reads them (0.38.0), as plain values and back.

Requests of a forward or backward pass and their answers, and answers with samples, are protobuf; everything else is JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from tinker.proto import tinker_public_pb2 as pb

PROTOBUF, JSON = "application/x-protobuf", "application/json"
_DTYPES = {pb.DTYPE_FLOAT32: np.float32, pb.DTYPE_INT64: np.int64}


def read_request(content_type: str, body: bytes) -> dict[str, Any]:
    """A request's body."""
    if PROTOBUF not in content_type:
        return json.loads(body) if body else {}
    message = pb.ForwardBackwardRequest.FromString(body)
    return {
        "model_id": message.model_id,
        "seq_id": message.seq_id,
        "loss_fn": message.loss_fn,
        "forward_only": message.forward_only,
        "data": [
            {
                "tokens": [
                    int(token)
                    for chunk in one.model_input
                    for token in np.frombuffer(chunk.encoded_text.tokens, dtype=np.int32)
                ],
                "inputs": {name: _column(tensor) for name, tensor in sorted(one.loss_fn_inputs.items())},
            }
            for one in message.data
        ],
    }


def _column(tensor: Any) -> list[float]:
    assert not tensor.HasField("sparse_csr")
    return np.frombuffer(tensor.dense, dtype=_DTYPES[tensor.dtype]).tolist()


def pass_answer(logprobs: Sequence[np.ndarray], loss: float) -> bytes:
    """Of a forward or backward pass."""
    flat = [one.astype(np.float32) for one in logprobs]
    ends = np.cumsum([0, *(4 * len(one) for one in flat)]).astype(np.int64)
    record = pb.ArrayRecord(num_datums=len(flat))
    record.fields["logprobs"].CopyFrom(
        pb.BatchedTensor(data=np.concatenate(flat).tobytes(), offsets=ends.tobytes(), dtype=pb.DTYPE_FLOAT32)
    )
    return pb.ForwardBackwardOutput(
        loss_fn_output_type="ArrayRecord", loss_fn_outputs=[record], metrics={"loss:sum": loss}
    ).SerializeToString()


def sample_answer(
    sequences: Sequence[tuple[Sequence[int], Sequence[float], bool]], prompt_logprobs: Sequence[float] | None
) -> bytes:
    """Of sampling: ids, log-probabilities, and whether a stop ended each; NaN where a prompt's token was not scored."""
    return pb.SampleResponse(
        sequences=[
            pb.SampledSequence(
                stop_reason=pb.STOP_REASON_STOP if stopped else pb.STOP_REASON_LENGTH,
                tokens=np.array(ids, dtype=np.int32).tobytes(),
                logprobs=np.array(logprobs, dtype=np.float32).tobytes(),
            )
            for ids, logprobs, stopped in sequences
        ],
        prompt_logprobs=b"" if prompt_logprobs is None else np.array(prompt_logprobs, dtype=np.float32).tobytes(),
    ).SerializeToString()


def differences(wanted: Any, got: Any, at: str = "") -> list[str]:
    """Where two bodies differ; numbers may by a thousandth, as exponentials are not the same on every processor."""
    if isinstance(wanted, Mapping) and isinstance(got, Mapping):
        return [
            line
            for name in sorted({*wanted, *got})
            for line in differences(wanted.get(name), got.get(name), f"{at}.{name}")
        ]
    if isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        return [
            line
            for index, pair in enumerate(zip(wanted, got, strict=True))
            for line in differences(*pair, f"{at}[{index}]")
        ]
    if isinstance(wanted, float) or isinstance(got, float):
        same = isinstance(wanted, int | float) and isinstance(got, int | float)
        return (
            [] if same and np.isclose(wanted, got, rtol=1e-3, atol=1e-5) else [f"{at}: {got!r} instead of {wanted!r}"]
        )
    return [] if wanted == got else [f"{at}: {got!r} instead of {wanted!r}"]
