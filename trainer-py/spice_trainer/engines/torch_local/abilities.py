"""Abilities of the local sampler on this machine, and the self-test for reproducible seeds."""

from __future__ import annotations

import functools

import torch

from spice_trainer.api import names
from spice_trainer.engines.shared.capabilities import SamplerAbilities
from spice_trainer.engines.shared.hardware import pick_device
from spice_trainer.engines.shared.torch_model.linear import PackedLinear, can_pack, pack


def sampler_abilities() -> SamplerAbilities:
    """Returns the abilities. Seeds repeat samples bit by bit where `batch_invariant` is true."""
    invariant = batch_invariant(pick_device("auto").type)
    return SamplerAbilities(
        parameters=names.sampling_parameters_without("ignore_eos"),
        logprob_modes=names.LOGPROB_MODES,
        seed_support="bitwise" if invariant else "best_effort",
        determinism="E0" if invariant else "E1",
        quirks=(
            "samples of an older version finish on it; requests for a newer one start after them",
            "at temperature 0 the temperature_scaled log-probability is the raw one",
        ),
    )


@functools.cache
def batch_invariant(device_type: str) -> bool:
    """Whether the products of the sampler give a row the same bits in any batch on this machine.
    The function measures it. The test covers the linear layer (rows 1 to 65 against 96, short and
    long sums) and the batched products of the keys of a row. Attention over prompts always has
    shapes that depend on the position or the prompt only."""
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
    """Whether a row times a weight of [out, width] has the same bits for any number of rows."""
    x, weight = torch.randn(96, width, generator=generator), torch.randn(out, width, generator=generator)
    layer = PackedLinear()
    layer.packed = can_pack(torch.device("cpu"), torch.float32)
    layer.weight = pack(weight) if layer.packed else weight
    whole = layer(x)
    return all(torch.equal(layer(x[:rows]), whole[:rows]) for rows in (1, 2, 3, 5, 8, 17, 33, 65))
