"""The trainer as a process: ready line, exit codes, stdin, signals, health, events."""

from __future__ import annotations

import dataclasses
import json
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zmq

from spice_conformance.client import TOKEN, CallError, Client
from spice_conformance.messages import make_batch
from spice_trainer.server.serve import Options, StartError, serve
from spice_trainer.server.wire import pb

PACKAGE_ROOT = Path(__file__).parents[2]
SERVING, NOT_SERVING = 1, 2


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    running: list[subprocess.Popen[str]] = []
    token = tmp_path / "token"
    token.touch(mode=0o600)
    token.write_text(TOKEN)

    def launch(*extra: str, token_file: Path | None = token, listen: str = "127.0.0.1:0") -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "spice_trainer", "serve", "--backend", "fake", "--listen", listen]
        command += [] if token_file is None else ["--token-file", str(token_file)]
        process = subprocess.Popen(
            [*command, *extra],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=PACKAGE_ROOT,
        )
        running.append(process)
        return process

    yield launch
    for process in running:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()


def ready(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def failure(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and reason of a trainer that cannot start."""
    output, errors = process.communicate(timeout=20)
    assert output == ""
    return process.returncode, json.loads(errors.strip().splitlines()[-1])["error"]["reason"]


def test_ready_line_then_stdin_end(start: Callable[..., subprocess.Popen[str]]) -> None:
    process = start()
    line = ready(process)
    assert line["ready"] is True
    assert line["pid"] == process.pid
    assert line["protocol"] == "spice.trainer.v1"
    client = Client(line["address"])
    assert client.call("InfoService/GetInfo", pb.GetInfoRequest()).pid == process.pid
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(10) == 0


def test_sigterm_during_a_long_job(start: Callable[..., subprocess.Popen[str]]) -> None:
    process = start()
    client = Client(ready(process)["address"])
    client.open('{"script": "none", "sequence_seconds": 60}')
    batch = make_batch(["a"], [(0, "hello")])
    client.call("TrainingService/TrainStep", client.train_messages(batch, 0))
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


def test_no_stdin_watch(start: Callable[..., subprocess.Popen[str]]) -> None:
    process = start("--no-stdin-watch")
    ready(process)
    assert process.stdin is not None
    process.stdin.close()
    time.sleep(0.5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0


def test_interrupt_is_left_to_the_parent(start: Callable[..., subprocess.Popen[str]]) -> None:
    process = start()
    client = Client(ready(process)["address"])
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert client.call("InfoService/GetInfo", pb.GetInfoRequest()).pid == process.pid


def test_cannot_start(start: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    address = ready(start())["address"]
    open_token = tmp_path / "open"
    open_token.write_text(TOKEN)
    open_token.chmod(0o644)
    taken, exposed = start(listen=address), start(token_file=open_token)
    assert failure(taken) == (3, "ADDRESS_IN_USE")
    assert failure(exposed) == (2, "TOKEN_FILE_MODE")


def refusal(**change: Any) -> str:
    """Reason of options that cannot be served."""
    usual = Options("fake", "127.0.0.1:0", None, None, None, "info", watch_stdin=False)
    with pytest.raises(StartError) as error:
        serve(dataclasses.replace(usual, **change))
    assert error.value.exit_code in (2, 4)
    assert json.loads(error.value.to_json())["ready"] is False
    return error.value.reason


def test_refused_options(tmp_path: Path) -> None:
    for listen in ("0.0.0.0:0", "192.0.2.1:5", "[::]:0", "example.org:80", "127.0.0.1"):
        assert refusal(listen=listen) == "LISTEN_ADDRESS"
    assert refusal() == "TOKEN_FILE"
    assert refusal(token_file=tmp_path / "absent") == "TOKEN_FILE"
    short = tmp_path / "short"
    short.touch(mode=0o600)
    short.write_text("short")
    assert refusal(token_file=short) == "TOKEN_FILE"
    unix = {"listen": f"unix:{tmp_path}/s"}
    for events in ("tcp://192.0.2.1:99", "tcp://127.0.0.1", "http://127.0.0.1:9"):
        assert refusal(**unix, events=events) == "START"
    assert refusal(**unix, checkpoint_root=Path("/dev/null/x")) == "CHECKPOINT_ROOT"
    assert refusal(**unix, backend="nothing") == "BACKEND_UNKNOWN"


def test_unix_socket_needs_no_token(start: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    path = tmp_path / "s"
    line = ready(start(listen=f"unix:{path}", token_file=None))
    assert line["address"] == f"unix://{path}"
    client = Client(line["address"], token=None)
    assert client.call("InfoService/GetInfo", pb.GetInfoRequest()).backend == "fake"
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    assert failure(start(listen=f"unix:{path}", token_file=None)) == (3, "ADDRESS_IN_USE")
    assert client.call("InfoService/GetInfo", pb.GetInfoRequest()).backend == "fake"


def test_without_a_root_there_are_no_checkpoints(start: Callable[..., subprocess.Popen[str]]) -> None:
    client = Client(ready(start())["address"])
    client.open()
    declared = client.call("InfoService/GetCapabilities", pb.GetCapabilitiesRequest())
    assert not [one for one in declared.methods if "Checkpoint" in one]
    with pytest.raises(CallError) as error:
        client.call("CheckpointService/Save", pb.SaveRequest(header=client.header(), path="a"))
    assert error.value.code == "UNIMPLEMENTED"


def test_health_follows_the_model(start: Callable[..., subprocess.Popen[str]]) -> None:
    client = Client(ready(start())["address"])

    def check(service: str) -> int:
        return client.call("grpc.health.v1.Health/Check", pb.HealthCheckRequest(service=service), timeout=None).status

    assert check("") == NOT_SERVING
    assert check("spice.trainer.v1.SessionService") == SERVING
    assert check("spice.trainer.v1.SamplingService") == NOT_SERVING
    with pytest.raises(CallError) as error:
        check("nobody")
    assert error.value.code == "NOT_FOUND"
    watch = client.call("grpc.health.v1.Health/Watch", pb.HealthCheckRequest(), timeout=None)
    assert next(watch).status == NOT_SERVING
    client.open('{"load_seconds": 0.3}')
    assert next(watch).status == SERVING
    assert check("") == SERVING


def test_events_reach_a_listener(start: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    context = zmq.Context()
    socket = context.socket(zmq.PULL)
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    process = start("--events", f"tcp://127.0.0.1:{port}", "--checkpoint-root", str(tmp_path / "checkpoints"))
    client = Client(ready(process)["address"])
    client.open('{"script": "none", "load_seconds": 0.5}')
    client.sample(["p"])
    client.train_step(make_batch(["a"], [(0, "hello")]), 0)
    kinds = {
        "progress": pb.ProgressEvent,
        "metrics": pb.MetricsEvent,
        "log": pb.LogEvent,
        "lifecycle": pb.LifecycleEvent,
    }
    seen: list[tuple[str, Any]] = []
    while socket.poll(1000):
        kind, body = socket.recv_multipart()
        seen.append((kind.decode(), kinds[kind.decode()].FromString(body)))
    assert [event.context.sequence for _, event in seen] == list(range(1, len(seen) + 1))
    assert {kind for kind, _ in seen} == set(kinds)
    phases = [pb.enum_name("LifecyclePhase", event.phase) for kind, event in seen if kind == "lifecycle"]
    assert phases == ["started", "session_opened", "model_loaded"]
    metrics = {event.scope: dict(event.values) for kind, event in seen if kind == "metrics"}
    assert metrics["sample"]["completion_tokens"] == 16
    assert metrics["train_step"]["grad_norm"] > 0
    socket.close(0)
    context.term()


def test_nobody_listening_does_not_matter(start: Callable[..., subprocess.Popen[str]]) -> None:
    process = start("--events", "tcp://127.0.0.1:9")
    client = Client(ready(process)["address"])
    client.open()
    client.train_step(make_batch(["a"], [(0, "hello")]), 0)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0


def test_injected_death(start: Callable[..., subprocess.Popen[str]]) -> None:
    process = start()
    client = Client(ready(process)["address"])
    client.open('{"die_after": {"optim_step": 2}}')
    batch = make_batch(["a"], [(0, "hello")])
    client.train_step(batch, 0)
    with pytest.raises(CallError) as error:
        client.train_step(batch, 1)
    assert error.value.code == "UNAVAILABLE"
    assert process.wait(10) == 86


def test_injected_death_of_a_call_beside_others(start: Callable[..., subprocess.Popen[str]]) -> None:
    process = start()
    client = Client(ready(process)["address"])
    client.open('{"sample_seconds": 0.3, "die_after": {"sample": 1}}')
    beside = [client.call("SamplingService/Sample", client.sample_request(["a"], seed=seed)) for seed in (1, 2, 3)]
    assert process.wait(10) == 86
    failed = 0
    for stream in beside:
        try:
            list(stream)
        except CallError:
            failed += 1
    # The call that dies has no answer. The calls beside it may have ended before.
    assert failed >= 1
