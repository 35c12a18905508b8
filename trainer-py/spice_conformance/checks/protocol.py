"""Rules for every call: deadline, token, errors, unknown fields and enums, order of requests, health."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.message import Message

from spice_conformance.check import check
from spice_conformance.client import Client
from spice_conformance.messages import cross_entropy
from spice_conformance.subject import CALL_SECONDS, Subject
from spice_conformance.verdict import expect, skip
from spice_trainer.server.wire import pb

NEWER = bytes.fromhex("ba3e0161")
"""Field 999 of a newer client: one byte of text."""
SERVING = 1

if TYPE_CHECKING:
    from spice_conformance.subject import TrainFields


@check("protocol.identity")
def identity(subject: Subject) -> str:
    """info.proto, GetInfoResponse: the contract package is "spice.trainer.v1", and the model is present once loaded."""
    info = subject.client.call("InfoService/GetInfo", pb.GetInfoRequest())
    expect(info.protocol == pb.PACKAGE, f"protocol is {info.protocol!r}")
    expect(bool(info.instance_id and info.backend), "instance_id or backend is empty")
    expect(info.backend == subject.capabilities.backend, "GetInfo and GetCapabilities name different backends")
    expect(info.HasField("model") and info.model == subject.model, "the model differs from OpenResult.model")
    model = subject.model
    expect(model.trainable_parameters > 0, "nothing is trainable")
    expect(all(one < model.vocabulary for one in model.eos_token_ids), "an end-of-sequence id is above the vocabulary")
    return f"{info.backend} {info.version} with {model.parameters} parameters"


@check("protocol.deadline")
def deadline(subject: Subject) -> str:
    """common.proto, Deadline: a call without grpc-timeout is INVALID_ARGUMENT, reason DEADLINE_MISSING."""
    for method, request in (
        ("InfoService/GetInfo", pb.GetInfoRequest()),
        ("SessionService/Heartbeat", _beat(subject.client)),
    ):

        def call(method: str = method, request: Message = request) -> object:
            return subject.client.call_by_name(method, request, timeout=None)

        subject.refused(f"{method} without a deadline", call, "INVALID_ARGUMENT", "DEADLINE_MISSING")
    return "calls without a deadline are refused"


@check("protocol.token")
def token(subject: Subject) -> str:
    """common.proto, Authorization: every call but health needs the bearer token, else UNAUTHENTICATED."""
    if subject.target.token is None:
        raise skip("this trainer wants no token")
    for given in (None, "wrong", f"{subject.target.token}x"):
        client = Client(subject.target.address, given)
        subject.others.append(client)

        def call(client: Client = client) -> object:
            return client.call("InfoService/GetInfo", pb.GetInfoRequest())

        subject.refused("a wrong or missing token", call, "UNAUTHENTICATED")
    return "no token, a wrong one and a longer one are refused"


@check("protocol.error_details")
def error_details(subject: Subject) -> str:
    """common.proto, ERRORS: every failure carries ErrorInfo {domain, reason, metadata category, retryable, resubmit}."""
    calls = {
        "NOT_FOUND": ("OperationsService/Get", pb.GetRequest(operation_id="op-unknown")),
        "INVALID_ARGUMENT": ("SamplingService/Sample", subject.sample_request([])),
        "FAILED_PRECONDITION": ("SessionService/Heartbeat", pb.HeartbeatRequest(session_id=subject.client.session_id)),
    }
    for code, (method, request) in calls.items():

        def call(method: str = method, request: Message = request) -> object:
            answer = subject.client.call_by_name(method, request)
            return list(answer) if method.endswith("/Sample") else answer

        error = subject.refused(method, call, code)
        facts = dict(error.info.metadata)
        expect(error.info.domain == "spice.trainer", f"{method}: domain is {error.info.domain!r}")
        expect(error.reason.isupper(), f"{method}: reason is {error.reason!r}")
        expect(facts.get("category") in ("user", "server", "engine"), f"{method}: category is {facts.get('category')}")
        for name in ("retryable", "resubmit"):
            expect(facts.get(name) in ("true", "false"), f"{method}: metadata {name} is {facts.get(name)!r}")
    return "three kinds of failure carry domain, reason, category, retryable and resubmit"


@check("protocol.unknown_field")
def unknown_field(subject: Subject) -> str:
    """common.proto: a field that the trainer does not know is UNIMPLEMENTED, never ignored, at any depth."""
    request = subject.sample_request()
    request.params.MergeFromString(NEWER)
    subject.refused(
        "an unknown field of SamplingParams",
        lambda: list(subject.client.call("SamplingService/Sample", request)),
        "UNIMPLEMENTED",
    )
    beat = _beat(subject.client)
    beat.MergeFromString(NEWER)
    subject.refused(
        "an unknown field of Heartbeat", lambda: subject.client.call("SessionService/Heartbeat", beat), "UNIMPLEMENTED"
    )
    start = next(iter(subject.client.train_messages(subject.batch().columns(), subject.step)))
    start.start.optim.MergeFromString(NEWER)
    subject.refused(
        "an unknown field of OptimSpec",
        lambda: subject.client.call("TrainingService/TrainStep", iter([start])),
        "UNIMPLEMENTED",
    )
    return "unknown fields of three messages are refused"


@check("protocol.unknown_enum")
def unknown_enum(subject: Subject) -> str:
    """common.proto: an unknown enum number, or an unspecified one where a choice is needed, is INVALID_ARGUMENT."""
    request = subject.sample_request()
    request.logprob_mode = pb.LogprobMode(99)
    subject.refused(
        "LogprobMode 99", lambda: list(subject.client.call("SamplingService/Sample", request)), "INVALID_ARGUMENT"
    )
    loss = subject.reinforce()
    for number in (99, 0):
        loss.policy_gradient.ratio = pb.RatioLevel(number)
        subject.refused(f"RatioLevel {number}", lambda: subject.train(subject.batch(), loss=loss), "INVALID_ARGUMENT")
    subject.refused(
        "a loss without a kind", lambda: subject.train(subject.batch(), loss=pb.LossSpec()), "INVALID_ARGUMENT"
    )
    return "numbers outside the enums and missing choices are refused"


@check("protocol.numbers")
def numbers(subject: Subject) -> str:
    """training.proto and losses.proto: Z, learning rate, betas, epsilon and norm outside their bounds, or NaN, are
    INVALID_ARGUMENT."""
    bad: list[TrainFields] = [
        {"normalizer": 0.0},
        {"normalizer": -1.0},
        {"normalizer": float("inf")},
        {"normalizer": float("nan")},
        {"rate": -1.0},
        {"rate": float("nan")},
        {"beta1": 1.0},
        {"beta2": -0.1},
        {"epsilon": 0.0},
        {"weight_decay": -1.0},
        {"max_grad_norm": 0.0},
    ]
    for fields in bad:

        def step(fields: TrainFields = fields) -> object:
            return subject.train(subject.supervised(), **fields)

        subject.refused(str(fields), step, "INVALID_ARGUMENT")
    expect(subject.describe().step == subject.step, "a refused request moved the step counter")
    return f"{len(bad)} numbers outside their bounds are refused"


@check("protocol.health")
def health(subject: Subject) -> str:
    """common.proto, Authorization: grpc.health.v1 answers without token and deadline; it is SERVING once a model is
    loaded."""
    client = Client(subject.target.address, None)
    subject.others.append(client)
    for service in ("", f"{pb.PACKAGE}.TrainingService"):
        request = pb.HealthCheckRequest(service=service)
        status = client.call("grpc.health.v1.Health/Check", request, timeout=None).status
        expect(status == SERVING, f"service {service or '(all)'} has status {status}")
    unknown = pb.HealthCheckRequest(service="nobody")
    subject.refused(
        "an unknown service", lambda: client.call("grpc.health.v1.Health/Check", unknown, timeout=None), "NOT_FOUND"
    )
    return "serving with a model loaded, without a token"


@check("protocol.order")
def order(subject: Subject) -> str:
    """common.proto, Header: a request refused before acceptance consumes nothing, and its client_seq is used again."""
    subject.need("TrainingService/TrainStep")
    batch = subject.supervised().columns()
    header = subject.client.header(expected_step=subject.step, client_seq=1)

    def step(normalizer: float) -> pb.TrainStepResult:
        return subject.client.train_step(
            batch, subject.step, header=header, normalizer=normalizer, loss=cross_entropy()
        )

    subject.refused("Z = 0", lambda: step(0.0), "INVALID_ARGUMENT")
    subject.step = step(1.0).optim_step.step
    expect(subject.describe().last_client_seq == 1, "the refused request consumed its number")
    return "a refused request leaves its client_seq free"


@check("protocol.sequence_gap", slow=True)
def sequence_gap(subject: Subject) -> str:
    """common.proto, Header.client_seq: a gap is waited for, at most 10 s, then ABORTED, reason SEQUENCE_GAP."""
    header = subject.client.header(client_seq=5)
    request = pb.DiscardGradientsRequest(header=header)

    def call() -> object:
        return subject.client.call("TrainingService/DiscardGradients", request, CALL_SECONDS)

    subject.refused("client_seq 5 after 0", call, "ABORTED", "SEQUENCE_GAP")
    expect(subject.describe().last_client_seq == 0, "the gap was taken for filled")
    return "a number that is not next is given up"


def _beat(client: Client) -> pb.HeartbeatRequest:
    return pb.HeartbeatRequest(session_id=client.session_id, epoch=client.epoch)
