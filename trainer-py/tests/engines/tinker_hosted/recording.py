"""Exchanges with a Tinker service as JSON files: written by a proxy in front of any server, played back by another server.

The adapter talks to the proxy on loopback without a key; the proxy puts the key in on the way out, and writes no header
down. So a recording cannot hold it. The service's switches for ways that a recording could not show are turned off on the
way in (`OFF`); the exchange of the key for tokens, where the service asks for it, is passed on and not written down.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import threading
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from spice_trainer.engines.tinker.access import NO_KEY
from tests.engines.tinker_hosted.http_base import LoopbackServer, Reply, Request
from tests.engines.tinker_hosted.wire import JSON, PROTOBUF, differences, read_request

OFF = {"sample_use_retrieve_futures": False, "proto_compress_fwdbwd": False}
"""Waiting for several samples at once; compressed requests."""
UNTOLD = ("token", "session_heartbeat", "dynamic_config", "telemetry")
"""Not written down: secret, or at the clock's mercy."""
PERSONAL = ("info_message", "warning_message", "error_message", "project_id")
"""Of answers, not written down: they may name an account."""
CONSTRUCTED = "constructed from the SDK's request and response types; not recorded from the hosted service"
TIMEOUT = 90.0

Exchange = dict[str, Any]


def identity(path: str, body: dict[str, Any]) -> str:
    """What makes a request the same one in another session: its place in its model's or sampler's order."""
    names = ("request_id", "model_seq_id", "model_id", "sampling_session_id", "seq_id", "sampling_session_seq_id")
    return json.dumps([path, {name: body[name] for name in names if name in body}])


class Recorder:
    """A proxy to `upstream` that keeps what passes. `secret` goes out as the key."""

    def __init__(self, upstream: str, secret: str) -> None:
        self._to, self._secret = urlsplit(upstream), secret
        self.exchanges: list[Exchange] = []
        self._lock = threading.Lock()

    def server(self) -> LoopbackServer:
        """To be entered."""
        return LoopbackServer(self.answer)

    def answer(self, request: Request) -> Reply:
        """Pass one on."""
        name = request.path.rsplit("/", 1)[-1]
        reply = self._forward(request)
        if name == "config" and reply.status == 200:
            reply = Reply.of({**json.loads(reply.body), **OFF})
        if name not in UNTOLD and not _waiting(reply):
            with self._lock:
                self.exchanges.append(self._written(request, reply))
        return reply

    def _forward(self, request: Request) -> Reply:
        kind = http.client.HTTPSConnection if self._to.scheme == "https" else http.client.HTTPConnection
        more = {"context": ssl.create_default_context()} if self._to.scheme == "https" else {}
        connection = kind(str(self._to.hostname), self._to.port, timeout=TIMEOUT, **more)  # type: ignore[arg-type]
        dropped = ("host", "accept-encoding", "connection", "content-length")
        headers = {name: value for name, value in request.headers.items() if name not in dropped}
        if headers.get("x-api-key") == NO_KEY:
            headers["x-api-key"] = self._secret
        try:
            connection.request(request.method, self._to.path.rstrip("/") + request.path, request.body, headers)
            got = connection.getresponse()
            return Reply(got.read(), got.status, got.headers.get("content-type", JSON))
        finally:
            connection.close()

    def _written(self, request: Request, reply: Reply) -> Exchange:
        asked = read_request(request.headers.get("content-type", ""), request.body)
        told: dict[str, Any] = {"status": reply.status}
        if PROTOBUF in reply.content_type:
            told["protobuf"] = base64.b64encode(reply.body).decode()
        elif reply.body:
            told["json"] = _without(json.loads(reply.body), PERSONAL)
            if request.path.endswith("/client/config"):
                # Played back, there are no tokens to be had.
                told["json"]["pjwt_auth_enabled"] = False
        exchange = {"method": request.method, "path": request.path, "request": asked, "response": told}
        text = json.dumps(exchange)
        assert not self._secret or self._secret not in text, f"the key is in a body of {request.path}"
        return exchange


def _waiting(reply: Reply) -> bool:
    return reply.status == 408 or (b'"try_again"' in reply.body and PROTOBUF not in reply.content_type)


def _without(value: Any, names: tuple[str, ...]) -> Any:
    return {key: one for key, one in value.items() if key not in names} if isinstance(value, dict) else value


class Replay:
    """Answers as a recording did, and notes where the requests differ from its own."""

    def __init__(self, exchanges: list[Exchange]) -> None:
        self._answers: dict[str, list[Exchange]] = defaultdict(list)
        for one in exchanges:
            self._answers[identity(one["path"], one["request"])].append(one)
        self.surprises: list[str] = []
        self._lock = threading.Lock()

    def server(self) -> LoopbackServer:
        """To be entered."""
        return LoopbackServer(self.answer)

    @property
    def left(self) -> list[str]:
        """Recorded requests that nobody made."""
        return [key for key, known in self._answers.items() if known]

    def answer(self, request: Request) -> Reply:
        """The next recorded answer to this request."""
        name = request.path.rsplit("/", 1)[-1]
        if name in UNTOLD:
            return Reply.of({"type": name})
        body = read_request(request.headers.get("content-type", ""), request.body)
        with self._lock:
            known = self._answers[identity(request.path, body)]
            if not known:
                self.surprises.append(f"not in the recording: {request.path} {body}")
                return Reply.of({"detail": "not in the recording"}, 404)
            one = known.pop(0)
            asked, had = (_without(each, ("sdk_version",)) for each in (body, one["request"]))
            self.surprises += [f"{request.path}{line}" for line in differences(had, asked)]
        told = one["response"]
        if "protobuf" in told:
            return Reply(base64.b64decode(told["protobuf"]), told["status"], PROTOBUF)
        return Reply.of(told["json"], told["status"]) if "json" in told else Reply(b"", told["status"])


def write(path: Path, header: dict[str, Any], outcome: dict[str, Any], exchanges: list[Exchange]) -> None:
    """One recording; a line for each exchange, so that changes can be read."""
    lines = ",\n".join(f"    {json.dumps(one)}" for one in exchanges)
    head = json.dumps({"header": header, "outcome": outcome}, indent=2)[:-2]
    path.write_text(f'{head},\n  "exchanges": [\n{lines}\n  ]\n}}\n')


def read(path: Path) -> dict[str, Any]:
    """`header`, `outcome` and `exchanges` of a recording."""
    return json.loads(path.read_text())
