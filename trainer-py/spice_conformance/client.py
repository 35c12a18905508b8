"""A small synchronous client of the contract. It shows all calls that an orchestrator needs."""

from __future__ import annotations

import hashlib
import itertools
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar, Unpack, cast

import grpc
import numpy as np
from google.protobuf.message import Message

from spice_conformance.messages import Columns, declare, grpc_code, policy_gradient, stream
from spice_trainer.server.wire import pb
from spice_trainer.server.wire.columns import Array, Column

TOKEN = "0123456789abcdef-test"
Response = TypeVar("Response")

if TYPE_CHECKING:
    # Its base class exists in pb.pyi only.
    class SampleFields(pb.SamplingParamsFields, total=False):  # pyright: ignore[reportGeneralTypeIssues]
        """Fields of SampleRequest except its prompts, and the fields of its SamplingParams."""

        returns: pb.ReturnMaskFields
        version: pb.VersionSelector
        request_id: str


class StepFields(TypedDict, total=False):
    """Fields of a TrainStep. A wrong `digest` is for its BatchEnd."""

    header: pb.Header | None
    loss: pb.LossSpec | None
    normalizer: float
    optim: pb.OptimSpec
    want_logprobs: bool
    digest: bytes


class CallError(Exception):
    """A failed call or operation, with its ErrorInfo."""

    def __init__(self, code: str, status: pb.Status) -> None:
        super().__init__(f"{code}: {status.message}")
        self.code = code
        self.status = status
        self.info = pb.ErrorInfo()
        for detail in status.details:
            if detail.type_url.endswith("ErrorInfo"):
                self.info.ParseFromString(detail.value)

    @property
    def reason(self) -> str:
        return self.info.reason

    @property
    def exception(self) -> str:
        """Type, text, file and line of an exception that the trainer did not mean to raise; empty
        for every other failure. Trainers on another machine send the type alone."""
        if self.code != "INTERNAL":
            return ""
        facts = self.info.metadata
        if "exception" not in facts:
            return self.status.message
        text = f": {facts['text']}" if facts["text"] else ""
        place = f" ({facts['file']}:{facts['line']}, in {facts['function']})" if "file" in facts else ""
        return f"{facts['exception']}{text}{place}"

    @property
    def told(self) -> str:
        """The failure in one line."""
        return self.exception or f"{self.code} {self.reason}: {self.status.message}"

    @property
    def cause(self) -> str:
        """What this failure has in common with others like it; empty for a refusal."""
        if self.exception:
            return self.exception
        # A refusal of the trainer has ErrorInfo. A lost connection does not.
        lost = self.code == "UNAVAILABLE" and not self.reason
        return f"the trainer does not answer: {self.status.message}" if lost else ""


class Client:
    """One channel and, after `open`, one session."""

    def __init__(self, address: str, token: str | None = TOKEN) -> None:
        limits = [("grpc.max_receive_message_length", 16 << 20), ("grpc.max_send_message_length", 16 << 20)]
        self.channel = grpc.insecure_channel(address, options=limits)
        self.metadata = () if token is None else (("authorization", f"Bearer {token}"),)
        self.session_id, self.epoch = "", 0
        self.sequence = itertools.count(1)

    @property
    def call(self) -> pb.RpcCall:
        """`call_by_name` with the types of each rpc, for method names that are literals."""
        return self.call_by_name

    def call_by_name(self, method: str, request: Message | Iterator[Message], timeout: float | None = 20) -> Any:
        """Makes one call, for example "SessionService/Open". `request` is an iterator for a request
        stream. The result is an iterator for a response stream."""
        service, name = method.split("/")
        full = service if "." in service else f"{pb.PACKAGE}.{service}"
        rpc = next(one for one in pb.rpcs(full) if one.name == name)
        kinds = {
            (False, False): self.channel.unary_unary,
            (False, True): self.channel.unary_stream,
            (True, False): self.channel.stream_unary,
            (True, True): self.channel.stream_stream,
        }
        kind = cast("Callable[..., Callable[..., Any]]", kinds[rpc.streams_requests, rpc.streams_responses])
        stub = kind(
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

    def open(self, engine: str = "", **fields: Unpack[pb.OpenRequestFields]) -> pb.OpenResult:
        """Opens a session and waits for the model. Returns OpenResult."""
        values: pb.OpenRequestFields = {
            "open_key": secrets.token_hex(8),
            "model": "tiny",
            "seed": 7,
            "engine_json": engine,
            **fields,
        }
        response = self.call("SessionService/Open", pb.OpenRequest(**values))
        self.session_id, self.epoch = response.session_id, response.epoch
        self.sequence = itertools.count(1)
        return self.settle(response.operation).open

    def settle(self, operation: pb.Operation) -> pb.Operation:
        """Waits for an operation. Returns it, or raises CallError."""
        while operation.state in (1, 2):
            waited = self.call(
                "OperationsService/Wait", pb.WaitRequest(operation_id=operation.operation_id, timeout_seconds=5)
            )
            operation = waited.operation
        if operation.WhichOneof("result") == "error":
            raise CallError(grpc_code(operation.error.code), operation.error)
        return operation

    def header(self, payload: bytes = b"", **fields: Unpack[pb.HeaderFields]) -> pb.Header:
        """Returns the next header, or a header with given fields. Each header has another payload
        unless `payload` is given."""
        values: pb.HeaderFields = {
            "session_id": self.session_id,
            "epoch": self.epoch,
            "payload_digest": hashlib.sha256(payload or secrets.token_bytes(16)).digest(),
            **fields,
        }
        if "client_seq" not in values:
            values["client_seq"] = next(self.sequence)
        return pb.Header(**values)

    def sample(
        self, texts: Sequence[str], n: int = 1, seed: int = 1, **fields: Unpack[SampleFields]
    ) -> list[pb.SampleResponse]:
        """Returns all events of a Sample call."""
        return list(self.call("SamplingService/Sample", self.sample_request(texts, n, seed, **fields)))

    def sample_request(
        self, texts: Sequence[str], n: int = 1, seed: int = 1, **fields: Unpack[SampleFields]
    ) -> pb.SampleRequest:
        """Returns a SampleRequest. Sampling parameters and `returns` are keywords."""
        everything: pb.ReturnMaskFields = {"text": True, "logprobs": True, "prompt_ids": True}
        returns = fields.pop("returns", everything)
        version = fields.pop("version", None)
        request_id = fields.pop("request_id", secrets.token_hex(4))
        params: pb.SamplingParamsFields = fields
        params.setdefault("max_tokens", 16)
        prompts = [
            pb.PromptSpec(prompt=pb.Prompt(text=text), n=n, seeds=[seed * 1000 + i * n + j for j in range(n)])
            for i, text in enumerate(texts)
        ]
        return pb.SampleRequest(
            session_id=self.session_id,
            epoch=self.epoch,
            request_id=request_id,
            prompts=prompts,
            params=pb.SamplingParams(**params),
            version=version,
            returns=pb.ReturnMask(**returns),
        )

    def train_step(self, batch: Columns, step: int, **fields: Unpack[StepFields]) -> pb.TrainStepResult:
        """Makes a whole TrainStep. Returns TrainStepResult."""
        response = self.call("TrainingService/TrainStep", self.train_messages(batch, step, **fields), timeout=60)
        return self.settle(response.operation).train_step

    def train_messages(self, batch: Columns, step: int, **fields: Unpack[StepFields]) -> Iterator[pb.TrainStepRequest]:
        """Yields the messages of a TrainStep stream."""
        start = pb.TrainStepStart(
            header=fields.get("header") or self.header(expected_step=step),
            columns=[declare(name, column) for name, column in batch.items()],
            loss=fields.get("loss") or policy_gradient(),
            normalizer=fields.get("normalizer", 1.0),
            optim=fields.get("optim") or pb.OptimSpec(learning_rate=0.1, beta1=0.9, beta2=0.95, epsilon=1e-8),
            want_logprobs=fields.get("want_logprobs", False),
        )
        return stream(pb.TrainStepRequest, start, batch, digest=fields.get("digest"))

    def simple(self, method: str, request: Message) -> pb.Operation:
        """Calls a unary mutating verb and waits for its operation."""
        return self.settle(self.call_by_name(method, request).operation)

    def score(self, batch: Columns, target: pb.ScoringTarget, temperature: float = 1.0) -> list[Array]:
        """Returns the log-probabilities of each completion."""
        start = pb.ComputeLogprobsStart(
            session_id=self.session_id,
            epoch=self.epoch,
            columns=[declare(name, column) for name, column in batch.items()],
            target=target,
            temperature=temperature,
        )
        data, offsets = bytearray(), bytearray()
        for message in self.call("ScoringService/ComputeLogprobs", stream(pb.ComputeLogprobsRequest, start, batch)):
            if message.WhichOneof("part") == "chunk":
                data += message.chunk.data
                offsets += message.chunk.offsets
        return Column(np.frombuffer(data, "<f4"), np.frombuffer(offsets, "<u4")).split()


class _Stream(Generic[Response]):
    """A response stream whose errors are CallErrors."""

    def __init__(self, call: pb.ResponseStream[Response]) -> None:
        self.rpc = call

    def __iter__(self) -> _Stream[Response]:
        return self

    def __next__(self) -> Response:
        try:
            return next(self.rpc)
        except grpc.RpcError as error:
            raise _call_error(error) from error

    def cancel(self) -> None:
        self.rpc.cancel()


def _call_error(error: grpc.RpcError) -> CallError:
    status = pb.Status(message=error.details() or "")
    for one in error.trailing_metadata() or ():
        if one.key == "grpc-status-details-bin":
            status.ParseFromString(one.value)
    return CallError(error.code().name, status)
