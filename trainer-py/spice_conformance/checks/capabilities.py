"""Capability honesty: what is declared works, what is not declared is refused (info.proto)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Unpack

from spice_conformance import losses
from spice_conformance.check import check
from spice_conformance.client import CallError
from spice_conformance.subject import Subject, open_with
from spice_conformance.verdict import expect
from spice_trainer.server.wire import pb

SERVICES = (
    "Info",
    "Session",
    "Tokens",
    "Sampling",
    "Scoring",
    "Training",
    "Weights",
    "Checkpoint",
    "Operations",
    "Telemetry",
)
PARAMETERS: dict[str, pb.SamplingParamsFields] = {
    "temperature": {"temperature": 0.5},
    "top_p": {"top_p": 0.9},
    "top_k": {"top_k": 3},
    "min_p": {"min_p": 0.1},
    "stop_token_ids": {"stop_token_ids": [1]},
    "stop_strings": {"stop_strings": ["zz"]},
    "ignore_eos": {"ignore_eos": True},
    "logit_bias": {"logit_bias": {1: 0.5}},
}
"""Every field of SamplingParams beside max_tokens, with a value that is not neutral."""


@check("capabilities.methods")
def methods(subject: Subject) -> str:
    """info.proto, GetCapabilitiesResponse.methods: every rpc that is not listed answers
    UNIMPLEMENTED, and no listed one does."""
    listed = set(subject.capabilities.methods)
    known = {
        f"{pb.PACKAGE}.{name}Service/{rpc.name}": rpc
        for name in SERVICES
        for rpc in pb.rpcs(f"{pb.PACKAGE}.{name}Service")
    }
    expect(listed <= set(known), f"methods lists rpcs that do not exist: {sorted(listed - set(known))}")
    for name, rpc in known.items():
        code = _code(subject, name, rpc)
        missing = code == "UNIMPLEMENTED"
        expect(
            missing == (name not in listed),
            f"{name} answers {code or 'OK'} and is {'' if name in listed else 'not '}listed",
        )
    return f"{len(listed)} rpcs work, {len(known) - len(listed)} are refused"


def _code(subject: Subject, name: str, rpc: pb.Rpc) -> str:
    """Status of an empty request. Streams of requests get no message at all: malformed, but
    implemented."""
    empty = pb.message_class(rpc.request)()
    method = name.removeprefix(f"{pb.PACKAGE}.")
    try:
        answer = subject.client.call_by_name(method, iter(()) if rpc.streams_requests else empty)
        if rpc.streams_responses:
            next(iter(answer), None)
            answer.cancel()
    except CallError as error:
        return error.code
    return ""


@check("capabilities.sampling_parameters")
def sampling_parameters(subject: Subject) -> str:
    """sampling.proto, SamplingParams: a field that is not neutral and not declared is
    UNIMPLEMENTED; declared ones are taken."""
    declared = set(subject.capabilities.sampling.parameters)
    for name, fields in PARAMETERS.items():
        if name in declared:
            subject.sample(**fields)
        else:
            subject.refused(f"undeclared {name}", lambda fields=fields: subject.sample(**fields), "UNIMPLEMENTED")
    requests = {"priority": subject.sample_request(), "sample_timeout_seconds": subject.sample_request()}
    requests["priority"].priority = 3
    requests["sample_timeout_seconds"].sample_timeout_seconds = 30.0
    for name, request in requests.items():

        def call(request: pb.SampleRequest = request) -> object:
            return list(subject.client.call("SamplingService/Sample", request))

        if name in declared:
            call()
        else:
            subject.refused(f"undeclared {name}", call, "UNIMPLEMENTED")
    return f"declared: {', '.join(sorted(declared))}; the others are refused"


@check("capabilities.sampling_bounds")
def sampling_bounds(subject: Subject) -> str:
    """sampling.proto, SamplingParams: values outside their bounds, no prompt, n = 0 and a wrong
    number of seeds are INVALID_ARGUMENT."""
    bad: list[pb.SamplingParamsFields] = [
        {"max_tokens": 0},
        {"temperature": -1.0},
        {"temperature": float("nan")},
        {"top_p": 0.0},
        {"top_p": 1.5},
    ]
    for fields in bad:
        subject.refused(str(fields), lambda fields=fields: subject.sample(**fields), "INVALID_ARGUMENT")
    subject.refused("no prompt", lambda: subject.sample([]), "INVALID_ARGUMENT")
    request = subject.sample_request(n=2)
    request.prompts[0].n = 3
    for what in ("n = 3 with two seeds", "n = 0"):
        subject.refused(what, lambda: list(subject.client.call("SamplingService/Sample", request)), "INVALID_ARGUMENT")
        del request.prompts[0].seeds[:]
        request.prompts[0].n = 0
    above = subject.capabilities.sampling.max_samples_per_prompt + 1
    error = _refusal(lambda: subject.sample(n=above, max_tokens=1))
    expect(error in ("UNIMPLEMENTED", "INVALID_ARGUMENT"), f"n = {above}, one above the declared most, gave {error}")
    return f"{len(bad) + 4} requests outside the bounds are refused"


@check("capabilities.logprob_modes")
def logprob_modes(subject: Subject) -> str:
    """info.proto, SamplingCapabilities.logprob_modes and returns: declared ones are told back in
    SampleStarted, others are UNIMPLEMENTED."""
    declared = subject.capabilities.sampling
    for name, number in pb.enum_values("LogprobMode").items():
        if name == "unspecified":
            told = subject.sample(max_tokens=1).semantics.mode
            expect(told == declared.logprob_modes[0], "the default mode is not the first declared one")
        elif number in declared.logprob_modes:
            told = subject.sample(max_tokens=1, mode=name).semantics
            expect(told.mode == number, f"asked for {name}, told {pb.enum_name('LogprobMode', told.mode)}")
            expect(told.source == declared.logprob_source, "the source differs from the declared one")
        else:
            subject.refused(name, lambda name=name: subject.sample(max_tokens=1, mode=name), "UNIMPLEMENTED")
    requests = {"top_logprobs": subject.sample_request(), "prompt_logprobs": subject.sample_request()}
    requests["top_logprobs"].returns.top_logprobs = 2
    requests["prompt_logprobs"].returns.prompt_logprobs = True
    for name, request in requests.items():
        if name not in declared.returns:
            subject.refused(
                name, lambda r=request: list(subject.client.call("SamplingService/Sample", r)), "UNIMPLEMENTED"
            )
    return f"{len(declared.logprob_modes)} modes are declared and told back"


@check("capabilities.losses")
def loss_forms(subject: Subject) -> str:
    """info.proto, TrainingCapabilities: every declared loss, surrogate, ratio, baseline, correction
    and KL estimator is taken; every other one is UNIMPLEMENTED."""
    training = subject.capabilities.training
    zeros = (0.0,) * 4
    batch = subject.batch(2).changed(lambda row: replace(row, old=zeros, behaviour=zeros, reference=zeros))
    forms: dict[str, tuple[pb.LossSpec, bool]] = {}

    def add(name: str, loss: pb.LossSpec, *declared: bool) -> None:
        forms[name] = (loss, all(declared))

    has = subject.declares
    gradient = has("LossKind", "policy_gradient", training.losses)
    token = has("RatioLevel", "token", training.ratios) and gradient
    current = has("RatioBaseline", "current", training.ratio_baselines)
    usable = token and current
    cross = pb.LossSpec(cross_entropy=pb.CrossEntropyLoss())
    external = pb.LossSpec(external_gradient=pb.ExternalGradientLoss())
    add("cross_entropy", cross, has("LossKind", "cross_entropy", training.losses))
    if not has("LossKind", "external_gradient", training.losses):
        add("external_gradient", external, False)
    kinds = training.surrogates
    for name, make in (("ppo_clip", losses.ppo), ("cispo", losses.cispo), ("plain", losses.plain)):
        add(name, make(baseline="current"), usable, has("SurrogateKind", name, kinds))
    base = next(
        (
            make
            for name, make in (("plain", losses.plain), ("ppo_clip", losses.ppo))
            if has("SurrogateKind", name, kinds)
        ),
        losses.ppo,
    )
    for level in ("token", "sequence"):
        add(f"ratio {level}", base(level, "current"), gradient, current, has("RatioLevel", level, training.ratios))
    for baseline in ("old", "behaviour", "current"):
        add(
            f"baseline {baseline}",
            base(baseline=baseline),
            token,
            has("RatioBaseline", baseline, training.ratio_baselines),
        )
    for kind in pb.enum_values("CorrectionKind"):
        if kind not in ("unspecified", "none"):
            correction = losses.correction(kind, 0.5, 2.0, "current_over_behaviour")
            loss = base(baseline="current", correction=correction)
            add(f"correction {kind}", loss, usable, has("CorrectionKind", kind, training.corrections))
    client = has("ReferenceKind", "client_logprobs", training.kl_references)
    for kind in ("k1", "k2", "k3"):
        loss = base(baseline="current", kl=losses.kl(kind, 0.1))
        add(f"kl {kind}", loss, usable, client, has("KlEstimator", kind, training.kl_estimators))
    for kind in ("base", "adapter_off", "version"):
        if not has("ReferenceKind", kind, training.kl_references):
            loss = base(baseline="current", kl=losses.kl("k3", 0.1))
            loss.policy_gradient.kl.reference = pb.enum_number("ReferenceKind", kind)
            add(f"kl reference {kind}", loss, False)
    for name, (loss, declared) in forms.items():
        if declared:
            subject.train(batch, loss=loss, rate=0.0)
        else:
            subject.refused(
                f"undeclared {name}", lambda loss=loss: subject.train(batch, loss=loss, rate=0.0), "UNIMPLEMENTED"
            )
    taken = sum(declared for _, declared in forms.values())
    return f"{taken} declared forms are taken, {len(forms) - taken} undeclared ones refused"


@check("capabilities.columns")
def columns(subject: Subject) -> str:
    """losses.proto: a loss without a column that its formula reads is INVALID_ARGUMENT."""
    training = subject.capabilities.training
    reads = {
        "old": losses.ppo(baseline="old"),
        "behaviour": losses.ppo(baseline="behaviour"),
    }
    tried = 0
    for baseline, loss in reads.items():
        if subject.declares("RatioBaseline", baseline, training.ratio_baselines):
            tried += 1
            subject.refused(
                f"baseline {baseline} without its column",
                lambda loss=loss: subject.train(subject.batch(), loss=loss, rate=0.0),
                "INVALID_ARGUMENT",
            )
    return f"{tried} losses without their column are refused"


@check("capabilities.open")
def opening(subject: Subject) -> str:
    """session.proto, OpenRequest: undeclared training modes, dtypes and engine settings are
    UNIMPLEMENTED; a lease outside 2 to 3600 s, an empty open_key and engine settings that are not
    JSON are INVALID_ARGUMENT."""
    declared = subject.capabilities

    def open_other(**fields: Unpack[pb.OpenRequestFields]) -> object:
        values: pb.OpenRequestFields = {"take_over": True, **fields}
        return open_with(subject.connect(), subject.target, declared, **values)

    if not subject.declares("Trainable", "lora", declared.trainable):
        subject.refused("lora", lambda: open_other(lora=pb.LoraSpec(rank=4, alpha=8.0)), "UNIMPLEMENTED")
    for name, number in pb.enum_values("ComputeDtype").items():
        if number and number not in declared.compute_dtypes:
            subject.refused(name, lambda number=number: open_other(compute_dtype=number), "UNIMPLEMENTED")
    subject.refused("an unknown engine setting", lambda: open_other(engine_json='{"no_such": 1}'), "UNIMPLEMENTED")
    refused: dict[str, pb.OpenRequestFields] = {
        "engine settings that are not JSON": {"engine_json": "["},
        "a lease of 1 s": {"lease_seconds": 1.0},
        "a lease of 2 h": {"lease_seconds": 7200.0},
        "an empty open_key": {"open_key": ""},
        "a long open_key": {"open_key": "k" * 129},
        "no model": {"model": ""},
    }
    for what, fields in refused.items():
        subject.refused(what, lambda fields=fields: open_other(**fields), "INVALID_ARGUMENT")
    expect(subject.describe().epoch == subject.client.epoch, "a refused Open took the session over")
    return "what is not declared is refused before anything happens"


@check("capabilities.one_model")
def one_model(subject: Subject) -> str:
    """session.proto, Open: FAILED_PRECONDITION, reason MODEL_ALREADY_LOADED, when a model with
    other settings is loaded."""

    def other() -> object:
        return open_with(
            subject.connect(), subject.target, subject.capabilities, seed=subject.target.seed + 1, take_over=True
        )

    subject.refused("the same model with another seed", other, "FAILED_PRECONDITION", "MODEL_ALREADY_LOADED")
    return "another seed needs another process"


@check("capabilities.publish_modes")
def publish_modes(subject: Subject) -> str:
    """info.proto, publish_modes: undeclared modes are UNIMPLEMENTED; declared ones publish."""
    subject.need("WeightsService/Publish")
    subject.silence.require(1)
    for name, number in pb.enum_values("PublishMode").items():
        header = subject.client.header(expected_step=subject.step, client_seq=subject.describe().last_client_seq + 1)
        request = pb.PublishRequest(header=header, mode=number)

        def publish(request: pb.PublishRequest = request) -> object:
            return subject.client.simple("WeightsService/Publish", request)

        if number == 0 or number in subject.capabilities.publish_modes:
            publish()
        else:
            subject.refused(f"undeclared mode {name}", publish, "UNIMPLEMENTED")
    return "modes work as declared"


@check("capabilities.scoring_targets")
def scoring_targets(subject: Subject) -> str:
    """scoring.proto: a target kind that is not declared in scoring_references is UNIMPLEMENTED;
    `current` always works."""
    subject.need("ScoringService/ComputeLogprobs")
    declared = subject.capabilities.scoring_references
    kinds = {pb.enum_name("ReferenceKind", one) for one in declared}
    subject.logprobs(subject.supervised())
    version = subject.publish().version if subject.can("WeightsService/Publish") else 0
    targets = {
        "version": (pb.ScoringTarget(policy_version=version), "version" in kinds),
        "reference": (pb.ScoringTarget(reference=True), bool(kinds & {"base", "adapter_off"})),
    }
    for name, (target, works) in targets.items():

        def score(target: pb.ScoringTarget = target) -> object:
            return subject.logprobs(subject.supervised(), target)

        if works:
            score()
        else:
            subject.refused(f"undeclared target {name}", score, "UNIMPLEMENTED")
    return f"current{''.join(f', {name}' for name, (_, works) in targets.items() if works)} can be scored"


def _refusal(action: Callable[[], object]) -> str:
    try:
        action()
    except CallError as error:
        return error.code
    return "OK"
