"""Converts dataclasses of the backend to messages of the contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar, cast

import numpy as np

from spice_trainer.api import (
    Capabilities,
    CheckpointInfo,
    ModelInfo,
    OptimResult,
    PolicyVersion,
    RoleStats,
    TrainResult,
)
from spice_trainer.server import limits
from spice_trainer.server.wire import columns, descriptors, pb

_ROLES: Mapping[str, pb.SequenceRoleName] = {
    "": "unspecified",
    "challenger": "challenger",
    "reasoner": "reasoner",
    "warmup": "warmup",
}
"""Name in the contract of each role of the statistics of a backend, in the order of sending."""
Name = TypeVar("Name", bound=str)
Number = TypeVar("Number", bound=int)
RETURNS = ("text", "logprobs", "prompt_ids")
"""ReturnMask fields that the service supports with every backend."""


def model_info(model: ModelInfo) -> pb.ModelInfo:
    """Returns the ModelInfo message."""
    return pb.ModelInfo(
        name=model.name,
        parameters=model.parameters,
        trainable_parameters=model.trainable_parameters,
        vocabulary=model.vocabulary,
        max_context_tokens=model.max_context_tokens,
        weights_dtype=model.weights_dtype,
        compute_dtype=model.compute_dtype,
        device=model.device,
        model_fingerprint=model.model_fingerprint,
        tokenizer_fingerprint=model.tokenizer_fingerprint,
        tokenizer_path=model.tokenizer_path,
        eos_token_ids=model.eos_token_ids,
    )


def capabilities(declared: Capabilities, methods: list[str]) -> pb.GetCapabilitiesResponse:
    """Returns the GetCapabilitiesResponse message."""
    return pb.GetCapabilitiesResponse(
        backend=declared.backend,
        methods=methods,
        trainable=_numbers(pb.enum_values("Trainable"), declared.trainable),
        max_lora_rank=declared.max_lora_rank,
        compute_dtypes=_numbers(pb.enum_values("ComputeDtype"), declared.compute_dtypes),
        training=pb.TrainingCapabilities(
            losses=[pb.enum_number("LossKind", one) for one in declared.losses if one != "external_gradient"],
            surrogates=[pb.enum_number("SurrogateKind", one) for one in declared.surrogates],
            ratios=[pb.enum_number("RatioLevel", one) for one in declared.ratios],
            ratio_baselines=[pb.enum_number("RatioBaseline", one) for one in declared.ratio_baselines],
            corrections=[pb.enum_number("CorrectionKind", one) for one in declared.corrections],
            kl_estimators=[pb.enum_number("KlEstimator", one) for one in declared.kl_estimators],
            kl_references=[pb.enum_number("ReferenceKind", one) for one in declared.kl_references],
            max_tokens_per_microbatch=declared.max_tokens_per_microbatch,
            max_batch_bytes=limits.MAX_BATCH_BYTES,
        ),
        sampling=pb.SamplingCapabilities(
            parameters=declared.sampling_parameters,
            logprob_modes=[pb.enum_number("LogprobMode", one) for one in declared.logprob_modes],
            logprob_source=pb.enum_number("LogprobSource", declared.logprob_source),
            seed_support=pb.enum_number("SeedSupport", declared.seed_support),
            max_samples_per_prompt=declared.max_samples_per_prompt,
            max_in_flight_samples=declared.max_in_flight_samples,
            max_queued_samples=limits.MAX_QUEUED_SAMPLES,
            max_request_tokens=limits.MAX_REQUEST_TOKENS,
            max_unsent_bytes=limits.MAX_UNSENT_BYTES,
            concurrent_with_training=declared.concurrent_train_and_sample,
            returns=RETURNS,
        ),
        scoring_references=_numbers(pb.enum_values("ReferenceKind"), declared.scoring_references),
        publish_modes=_numbers(pb.enum_values("PublishMode"), publish_modes(declared)),
        checkpoint_scopes=_numbers(pb.enum_values("CheckpointScope"), declared.checkpoint_scopes),
        determinism=pb.Determinism(descriptors.enum_number("Determinism", declared.determinism)),
        max_message_bytes=limits.MAX_MESSAGE_BYTES,
        max_queued_operations=limits.MAX_QUEUED_OPERATIONS,
        max_sessions=1,
        max_metadata_bytes=limits.MAX_METADATA_BYTES,
        max_concurrent_streams=limits.MAX_CONCURRENT_STREAMS,
        quirks=declared.quirks,
        versions=declared.versions,
        hardware=declared.hardware,
        engine_schema=declared.engine_schema,
    )


def publish_modes(declared: Capabilities) -> tuple[str, ...]:
    """Returns the modes of the backend, its default first, and the modes that the service adds by
    delaying requests around a publish."""
    return (*declared.publish_modes, *(one for one in ("drain", "abort") if one not in declared.publish_modes))


def policy_version(version: PolicyVersion, *, state: pb.PolicyStateName = "active") -> pb.PolicyVersion:
    """Returns the PolicyVersion message."""
    return pb.PolicyVersion(
        version=version.version,
        parent_step=version.parent_step,
        digest=version.digest,
        kind=pb.enum_number("PolicyKind", version.kind),
        state=pb.enum_number("PolicyState", state),
    )


def checkpoint(
    info: CheckpointInfo, path: str, scopes: Iterable[str], metadata: Mapping[str, str]
) -> pb.CheckpointInfo:
    """Returns the CheckpointInfo message. `path` is relative to the checkpoint root."""
    return pb.CheckpointInfo(
        path=path,
        step=info.step,
        digest=info.digest,
        bytes=info.bytes,
        scopes=_numbers(pb.enum_values("CheckpointScope"), scopes),
        metadata=metadata,
    )


def train_result(result: TrainResult, lag: Mapping[int, int]) -> pb.ForwardBackwardResult:
    """Returns the ForwardBackwardResult message."""
    out = pb.ForwardBackwardResult(
        loss=result.loss,
        non_finite=result.non_finite,
        statistics=[_statistics(name, result.stats[role]) for role, name in _ROLES.items() if role in result.stats],
        tokens=result.tokens,
        padded_tokens=result.padded_tokens,
        microbatches=result.microbatches,
        forward_seconds=result.seconds_forward,
        backward_seconds=result.seconds_backward,
        peak_memory_bytes=result.peak_memory_bytes,
        lag=[pb.LagBucket(lag=age, tokens=tokens) for age, tokens in lag.items()],
    )
    if result.current_logprobs is not None:
        out.current_logprobs.CopyFrom(columns.to_ragged(columns.from_rows(result.current_logprobs, "float32")))
    return out


def optim_result(result: OptimResult) -> pb.OptimStepResult:
    """Returns the OptimStepResult message."""
    norm = result.grad_norm if np.isfinite(result.grad_norm) else float("nan")
    return pb.OptimStepResult(step=result.step, grad_norm=norm, skipped=result.skipped, seconds=result.seconds)


def train_metrics(result: TrainResult) -> dict[str, float]:
    """Returns the numbers of a gradient computation as flat event values."""
    values = {
        "loss": result.loss,
        "tokens": float(result.tokens),
        "padded_tokens": float(result.padded_tokens),
        "microbatches": float(result.microbatches),
        "forward_seconds": result.seconds_forward,
        "backward_seconds": result.seconds_backward,
        "peak_memory_bytes": float(result.peak_memory_bytes),
    }
    for role, stats in result.stats.items():
        for name in stats.__dataclass_fields__:
            values[f"{role or 'all'}.{name}"] = float(getattr(stats, name))
    return values


def _statistics(role: pb.SequenceRoleName, stats: RoleStats) -> pb.RoleStatistics:
    values = {name: getattr(stats, name) for name in stats.__dataclass_fields__}
    return pb.RoleStatistics(role=pb.enum_number("SequenceRole", role), **values)


def _numbers(known: Mapping[Name, Number], values: Iterable[str]) -> list[Number]:
    """Returns the enum numbers of names that the backend gives as text. Raises KeyError for a name
    that the enum does not have."""
    numbers = cast("Mapping[str, Number]", known)
    return [numbers[value] for value in values]
