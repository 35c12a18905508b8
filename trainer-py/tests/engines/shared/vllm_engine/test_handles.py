"""CUDA IPC handles cross as JSON and come back the same."""

from __future__ import annotations

import json

import pytest
import torch

from spice_trainer.engines.shared.vllm_engine.handles import decode, encode

HANDLE = (
    torch.Tensor,
    torch.Size([4096]),
    (1,),
    0,
    torch.storage.TypedStorage,
    torch.uint8,
    3,
    b"\x00memory\xff",
    4096,
    512,
    False,
    b"counter",
    7,
    b"event",
    True,
)


def test_a_handle_comes_back_as_it_was() -> None:
    crossed = json.loads(json.dumps(encode({"GPU-1": HANDLE})))
    assert decode(crossed) == {"GPU-1": HANDLE}


@pytest.mark.parametrize(
    "other",
    [
        HANDLE[:-1],
        (torch.nn.Parameter, *HANDLE[1:]),
        (*HANDLE[:4], torch.UntypedStorage, *HANDLE[5:]),
        (*HANDLE[:10], True, *HANDLE[11:]),
    ],
)
def test_a_handle_of_another_form_is_refused(other: tuple[object, ...]) -> None:
    with pytest.raises(ValueError, match="handle"):
        encode({"GPU-1": other})


def test_nothing_but_a_number_format_is_looked_up_in_torch() -> None:
    crossed = encode({"GPU-1": HANDLE})
    crossed["GPU-1"]["dtype"] = "load"
    with pytest.raises(ValueError, match="number format"):
        decode(crossed)
