"""Wrong names of the contract, each an error to the type checker. CI checks this file; nothing imports it.

A comment that ignores an error which the checker does not find is itself an error here. So a message type that lost its
fields (and became `Any`) fails the check.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from collections.abc import AsyncGenerator

from spice_conformance.client import Client
from spice_trainer.server.wire import pb


def fields(request: pb.SaveRequest, chunk: pb.ColumnChunk) -> None:
    """Fields that are read, written, asked for, and their types."""
    print(request.paht)  # pyright: ignore[reportAttributeAccessIssue]
    request.paht = "a"  # pyright: ignore[reportAttributeAccessIssue]
    request.path = 1  # pyright: ignore[reportAttributeAccessIssue]
    request.header = pb.Header()  # pyright: ignore[reportAttributeAccessIssue]
    request.header.client_seqence = 1  # pyright: ignore[reportAttributeAccessIssue]
    request.scopes.append("weights")  # pyright: ignore[reportArgumentType]
    print(request.HasField("path"))  # pyright: ignore[reportArgumentType]
    print(chunk.WhichOneof("parts"))  # pyright: ignore[reportArgumentType]
    print(chunk.WhichOneof("part") == "offset")  # pyright: ignore[reportUnnecessaryComparison]
    print(pb.CloseResponse().HasField("session_id"))  # pyright: ignore[reportArgumentType]


def constructors() -> None:
    """Messages, keyword arguments and their types."""
    print(pb.SaveReqest())  # pyright: ignore[reportAttributeAccessIssue]
    print(pb.SaveRequest(paht="a"))  # pyright: ignore[reportCallIssue]
    print(pb.SaveRequest(path=b"a"))  # pyright: ignore[reportArgumentType]
    print(pb.SaveRequest(header=pb.Progress()))  # pyright: ignore[reportArgumentType]
    print(pb.CloseResponse(session_id="a"))  # pyright: ignore[reportCallIssue]


def enums() -> None:
    """Enums, their values, and numbers of another enum."""
    print(pb.enum_number("Dtypes", "int32"))  # pyright: ignore[reportCallIssue, reportArgumentType]
    print(pb.enum_number("Dtype", "int23"))  # pyright: ignore[reportCallIssue, reportArgumentType]
    print(pb.enum_name("Dtype", 1) == "int23")  # pyright: ignore[reportUnnecessaryComparison]
    print(pb.Ragged(dtype=pb.enum_number("Column", "weights")))  # pyright: ignore[reportArgumentType]
    print(pb.Ragged(dtype=1))  # pyright: ignore[reportArgumentType]


class Weights(pb.WeightsServiceServicer):
    """Rpcs with messages of other rpcs."""

    async def publish(self, request: pb.ReleaseRequest, context: object) -> pb.PublishResponse:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Takes another request."""
        return pb.PublishResponse()

    async def release(self, request: pb.ReleaseRequest, context: object) -> pb.PublishResponse:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Gives another response."""
        return pb.PublishResponse()

    async def list(self, request: pb.WeightsServiceListRequest, context: object) -> AsyncGenerator[object, None]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Streams where the rpc gives one response."""
        yield request


def calls(client: Client) -> None:
    """Rpcs, their requests and their responses."""
    client.call("WeightsService/Publsh", pb.PublishRequest())  # pyright: ignore[reportCallIssue, reportArgumentType]
    client.call("WeightsService/Publish", pb.ReleaseRequest())  # pyright: ignore[reportCallIssue, reportArgumentType]
    response = client.call("WeightsService/Publish", pb.PublishRequest())
    print(response.operatoin)  # pyright: ignore[reportAttributeAccessIssue]
    client.header(epock=1)  # pyright: ignore[reportCallIssue]
