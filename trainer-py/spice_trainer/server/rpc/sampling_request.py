"""Converts a SampleRequest message for the backend. Refuses values that are malformed or not
declared."""

from __future__ import annotations

import math
import random

from spice_trainer.api import Capabilities, PromptSpec, SampleRequest, SamplingParams
from spice_trainer.api.names import LogprobMode
from spice_trainer.server.rpc.tokens import to_prompt
from spice_trainer.server.wire import pb
from spice_trainer.server.wire.errors import invalid, unimplemented


def sample_request(
    message: pb.SampleRequest, declared: Capabilities, vocabulary: int, source: random.Random
) -> tuple[SampleRequest, list[int]]:
    """Returns the request, and the seeds that were made with `source` for prompts without seeds."""
    if not 1 <= len(message.request_id) <= 128:
        raise invalid("REQUEST_ID", "request_id must have 1 to 128 characters")
    if not message.prompts:
        raise invalid("PROMPTS", "prompts is empty")
    if message.priority and "priority" not in declared.sampling_parameters:
        raise unimplemented("priority")
    if message.sample_timeout_seconds and "sample_timeout_seconds" not in declared.sampling_parameters:
        raise unimplemented("sample_timeout_seconds")
    for name, asked in (
        ("top_logprobs", message.returns.top_logprobs),
        ("prompt_logprobs", message.returns.prompt_logprobs),
    ):
        if asked:
            raise unimplemented(f"returning {name}")
    drawn: list[int] = []
    prompts = tuple(_prompt(one, declared, vocabulary, source, drawn) for one in message.prompts)
    if drawn and len(drawn) != sum(len(one.seeds) for one in prompts):
        raise invalid("SEEDS", "give seeds for every prompt or for none")
    request = SampleRequest(
        prompts=prompts,
        params=_params(message.params, declared, vocabulary),
        policy_version=_version(message),
        want_logprobs=message.returns.logprobs,
        logprob_mode=_mode(message.logprob_mode, declared),
    )
    return request, drawn


def _prompt(
    message: pb.PromptSpec, declared: Capabilities, vocabulary: int, source: random.Random, drawn: list[int]
) -> PromptSpec:
    if message.n < 1:
        raise invalid("SAMPLES", "n must be at least 1")
    if message.n > declared.max_samples_per_prompt:
        raise unimplemented(f"n = {message.n} (at most {declared.max_samples_per_prompt} samples a prompt)")
    seeds = tuple(message.seeds)
    if seeds and len(seeds) != message.n:
        raise invalid("SEEDS", f"a prompt has n = {message.n} and {len(seeds)} seeds")
    if seeds and declared.seed_support == "none":
        raise unimplemented("seeds")
    if not seeds:
        seeds = tuple(source.getrandbits(64) for _ in range(message.n))
        drawn.extend(seeds)
    return PromptSpec(to_prompt(message.prompt, vocabulary), seeds)


def _params(message: pb.SamplingParams, declared: Capabilities, vocabulary: int) -> SamplingParams:
    if message.max_tokens < 1:
        raise invalid("SAMPLING", "max_tokens must be at least 1")
    temperature = message.temperature if message.HasField("temperature") else 1.0
    top_p = message.top_p if message.HasField("top_p") else 1.0
    if not math.isfinite(temperature) or temperature < 0:
        raise invalid("SAMPLING", f"temperature must be 0 or more, not {temperature}")
    if not 0 < top_p <= 1:
        raise invalid("SAMPLING", f"top_p must be above 0 to 1, not {top_p}")
    if not 0 <= message.min_p <= 1:
        raise invalid("SAMPLING", f"min_p must be 0 to 1, not {message.min_p}")
    if any(token >= vocabulary for token in message.stop_token_ids) or "" in message.stop_strings:
        raise invalid("SAMPLING", "a stop token id is outside the vocabulary, or a stop string is empty")
    used = {
        "temperature": temperature != 1.0,
        "top_p": top_p != 1.0,
        "top_k": message.top_k != 0,
        "min_p": message.min_p != 0,
        "stop_token_ids": bool(message.stop_token_ids),
        "stop_strings": bool(message.stop_strings),
        "ignore_eos": message.ignore_eos,
        "logit_bias": bool(message.logit_bias),
    }
    for name, is_used in used.items():
        if is_used and name not in declared.sampling_parameters:
            raise unimplemented(f"sampling parameter {name}")
    return SamplingParams(
        max_tokens=message.max_tokens,
        temperature=temperature,
        top_p=top_p,
        top_k=message.top_k,
        min_p=message.min_p,
        stop_token_ids=tuple(message.stop_token_ids),
        stop_strings=tuple(message.stop_strings),
        ignore_eos=message.ignore_eos,
    )


def _version(message: pb.SampleRequest) -> int | None:
    selector = message.version.WhichOneof("selector")
    if selector == "latest" and not message.version.latest:
        raise invalid("VERSION", "version.latest must be true; leave version out for the newest")
    return message.version.exact if selector == "exact" else None


def _mode(number: int, declared: Capabilities) -> LogprobMode:
    name = pb.enum_name("LogprobMode", number)
    if name is None:
        raise invalid("ENUM", f"LogprobMode {number} is unknown")
    if name == "unspecified":
        name = declared.logprob_modes[0]
    if name not in declared.logprob_modes:
        raise unimplemented(f"log-probability mode {name}")
    return name
