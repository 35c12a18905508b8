"""A stand-in for the hosted Tinker service: its HTTP, as SDK 0.38.0 speaks it, over the bigram table of `fake_service`.

It is made of the SDK's request and response types and of the documentation that profiles.py names. It was never compared
with the service. Where the documentation says that something is refused it refuses, so that the adapter's requests are
tested, too.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spice_trainer.engines.tinker.service import Adam, GradientRow, Row
from tests.engines.tinker.fake_service import FakeModel, FakeService
from tests.engines.tinker_hosted.http_base import LoopbackServer, Reply, Request
from tests.engines.tinker_hosted.wire import PROTOBUF, pass_answer, read_request, sample_answer

KEY = "tml-a-key-of-the-tests"
VOCABULARY = 258
INPUTS = {
    "cross_entropy": {"target_tokens", "weights"},
    "importance_sampling": {"target_tokens", "logprobs", "advantages"},
}
ADAM = {"learning_rate", "beta1", "beta2", "eps", "weight_decay", "grad_clip_norm"}


class RefusedError(Exception):
    """What a request's future says."""

    def __init__(self, message: str, category: str = "user") -> None:
        super().__init__(message)
        self.category = category


@dataclass
class _Model:
    """A model and what came of its requests."""

    model: FakeModel
    rank: int
    next_seq: int = 1
    taken: dict[int, Reply] = field(default_factory=dict)
    """Answers by their request's number: one that comes again is not another one."""


@dataclass
class HostedStandIn:
    """State of the service. `server()` puts it on loopback."""

    tells_norm: bool = True
    """Whether an update that bounds the norm tells it."""
    mean: bool = False
    jwt: bool = False
    """Ask for tokens that are exchanged for the key."""
    poll_sessions: bool = False
    """Ask the SDK to wait for samples by `retrieve_futures`."""
    key: str | None = KEY
    """The key that must come; None: whatever comes is taken, as by a server on loopback."""
    pending_polls: int = 1
    """How often a result is said to be not there yet."""
    faults: dict[str, list[Reply]] = field(default_factory=lambda: defaultdict(list))
    """Answers to give first, by the path's last part."""
    lost: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """How many answers never arrive, by the path's last part: the request was taken, the client hears of a failure."""
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Path and body of everything that was answered."""
    keys: set[str] = field(default_factory=set)
    """Keys that came."""
    sent_headers: list[dict[str, str]] = field(default_factory=list)
    finished: set[str] = field(default_factory=set)
    service: FakeService = field(
        default_factory=lambda: FakeService(mean=False, vocabulary=VOCABULARY, snapshots_keep=True)
    )
    _models: dict[str, _Model] = field(default_factory=dict)
    _samplers: dict[str, FakeModel] = field(default_factory=dict)
    _futures: dict[str, tuple[int, Callable[[], Reply]]] = field(default_factory=dict)
    _sessions: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.service.mean = self.mean
        self._token = _unsigned_jwt()

    def server(self, host: str = "127.0.0.1") -> LoopbackServer:
        """To be entered."""
        return LoopbackServer(self.answer, host)

    def bodies(self, name: str) -> list[dict[str, Any]]:
        """Bodies of the requests that ended with `name`, in their order."""
        return [body for path, body in self.requests if path.rsplit("/", 1)[-1] == name]

    def answer(self, request: Request) -> Reply:
        """One request."""
        name = request.path.rsplit("/", 1)[-1]
        with self._lock:
            key = request.headers.get("x-api-key", "")
            self.keys.add(key)
            self.sent_headers.append(dict(request.headers))
            if self.faults[name]:
                return self.faults[name].pop(0)
            wanted = self._token if self.jwt and name not in ("config", "token") else self.key
            if wanted is not None and key != wanted:
                return Reply.of({"detail": f"Invalid API key: {key}"}, 401)
            body = read_request(request.headers.get("content-type", ""), request.body)
            self.requests.append((request.path, body))
            handler = getattr(self, f"_do_{name}", None)
            if handler is None:
                return Reply.of({"detail": f"no such path: {request.path}"}, 404)
            reply = handler(body)
            if self.lost[name]:
                self.lost[name] -= 1
                return Reply.of({"detail": "bad gateway"}, 502)
            return reply

    # ------------------------------------------------------------------------------------------------------- session

    def _do_config(self, body: dict[str, Any]) -> Reply:
        return Reply.of({"pjwt_auth_enabled": self.jwt, "sample_use_retrieve_futures": self.poll_sessions})

    def _do_dynamic_config(self, body: dict[str, Any]) -> Reply:
        return Reply.of({})

    def _do_token(self, body: dict[str, Any]) -> Reply:
        return Reply.of({"jwt": self._token})

    def _do_create_session(self, body: dict[str, Any]) -> Reply:
        self._sessions += 1
        return Reply.of({"type": "create_session", "session_id": f"session-{self._sessions}"})

    def _do_session_heartbeat(self, body: dict[str, Any]) -> Reply:
        return Reply.of({"type": "session_heartbeat"})

    def _do_finish(self, body: dict[str, Any]) -> Reply:
        self.finished.add(str(body["reason"]["type"]))
        return Reply(b"", 204)

    # -------------------------------------------------------------------------------------------------------- models

    def _do_create_model(self, body: dict[str, Any]) -> Reply:
        model_id = f"{body['session_id']}:train:{body['model_seq_id']}"

        def create() -> Reply:
            self._add(model_id, self.service.create_model(body["lora_config"]["rank"], 0), body["lora_config"]["rank"])
            return Reply.of({"type": "create_model", "model_id": model_id})

        return self._later(model_id, create)

    def _do_load_weights(self, body: dict[str, Any]) -> Reply:
        if "session_id" not in body or "model_id" in body:
            return Reply.of({"detail": "a state makes a model of its own"}, 400)
        model_id = f"{body['session_id']}:train:{body['model_seq_id']}"

        def load() -> Reply:
            made = self.service.restore_model(body["path"], 0, 0, moments=body["optimizer"])
            self._add(model_id, made, 0)
            return Reply.of({"type": "load_weights", "path": body["path"]})

        return self._later(model_id, load)

    def _add(self, model_id: str, model: FakeModel, rank: int) -> None:
        model._id = model_id
        self._models[model_id] = _Model(model, rank)

    def _do_get_info(self, body: dict[str, Any]) -> Reply:
        held = self._models[body["model_id"]]
        return Reply.of(
            {
                "type": "get_info",
                "model_id": body["model_id"],
                "model_data": {"model_name": "a/stand-in"},
                "is_lora": True,
                "lora_rank": held.rank,
            }
        )

    def _do_forward_backward(self, body: dict[str, Any]) -> Reply:
        wanted = INPUTS.get(body["loss_fn"])
        if any(set(one["inputs"]) != wanted for one in body["data"]):
            return Reply.of({"detail": "Could not convert loss function inputs to array record"}, 400)
        return self._trains(body, lambda model: self._pass(model, body))

    def _pass(self, model: FakeModel, body: dict[str, Any]) -> Reply:
        rows, weights = [], []
        for one in body["data"]:
            ids = np.array([*one["tokens"], int(one["inputs"]["target_tokens"][-1])], dtype=np.int32)
            assert ids[1:].tolist() == one["inputs"]["target_tokens"]
            rows.append(Row(ids[:1], ids[1:]))
            weights.append(np.array(one["inputs"].get("weights", one["inputs"].get("advantages")), dtype=np.float32))
        logprobs = model.forward(rows)
        if not body["forward_only"]:
            olds = [np.array(one["inputs"].get("logprobs", c)) for one, c in zip(body["data"], logprobs, strict=True)]
            model.forward_backward([GradientRow(*each) for each in zip(rows, olds, weights, strict=True)])
        loss = -float(sum((w * c).sum() for w, c in zip(weights, logprobs, strict=True)))
        return Reply(pass_answer(logprobs, loss), content_type=PROTOBUF)

    def _do_optim_step(self, body: dict[str, Any]) -> Reply:
        asked = body["adam_params"]
        if set(asked) != ADAM:
            return Reply.of({"detail": f"adam_params has {sorted(asked)}"}, 422)

        def update(model: FakeModel) -> Reply:
            if not model.sequences:
                raise RefusedError("there is no gradient to step with")
            bound = asked["grad_clip_norm"]
            names = ("learning_rate", "beta1", "beta2", "eps", "weight_decay")
            norm = model.optim_step(Adam(*(asked[name] for name in names)), bound if bound > 0 else None)
            # The norm is computed where it is bounded.
            told = {"unclipped_grad_l2:mean": norm} if self.tells_norm and bound > 0 else None
            return Reply.of({"metrics": told})

        return self._trains(body, update)

    def _do_save_weights(self, body: dict[str, Any]) -> Reply:
        def save(model: FakeModel) -> Reply:
            return Reply.of({"type": "save_weights", "path": model.save_state(body["path"])})

        return self._trains(body, save)

    def _do_save_weights_for_sampler(self, body: dict[str, Any]) -> Reply:
        sampler = f"sampler-{body['sampling_session_seq_id']}"

        def save(model: FakeModel) -> Reply:
            self._samplers[sampler] = model.snapshot(sampler).model  # type: ignore[attr-defined]
            return Reply.of({"type": "save_weights_for_sampler", "sampling_session_id": sampler})

        return self._trains(body, save)

    def _trains(self, body: dict[str, Any], work: Callable[[FakeModel], Reply]) -> Reply:
        held = self._models[body["model_id"]]
        if body["seq_id"] in held.taken:
            return held.taken[body["seq_id"]]
        if body["seq_id"] != held.next_seq:
            return Reply.of({"detail": f"request {body['seq_id']} came where {held.next_seq} was due"}, 409)
        held.next_seq += 1
        held.taken[body["seq_id"]] = self._later(body["model_id"], lambda: work(held.model))
        return held.taken[body["seq_id"]]

    # ------------------------------------------------------------------------------------------------------- sampling

    def _do_asample(self, body: dict[str, Any]) -> Reply:
        model = self._samplers[body["sampling_session_id"]]
        prompt = [token for chunk in body["prompt"]["chunks"] for token in chunk["tokens"]]
        reply = self._later(None, lambda: self._sample(model, prompt, body))
        told = {**json.loads(reply.body), "sample_sequence_ids": [f"{body['sampling_session_id']}:{body['seq_id']}"]}
        return Reply.of(told)

    def _sample(self, model: FakeModel, prompt: list[int], body: dict[str, Any]) -> Reply:
        params = body["sampling_params"]
        source = np.random.default_rng(params.get("seed", 0))
        # The table's tokens 0 and 1 begin and end a text.
        stops = set(params.get("stop", [1]))
        ids: list[int] = []
        while len(ids) < params["max_tokens"] and not stops.intersection(ids):
            ids.append(int(source.choice(VOCABULARY, p=_chances(model.state.weights[[*prompt, *ids][-1]], params))))
        drawn = np.array(ids, dtype=np.int32)
        logprobs = model.forward([Row(np.array(prompt, dtype=np.int32), drawn)])[0]
        scored: list[float] | None = None
        if body.get("prompt_logprobs"):
            ids_in = np.array(prompt, dtype=np.int32)
            last = body.get("prompt_logprobs_last_n") or len(prompt) - 1
            values = model.forward([Row(ids_in[:1], ids_in[1:])])[0].tolist()
            scored = [float("nan")] * (len(prompt) - last) + values[len(values) - last :]
        ended = bool(stops.intersection(ids))
        return Reply(sample_answer([(ids, logprobs.tolist(), ended)], scored), content_type=PROTOBUF)

    # --------------------------------------------------------------------------------------------------------- futures

    def _later(self, model_id: str | None, work: Callable[[], Reply]) -> Reply:
        request_id = f"request-{len(self._futures) + 1}"

        def run() -> Reply:
            try:
                return work()
            except RefusedError as refused:
                return Reply.of({"error": str(refused), "category": refused.category})

        # Done at once, told later: the order of a model's requests is that of their numbers.
        done = run()
        self._futures[request_id] = (self.pending_polls, lambda: done)
        return Reply.of({"request_id": request_id, "model_id": model_id})

    def _do_retrieve_future(self, body: dict[str, Any]) -> Reply:
        left, work = self._futures[body["request_id"]]
        if left > 0:
            self._futures[body["request_id"]] = (left - 1, work)
            return Reply.of({"type": "try_again", "request_id": body["request_id"], "queue_state": "active"})
        return work()

    def _do_retrieve_futures(self, body: dict[str, Any]) -> Reply:
        """Everything is done; told once each."""
        known = sorted(self._futures, key=lambda one: int(one.rsplit("-", 1)[1]))
        fresh = known[body["prev_cursor"] :]
        done = [{"state": "finished", "request_id": one} for one in fresh]
        return Reply.of({"completions": done, "cursor": len(known)})


def _chances(logits: np.ndarray, params: dict[str, Any]) -> np.ndarray:
    """What is drawn from; the log-probabilities that are told are those before the filters."""
    chances = np.exp(logits - logits.max())
    chances /= chances.sum()
    order = np.argsort(-chances.astype(np.float32), kind="stable")  # a table has many that are equally likely
    kept = np.arange(len(order)) < (params["top_k"] if params["top_k"] > 0 else len(order))
    kept &= np.cumsum(chances[order]) - chances[order] < params["top_p"]
    chances[order[~kept]] = 0
    return chances / chances.sum()


def _unsigned_jwt() -> str:
    """What the SDK reads of one: when it ends."""
    parts = [{"alg": "none"}, {"iat": int(time.time()), "exp": int(time.time()) + 3600, "iss": "passport-tests"}]
    return ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts) + "."
