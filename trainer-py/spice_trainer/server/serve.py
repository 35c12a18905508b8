"""One trainer process: start, announcement, waiting, stop."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import spice_trainer
from spice_trainer import engines
from spice_trainer.api import Backend, BackendError
from spice_trainer.server.event_bus import EventLogHandler
from spice_trainer.server.redaction import RedactingFormatter
from spice_trainer.server.rpc.grpc_server import AddressInUseError, TrainerServer, check_listen
from spice_trainer.server.rpc.runtime import Runtime
from spice_trainer.server.rpc.tls import ServerTls, TlsFiles, server_tls
from spice_trainer.server.start_error import StartError, read_private
from spice_trainer.server.wire import pb
from spice_trainer.server.wire.unexpected import DISCLOSURE

_LOG = logging.getLogger(__name__)
GRACE_SECONDS = 5.0


@dataclass(frozen=True)
class Options:
    """Options of the command `serve`."""

    backend: str
    listen: str
    events: str | None
    token_file: Path | None
    checkpoint_root: Path | None
    log_level: str
    watch_stdin: bool
    tls: TlsFiles | None = None


def serve(options: Options) -> int:
    """Runs a trainer until it is asked to stop. Returns 0. Raises StartError."""
    try:
        check_listen(options.listen, encrypted=options.tls is not None)
    except ValueError as refused:
        raise StartError(2, "LISTEN_ADDRESS", str(refused)) from refused
    token = read_token(options.token_file, options.listen)
    _log_to_stderr(options.log_level, token)
    tls = None if options.tls is None else server_tls(options.tls)
    if tls is not None and tls.expires_soon:
        _LOG.warning("the TLS certificate ends in %.0f days", tls.seconds_left / 86_400)
    root = _checkpoint_root(options.checkpoint_root)
    # Loading a backend may import large packages for minutes. The log says so before, not after.
    _LOG.info("loading the backend %s, Python %s, pid %d", options.backend, sys.version.split()[0], os.getpid())
    backend = _load_backend(options.backend)
    gc.enable()
    try:
        runtime = Runtime.create(backend, options.events, root)
    except (ValueError, BackendError) as refused:
        raise StartError(2, "START", str(refused)) from refused
    logging.getLogger("spice_trainer").addHandler(EventLogHandler(runtime.events))
    # What was imported stays until `os._exit`, so collections need not look at it.
    gc.freeze()
    code = asyncio.run(_run(runtime, token, tls, options))
    runtime.events.close()
    sys.stderr.flush()
    # A native call may still use the thread of the backend. Its result is not needed.
    os._exit(code)


def read_token(path: Path | None, listen: str) -> str | None:
    """Returns the bearer token. None is possible only for a unix socket, which file permissions
    protect. Raises StartError."""
    if path is None:
        if listen.startswith("unix:"):
            return None
        raise StartError(2, "TOKEN_FILE", "a TCP address needs --token-file", "write a random token, mode 0600")
    token = read_private(path, "token file", "TOKEN_FILE").decode(errors="replace").strip()
    if len(token) < 16:
        raise StartError(2, "TOKEN_FILE", f"the token in {path} is shorter than 16 characters")
    return token


def _log_to_stderr(level: str, token: str | None) -> None:
    handler = logging.StreamHandler(sys.stderr)
    known = () if token is None else (token,)
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s", known))
    logging.basicConfig(handlers=[handler], level=level.upper())


def _checkpoint_root(path: Path | None) -> Path | None:
    if path is None:
        return None
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as failed:
        raise StartError(2, "CHECKPOINT_ROOT", f"checkpoint root {path}: {failed.strerror}") from failed
    return path.resolve()


def _load_backend(name: str) -> Backend:
    try:
        return engines.load(name)
    except BackendError as failed:
        raise StartError(4, failed.reason, failed.message, failed.hint) from failed


async def _run(runtime: Runtime, token: str | None, tls: ServerTls | None, options: Options) -> int:
    # Without TLS, the address is a unix socket or a loopback address: every caller is here.
    DISCLOSURE.local = tls is None
    server = TrainerServer(runtime, token, None if tls is None else tls.credentials)
    try:
        address = await server.start(options.listen)
    except AddressInUseError as taken:
        print(StartError(3, "ADDRESS_IN_USE", str(taken), "choose another port, or 0").to_json(), file=sys.stderr)
        return 3
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    # Ctrl-C sends the signal to the whole terminal group. A child ignores it; its parent decides
    # and closes stdin.
    loop.add_signal_handler(signal.SIGINT, (lambda: None) if options.watch_stdin else stop.set)
    if options.watch_stdin:
        _watch_stdin(lambda: loop.call_soon_threadsafe(stop.set))
    ready = {
        "ready": True,
        "address": address,
        "pid": os.getpid(),
        "version": spice_trainer.__version__,
        "protocol": pb.PACKAGE,
    }
    print(json.dumps(ready), flush=True)
    _LOG.info("listening on %s", address)
    await stop.wait()
    _LOG.info("stopping")
    await server.stop(GRACE_SECONDS)
    await _close_backend(runtime)
    return 0


async def _close_backend(runtime: Runtime) -> None:
    try:
        async with asyncio.timeout(GRACE_SECONDS):
            await runtime.engine.thread.call(runtime.engine.backend.close)
    except TimeoutError:
        _LOG.warning("the backend is busy; leaving without waiting for it")
    except Exception:
        _LOG.exception("the backend did not close")


def _watch_stdin(ended: Callable[[], object]) -> None:
    """Calls `ended` when stdin ends: then the process that started the trainer has ended."""

    def wait() -> None:
        while sys.stdin.buffer.read(4096):
            pass
        ended()

    threading.Thread(target=wait, name="stdin", daemon=True).start()
