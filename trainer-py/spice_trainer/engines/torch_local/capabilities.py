"""What this backend declares, and the self-test behind its strongest claim."""

from __future__ import annotations

import functools
import platform
from importlib.metadata import version

import torch

from spice_trainer.api import Capabilities
from spice_trainer.engines.shared.checks import MAX_IN_FLIGHT_SAMPLES, MAX_SAMPLES_PER_PROMPT
from spice_trainer.engines.shared.hardware import describe, has_native_bfloat16, pick_device
from spice_trainer.engines.torch_local.sampler.linear import PackedLinear, can_pack, pack
from spice_trainer.engines.torch_local.settings import ENGINE_SCHEMA, parse_settings

MAX_LORA_RANK = 256


def declare(train_tokens: int) -> Capabilities:
    """Capabilities on this machine."""
    device = pick_device("auto")
    invariant = batch_invariant(device.type)
    dtypes = ("float32", "bfloat16") if has_native_bfloat16(device) else ("float32",)
    return Capabilities(
        backend="torch",
        trainable=("full", "lora"),
        max_lora_rank=MAX_LORA_RANK,
        compute_dtypes=dtypes,
        losses=("policy_gradient", "cross_entropy"),
        surrogates=("ppo_clip", "cispo", "plain"),
        ratios=("token", "sequence", "none"),
        ratio_baselines=("old", "behaviour", "current"),
        corrections=(
            "none",
            "token_truncate",
            "sequence_truncate",
            "token_mask",
            "sequence_mask",
            "geometric_mask",
        ),
        kl_estimators=("none", "k1", "k2", "k3"),
        kl_references=("client_logprobs",),
        scoring_references=("base", "adapter_off", "version"),
        sampling_parameters=("temperature", "top_p", "top_k", "min_p", "stop_token_ids", "stop_strings", "seed"),
        logprob_modes=("raw", "temperature_scaled", "processed"),
        logprob_source="emitted",
        seed_support="bitwise" if invariant else "best_effort",
        determinism="E0" if invariant else "E1",
        checkpoint_scopes=("weights", "optimizer", "rng"),
        publish_modes=("keep",),
        concurrent_train_and_sample=True,
        max_samples_per_prompt=MAX_SAMPLES_PER_PROMPT,
        max_in_flight_samples=MAX_IN_FLIGHT_SAMPLES,
        max_tokens_per_microbatch=train_tokens,
        quirks=(
            "samples of an older version finish on it; requests for a newer one start after them",
            "at temperature 0 the temperature_scaled log-probability is the raw one",
            "weight decay applies to every trainable tensor, norms and embeddings included",
        ),
        versions={
            "python": platform.python_version(),
            **{name: version(name) for name in ("torch", "transformers", "peft", "safetensors")},
        },
        hardware=describe(device),
        engine_schema=ENGINE_SCHEMA,
    )


def default_capabilities() -> Capabilities:
    """Before a session is open."""
    return declare(parse_settings({}).train_tokens)


@functools.cache
def batch_invariant(device_type: str) -> bool:
    """Whether the sampler's products give a row the same bits in any batch here: checked, not assumed.

    Covers the linear layer (rows 1 to 65 against 96, short and long sums) and the batched products of a row's own keys.
    Attention over prompts always runs in shapes that depend on the position or the prompt alone.
    """
    if device_type != "cpu":
        return False
    generator = torch.Generator().manual_seed(1)
    if not all(_rows_alone(width, out, generator) for width, out in ((192, 320), (1536, 576), (4096, 64))):
        return False
    query = torch.randn(96, 3, 3, 64, generator=generator)
    keys = torch.randn(96, 3, 128, 64, generator=generator)
    scores = query @ keys.transpose(-1, -2)
    parts = [(rows, width) for rows in (1, 7, 33) for width in (32, 96)]
    return all(
        torch.equal(query[:rows] @ keys[:rows, :, :width].transpose(-1, -2), scores[:rows, ..., :width])
        for rows, width in parts
    )


def _rows_alone(width: int, out: int, generator: torch.Generator) -> bool:
    """Whether a row times a weight of [out, width] has the same bits among any number of rows."""
    x, weight = torch.randn(96, width, generator=generator), torch.randn(out, width, generator=generator)
    layer = PackedLinear()
    layer.packed = can_pack(torch.device("cpu"), torch.float32)
    layer.weight = pack(weight) if layer.packed else weight
    whole = layer(x)
    return all(torch.equal(layer(x[:rows]), whole[:rows]) for rows in (1, 2, 3, 5, 8, 17, 33, 65))
