"""One gRPC server with all services: on loopback, on a unix socket, or with mutual TLS on any
address."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
from pathlib import Path

import grpc

from spice_trainer.server.limits import MAX_CONCURRENT_STREAMS, MAX_MESSAGE_BYTES, MAX_METADATA_BYTES
from spice_trainer.server.rpc.checkpoint import CheckpointService
from spice_trainer.server.rpc.info import HealthService, InfoService
from spice_trainer.server.rpc.operations import OperationsService
from spice_trainer.server.rpc.runtime import Runtime
from spice_trainer.server.rpc.sampling import SamplingService
from spice_trainer.server.rpc.scoring import ScoringService
from spice_trainer.server.rpc.session import SessionService
from spice_trainer.server.rpc.telemetry import TelemetryService
from spice_trainer.server.rpc.tokens import TokensService
from spice_trainer.server.rpc.training import TrainingService
from spice_trainer.server.rpc.weights import WeightsService
from spice_trainer.server.wire import pb
from spice_trainer.server.wire.handlers import UnknownHandler, declared_methods, generic_handler

_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    # With the default window of 64 KiB, in frames of 16 KiB, a batch of 10 MB waits for 150 round
    # trips.
    ("grpc.http2.lookahead_bytes", 4 << 20),
    ("grpc.http2.max_frame_size", 1 << 20),
    ("grpc.max_metadata_size", MAX_METADATA_BYTES),
    # Above the soft limit a call is refused with some probability, and above this limit always.
    ("grpc.absolute_max_metadata_size", MAX_METADATA_BYTES),
    ("grpc.max_concurrent_streams", MAX_CONCURRENT_STREAMS),
    # Without these settings, a client that pings during a long prefill is disconnected with "too
    # many pings".
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # A second trainer on the same port must fail and must not share the port.
    ("grpc.so_reuseport", 0),
)


class AddressInUseError(OSError):
    """The listen address is in use or cannot be bound."""


class TrainerServer:
    """One listening trainer."""

    def __init__(self, runtime: Runtime, token: str | None, credentials: grpc.ServerCredentials | None = None) -> None:
        """`token` None switches authentication off, which is allowed for a unix socket only.
        `credentials`: see tls.py."""
        self.runtime = runtime
        self._credentials = credentials
        self._health = HealthService(runtime)
        self._server = grpc.aio.server(options=_OPTIONS)
        self._tasks: list[asyncio.Task[None]] = []
        methods: list[str] = []
        implementations: dict[str, object] = {
            "Info": InfoService(runtime, methods),
            "Session": SessionService(runtime),
            "Tokens": TokensService(runtime),
            "Sampling": SamplingService(runtime),
            "Scoring": ScoringService(runtime),
            "Training": TrainingService(runtime),
            "Weights": WeightsService(runtime),
            "Checkpoint": (
                object() if runtime.checkpoint_root is None else CheckpointService(runtime, runtime.checkpoint_root)
            ),
            "Operations": OperationsService(runtime),
            "Telemetry": TelemetryService(runtime),
        }
        handlers: list[grpc.GenericRpcHandler] = []
        for name, implementation in implementations.items():
            service = f"{pb.PACKAGE}.{name}Service"
            methods.extend(declared_methods(service, implementation))
            handlers.append(generic_handler(service, implementation, token))
        handlers.append(generic_handler("grpc.health.v1.Health", self._health, None, public=True))
        self._server.add_generic_rpc_handlers([*handlers, UnknownHandler()])

    async def start(self, listen: str) -> str:
        """Binds the address and serves. Returns the address for clients. Raises ValueError for an
        address outside this machine without TLS; AddressInUseError."""
        check_listen(listen, encrypted=self._credentials is not None)
        if _is_served(listen):  # grpc would take the path from a running trainer
            raise AddressInUseError(f"cannot listen on {listen}: another process serves it")
        mask = os.umask(0o177)  # only the owner may use the unix socket
        try:
            if self._credentials is None:
                port = self._server.add_insecure_port(listen)
            else:
                port = self._server.add_secure_port(listen, self._credentials)
            await self._server.start()
        except RuntimeError as refused:
            raise AddressInUseError(f"cannot listen on {listen}: it is in use or not available") from refused
        finally:
            os.umask(mask)
        self._tasks = [
            asyncio.create_task(self.runtime.sequencer.run()),
            asyncio.create_task(_watch_lease(self.runtime)),
        ]
        path = _socket_path(listen)
        address = f"{listen.rsplit(':', 1)[0]}:{port}" if path is None else f"unix://{path}"
        self.runtime.events.lifecycle("started", address)
        return address

    async def stop(self, grace: float) -> None:
        """Refuses new calls, stops jobs, and gives calls `grace` seconds to end."""
        self._health.stopping = True
        self.runtime.events.lifecycle("stopping", "")
        self.runtime.sequencer.cancel_all("shutdown")
        await self._server.stop(grace)
        for task in self._tasks:
            task.cancel()


async def _watch_lease(runtime: Runtime) -> None:
    """Sends one event when a lease ends. Other code enforces the lease before weights change."""
    told = ""
    while True:
        await asyncio.sleep(0.5)
        session = runtime.sessions.current
        if session is None or session.remaining > 0:
            told = ""
        elif told != session.id:
            told = session.id
            runtime.events.lifecycle("lease_expired", session.client or session.id, session=session.id)


def _socket_path(listen: str) -> Path | None:
    """Returns the absolute path of a unix socket address, or None for another kind of address."""
    if not listen.startswith("unix:"):
        return None
    return Path(listen.removeprefix("unix:").removeprefix("//")).absolute()


def _is_served(listen: str) -> bool:
    """Whether a running process owns the unix socket. The file of an ended process may be
    replaced."""
    path = _socket_path(listen)
    if path is None:
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def check_listen(listen: str, *, encrypted: bool = False) -> None:
    """Raises ValueError unless `listen` is a unix socket, a loopback address with a port, or any
    address when `encrypted`."""
    if listen.startswith("unix:"):
        if encrypted:
            raise ValueError(f"{listen} needs no TLS: a unix socket is for its owner only; leave the --tls options out")
        return
    host, separator, port = listen.rpartition(":")
    if not separator or not host or not port.isdigit() or int(port) > 65_535:
        raise ValueError(f"{listen} is no address: write HOST:PORT or unix:PATH")
    try:
        local = host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        local = False
    if not local and not encrypted:
        raise ValueError(
            f"refusing to listen on {listen}: the connection would not be encrypted; use 127.0.0.1:PORT or unix:PATH, "
            "or give --tls-cert, --tls-key and --tls-client-ca"
        )
