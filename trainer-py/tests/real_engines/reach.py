"""What a process that has no token can reach of another one's Ray cluster."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import psutil

LOOPBACK = {"127.0.0.1", "::ffff:127.0.0.1", "::1"}

INSIDE = "import ray, sys; ray.init(address=sys.argv[1]); print('saw', len(ray.nodes()), 'node')"
"""Connect and look. Not run something: the learner's workers hold every core, so a task would wait for ever."""

CALLS = (
    "InternalKVGcsService/InternalKVKeys",
    "NodeManagerService/RequestWorkerLease",
    "ObjectManagerService/Push",
    "ObjectManagerService/Pull",
    "CoreWorkerService/PushTask",
    "ReporterService/ReportOCMetrics",
)
"""One or two of each of Ray's services; no port has all of them."""

HARMLESS = ("InternalKVGcsService/InternalKVKeys", "ReporterService/ReportOCMetrics")
"""Those to make with a token: a lease or a task without content would be taken up, and the next test waits for it. A port
that has none of them says UNIMPLEMENTED to whom it lets in."""


def family() -> list[psutil.Process]:
    """This process and all below it."""
    return [psutil.Process(), *psutil.Process().children(recursive=True)]


def _unless_ended(read: Callable[[], str]) -> str:
    """Nothing for a process that has ended since it was listed: Ray ends idle workers whenever it likes."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return read()
    return ""


def name_of(process: psutil.Process) -> str:
    """Its name; nothing if it has ended."""
    return _unless_ended(process.name)


def words_of(process: psutil.Process) -> str:
    """Its command line; nothing if it has ended."""
    return _unless_ended(lambda: " ".join(process.cmdline()))


def variables_of(process: psutil.Process) -> str:
    """The values of its environment; nothing if it has ended."""
    return _unless_ended(lambda: " ".join(process.environ().values()))


def listening(processes: Iterable[psutil.Process]) -> list[tuple[str, str, int]]:
    """Name of the process, address, port."""
    found: list[tuple[str, str, int]] = []
    for one in processes:
        try:
            ports = one.net_connections("tcp")
            found += [(one.name(), at.laddr.ip, at.laddr.port) for at in ports if at.status == psutil.CONN_LISTEN]
        except psutil.Error:
            continue
    return found


def answers(ports: Iterable[int], token: str | None) -> dict[int, set[str]]:
    """What each port says. All at once: gloo's ports and vLLM's never answer, so each costs its whole time limit."""
    asked = list(ports)
    with ThreadPoolExecutor(max(1, len(asked))) as pool:
        return dict(zip(asked, pool.map(lambda port: answer(port, token), asked), strict=True))


def answer(port: int, token: str | None) -> set[str]:
    """What a port says to each call: its HTTP status, or its gRPC codes except UNIMPLEMENTED. Empty: neither protocol."""
    header = {} if token is None else {"Authorization": f"Bearer {token}"}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers=header), timeout=5) as page:
            return {f"HTTP {page.status}"}
    except urllib.error.HTTPError as refused:
        return {f"HTTP {refused.code}"}
    except Exception:
        metadata = [(name.lower(), value) for name, value in header.items()]
    codes: set[str] = set()
    with grpc.insecure_channel(f"127.0.0.1:{port}", [("grpc.enable_http_proxy", 0)]) as channel:
        for name in CALLS if token is None else HARMLESS:
            try:
                channel.unary_unary(f"/ray.rpc.{name}")(b"", timeout=3, metadata=metadata)
                codes.add("OK")
            except grpc.RpcError as refused:
                codes.add(refused.code().name)  # type: ignore[attr-defined]
            if "DEADLINE_EXCEEDED" in codes:
                break
    return codes - {"UNIMPLEMENTED", "UNAVAILABLE", "DEADLINE_EXCEEDED"}


def stranger(address: str, **variables: str) -> str:
    """What a driver with these variables instead of ours says; "saw 1 node" where it got in."""
    # Without the last one Ray takes the machine's outside address for 127.0.0.1, where nothing listens.
    ours = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    ended = subprocess.run(
        [sys.executable, "-c", INSIDE, address],
        env={**ours, "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    return ended.stdout


def files_that_hold(text: str, folder: Path) -> list[Path]:
    """Files below a folder with this text in them."""
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]
