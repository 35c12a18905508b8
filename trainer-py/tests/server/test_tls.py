"""Mutual TLS with real certificates: who is taken, who is refused, and what a trainer refuses to start with."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from spice_trainer.engines.fake import FakeBackend
from spice_trainer.server.rpc.grpc_server import TrainerServer, check_listen
from spice_trainer.server.rpc.runtime import Runtime
from spice_trainer.server.rpc.tls import TlsFiles, server_tls
from spice_trainer.server.serve import Options, serve
from spice_trainer.server.start_error import StartError
from spice_trainer.server.wire import pb
from tests.server.certificates import Authority, Pair, needs_openssl

TOKEN = "0123456789abcdef-test"
pytestmark = needs_openssl


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("tls") / "ours")


@pytest.fixture(scope="module")
def files(authority: Authority) -> TlsFiles:
    server = authority.sign("server")
    return TlsFiles(server.certificate, server.key, authority.certificate)


@pytest.fixture(scope="module")
def address(files: TlsFiles) -> Iterator[str]:
    """A trainer on every address of this machine, which only TLS allows."""
    loop, stop, ready = asyncio.new_event_loop(), asyncio.Event(), threading.Event()
    bound: list[str] = []

    async def run() -> None:
        server = TrainerServer(Runtime.create(FakeBackend(), None, None), TOKEN, server_tls(files).credentials)
        bound.append(await server.start("0.0.0.0:0"))
        ready.set()
        await stop.wait()
        await server.stop(0)

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),), daemon=True)
    thread.start()
    assert ready.wait(20)
    yield "localhost:" + bound[0].rpartition(":")[2]
    loop.call_soon_threadsafe(stop.set)
    thread.join(20)


def ask(address: str, ca: Path | None, client: Pair | None, token: str | None = TOKEN) -> str:
    """Status code of GetInfo over a channel with these certificates; without an authority, a plain one."""
    if ca is None:
        channel = grpc.insecure_channel(address)
    else:
        own = (None, None) if client is None else (client.key.read_bytes(), client.certificate.read_bytes())
        channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(ca.read_bytes(), *own))
    call = channel.unary_unary(
        f"/{pb.PACKAGE}.InfoService/GetInfo",
        request_serializer=pb.GetInfoRequest.SerializeToString,
        response_deserializer=pb.GetInfoResponse.FromString,
    )
    metadata = () if token is None else (("authorization", f"Bearer {token}"),)
    with channel:
        try:
            call(pb.GetInfoRequest(), timeout=20, metadata=metadata)
        except grpc.RpcError as error:
            return error.code().name
        return "OK"


def test_certificate_and_token_are_both_needed(authority: Authority, address: str) -> None:
    client = authority.sign("client")
    assert ask(address, authority.certificate, client) == "OK"
    assert ask(address, authority.certificate, client, token=None) == "UNAUTHENTICATED"
    assert ask(address, authority.certificate, client, token="another-token-of-32") == "UNAUTHENTICATED"


def test_strangers_are_not_heard(authority: Authority, address: str, tmp_path: Path) -> None:
    stranger = Authority.make(tmp_path / "theirs")
    assert ask(address, authority.certificate, None) == "UNAVAILABLE"
    assert ask(address, authority.certificate, stranger.sign("client")) == "UNAVAILABLE"
    assert ask(address, authority.certificate, authority.sign("late", days=-1)) == "UNAVAILABLE"
    assert ask(address, stranger.certificate, authority.sign("client2")) == "UNAVAILABLE"
    assert ask(address, None, None) == "UNAVAILABLE"


def reason(files: TlsFiles) -> str:
    with pytest.raises(StartError) as error:
        server_tls(files)
    assert error.value.exit_code == 2
    return error.value.reason


def test_files_that_cannot_serve(authority: Authority, files: TlsFiles, tmp_path: Path) -> None:
    expired, other = authority.sign("expired", days=-1), authority.sign("other")
    open_key = tmp_path / "open.key"
    open_key.write_bytes(files.key.read_bytes())
    open_key.chmod(0o640)
    text = tmp_path / "text"
    text.write_text("no certificate")
    change = dataclasses.replace
    assert reason(change(files, certificate=expired.certificate, key=expired.key)) == "TLS_CERTIFICATE_EXPIRED"
    assert reason(change(files, key=other.key)) == "TLS_KEY"
    assert reason(change(files, key=tmp_path / "absent")) == "TLS_KEY"
    assert reason(change(files, key=open_key)) == "TLS_KEY_MODE"
    assert reason(change(files, certificate=tmp_path / "absent")) == "TLS_FILE"
    assert reason(change(files, certificate=text)) == "TLS_KEY"
    assert reason(change(files, client_ca=text)) == "TLS_FILE"


def test_an_end_within_two_weeks_is_noticed(authority: Authority, files: TlsFiles) -> None:
    soon = authority.sign("soon", days=13)
    assert not server_tls(files).expires_soon
    assert server_tls(dataclasses.replace(files, certificate=soon.certificate, key=soon.key)).expires_soon


def test_only_tls_listens_beyond_this_machine(files: TlsFiles, tmp_path: Path) -> None:
    for listen in ("0.0.0.0:0", "192.0.2.1:5", "[::]:0", "example.org:80"):
        check_listen(listen, encrypted=True)
        with pytest.raises(ValueError, match="--tls-cert"):
            check_listen(listen)
    with pytest.raises(ValueError, match="unix"):
        check_listen("unix:/tmp/s", encrypted=True)
    # The token is asked for all the same.
    with pytest.raises(StartError) as error:
        serve(Options("fake", "0.0.0.0:0", None, None, None, "info", watch_stdin=False, tls=files))
    assert error.value.reason == "TOKEN_FILE"
