"""A small synchronous client of the contract: it shows the whole flow an orchestrator needs."""

from __future__ import annotations

import hashlib
import itertools
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

import grpc
import numpy as np

from spice_conformance.messages import declare, grpc_code, policy_gradient, stream
from spice_trainer.server.wire import pb
from spice_trainer.server.wire.columns import Column

TOKEN = "0123456789abcdef-test"


class CallError(Exception):
    """A failed call or operation, with its ErrorInfo."""

    def __init__(self, code: str, status: Any) -> None:
        super().__init__(f"{code}: {status.message}")
        self.code = code
        self.status = status
        self.info: Any = pb.ErrorInfo()
        for detail in status.details:
            if detail.type_url.endswith("ErrorInfo"):
                self.info.ParseFromString(detail.value)

    @property
    def reason(self) -> str:
        return self.info.reason


class Client:
    """One channel and, after `open`, one session."""

    def __init__(self, address: str, token: str | None = TOKEN) -> None:
        limits = [("grpc.max_receive_message_length", 16 << 20), ("grpc.max_send_message_length", 16 << 20)]
        self.channel = grpc.insecure_channel(address, options=limits)
        self.metadata = () if token is None else (("authorization", f"Bearer {token}"),)
        self.session_id, self.epoch = "", 0
        self.sequence = itertools.count(1)

    def call(self, method: str, request: Any, timeout: float | None = 20) -> Any:
        """One call: "SessionService/Open". Streams in when `request` is an iterator, out when the rpc streams."""
        service, name = method.split("/")
        full = service if "." in service else f"{pb.PACKAGE}.{service}"
        rpc = next(one for one in pb.rpcs(full) if one.name == name)
        kinds = {
            (False, False): self.channel.unary_unary,
            (False, True): self.channel.unary_stream,
            (True, False): self.channel.stream_unary,
            (True, True): self.channel.stream_stream,
        }
        stub = kinds[rpc.streams_requests, rpc.streams_responses](
            f"/{full}/{name}",
            request_serializer=pb.message_class(rpc.request).SerializeToString,
            response_deserializer=pb.message_class(rpc.response).FromString,
        )
        if rpc.streams_responses:
            return _Stream(stub(request, timeout=timeout, metadata=self.metadata))
        try:
            return stub(request, timeout=timeout, metadata=self.metadata)
        except grpc.RpcError as error:
            raise _call_error(error) from error

    def open(self, engine: str = "", **fields: Any) -> Any:
        """Open a session and wait for the model. Returns OpenResult."""
        request = pb.OpenRequest(
            **{"open_key": secrets.token_hex(8), "model": "tiny", "seed": 7, "engine_json": engine, **fields}
        )
        response = self.call("SessionService/Open", request)
        self.session_id, self.epoch = response.session_id, response.epoch
        self.sequence = itertools.count(1)
        return self.settle(response.operation).open

    def settle(self, operation: Any) -> Any:
        """Wait for an operation; returns it, or raises CallError."""
        while operation.state in (1, 2):
            waited = self.call(
                "OperationsService/Wait", pb.WaitRequest(operation_id=operation.operation_id, timeout_seconds=5)
            )
            operation = waited.operation
        if operation.WhichOneof("result") == "error":
            raise CallError(grpc_code(operation.error.code), operation.error)
        return operation

    def header(self, payload: bytes = b"", **fields: Any) -> Any:
        """The next header, or one with given fields. Each stands for another payload unless `payload` is given."""
        values = {"session_id": self.session_id, "epoch": self.epoch, **fields}
        values.setdefault("client_seq", next(self.sequence) if "client_seq" not in values else 0)
        return pb.Header(payload_digest=hashlib.sha256(payload or secrets.token_bytes(16)).digest(), **values)

    def sample(self, texts: Sequence[str], n: int = 1, seed: int = 1, **fields: Any) -> list[Any]:
        """All events of a Sample call."""
        return list(self.call("SamplingService/Sample", self.sample_request(texts, n, seed, **fields)))

    def sample_request(self, texts: Sequence[str], n: int = 1, seed: int = 1, **fields: Any) -> Any:
        """A SampleRequest; sampling parameters and `returns` by keyword."""
        returns = fields.pop("returns", {"text": True, "logprobs": True, "prompt_ids": True})
        version = fields.pop("version", None)
        prompts = [
            pb.PromptSpec(prompt=pb.Prompt(text=text), n=n, seeds=[seed * 1000 + i * n + j for j in range(n)])
            for i, text in enumerate(texts)
        ]
        return pb.SampleRequest(
            session_id=self.session_id,
            epoch=self.epoch,
            request_id=fields.pop("request_id", secrets.token_hex(4)),
            prompts=prompts,
            params=pb.SamplingParams(**{"max_tokens": 16, **fields}),
            version=version,
            returns=pb.ReturnMask(**returns),
        )

    def train_step(self, batch: dict[str, Column], step: int, **fields: Any) -> Any:
        """A whole TrainStep; returns TrainStepResult."""
        response = self.call("TrainingService/TrainStep", self.train_messages(batch, step, **fields), timeout=60)
        return self.settle(response.operation).train_step

    def train_messages(self, batch: dict[str, Column], step: int, **fields: Any) -> Iterator[Any]:
        """The messages of a TrainStep stream."""
        header = fields.pop("header", None) or self.header(expected_step=step)
        start = pb.TrainStepStart(
            header=header,
            columns=[declare(name, column) for name, column in batch.items()],
            loss=fields.pop("loss", None) or policy_gradient(),
            normalizer=fields.pop("normalizer", 1.0),
            optim=fields.pop("optim", None) or pb.OptimSpec(learning_rate=0.1, beta1=0.9, beta2=0.95, epsilon=1e-8),
            want_logprobs=fields.pop("want_logprobs", False),
        )
        return stream(pb.TrainStepRequest, start, batch, **fields)

    def simple(self, method: str, request: Any) -> Any:
        """A unary mutating verb, settled."""
        return self.settle(self.call(method, request).operation)

    def score(self, batch: dict[str, Column], target: Any, temperature: float = 1.0) -> list[Any]:
        """Log-probabilities of each completion."""
        start = pb.ComputeLogprobsStart(
            session_id=self.session_id,
            epoch=self.epoch,
            columns=[declare(name, column) for name, column in batch.items()],
            target=target,
            temperature=temperature,
        )
        raw = {"data": bytearray(), "offsets": bytearray()}
        for message in self.call("ScoringService/ComputeLogprobs", stream(pb.ComputeLogprobsRequest, start, batch)):
            if message.WhichOneof("part") == "chunk":
                part = message.chunk.WhichOneof("part")
                raw[part] += getattr(message.chunk, part)
        return Column(np.frombuffer(raw["data"], "<f4"), np.frombuffer(raw["offsets"], "<u4")).split()


class _Stream:
    """A response stream whose errors are CallErrors."""

    def __init__(self, call: Any) -> None:
        self.rpc = call

    def __iter__(self) -> _Stream:
        return self

    def __next__(self) -> Any:
        try:
            return next(self.rpc)
        except grpc.RpcError as error:
            raise _call_error(error) from error

    def cancel(self) -> None:
        self.rpc.cancel()


def _call_error(error: Any) -> CallError:
    status = pb.Status(message=error.details() or "")
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            status.ParseFromString(value)
    return CallError(error.code().name, status)
