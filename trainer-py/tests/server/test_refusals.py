"""What is malformed or not declared is refused with the documented error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from spice_conformance.client import TOKEN, CallError, Client
from spice_conformance.messages import cross_entropy, make_batch, policy_gradient
from spice_trainer.server.wire import columns, pb
from spice_trainer.server.wire.columns import Column
from tests.server.harness import BATCH, Trainer, refused


def test_capabilities_name_every_working_method(client: Client) -> None:
    declared = client.call("InfoService/GetCapabilities", pb.GetCapabilitiesRequest())
    assert "spice.trainer.v1.TrainingService/TrainStep" in declared.methods
    for method, request in {
        "SamplingService/Pause": pb.PauseRequest(),
        "CheckpointService/Export": pb.ExportRequest(),
    }.items():
        assert f"{pb.PACKAGE}.{method}" not in declared.methods
        assert refused(lambda method=method, request=request: client.call(method, request))[0] == "UNIMPLEMENTED"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"logit_bias": {5: 1.0}}, "UNIMPLEMENTED"),
        ({"max_tokens": 0}, "INVALID_ARGUMENT"),
        ({"temperature": -1.0}, "INVALID_ARGUMENT"),
        ({"temperature": float("nan")}, "INVALID_ARGUMENT"),
        ({"top_p": 0.0}, "INVALID_ARGUMENT"),
        ({"stop_token_ids": [999]}, "INVALID_ARGUMENT"),
        ({"returns": {"top_logprobs": 3}}, "UNIMPLEMENTED"),
        ({"returns": {"prompt_logprobs": True}}, "UNIMPLEMENTED"),
        ({"request_id": ""}, "INVALID_ARGUMENT"),
        ({"n": 5000}, "UNIMPLEMENTED"),
        ({"version": pb.VersionSelector(exact=9)}, "NOT_FOUND"),
        ({"version": pb.VersionSelector(latest=False)}, "INVALID_ARGUMENT"),
    ],
)
def test_sampling(client: Client, fields: dict[str, Any], code: str) -> None:
    assert refused(lambda: client.sample(["p"], **fields))[0] == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"priority": 1}, "UNIMPLEMENTED"),
        ({"sample_timeout_seconds": 1.0}, "UNIMPLEMENTED"),
        ({"logprob_mode": 77}, "INVALID_ARGUMENT"),
        ({"prompts": []}, "INVALID_ARGUMENT"),
        ({"prompts": [pb.PromptSpec(n=1)]}, "INVALID_ARGUMENT"),
        ({"prompts": [pb.PromptSpec(prompt=pb.Prompt(text="p"))]}, "INVALID_ARGUMENT"),
        ({"prompts": [pb.PromptSpec(prompt=pb.Prompt(text="p"), n=2, seeds=[1])]}, "INVALID_ARGUMENT"),
        ({"prompts": [pb.PromptSpec(prompt=pb.Prompt(token_ids=b"abc"), n=1)]}, "INVALID_ARGUMENT"),
        ({"prompts": [pb.PromptSpec(prompt=pb.Prompt(text="p" * 2048), n=1)]}, "OUT_OF_RANGE"),
    ],
)
def test_sample_requests(client: Client, change: dict[str, Any], code: str) -> None:
    request = client.sample_request(["p"])
    for name, value in change.items():
        if name == "prompts":
            del request.prompts[:]
            request.prompts.extend(value)
        else:
            setattr(request, name, value)
    assert refused(lambda: list(client.call("SamplingService/Sample", request)))[0] == code


def _replace(name: str, column: Column | None) -> dict[str, Column]:
    batch = {**BATCH}
    if column is None:
        del batch[name]
    else:
        batch[name] = column
    return batch


@pytest.mark.parametrize(
    ("batch", "reason"),
    [
        (_replace("weights", None), "COLUMN_MISSING"),
        (_replace("advantages", None), "COLUMN_MISSING"),
        (_replace("temperature", None), "TEMPERATURE"),
        (_replace("temperature", Column(np.zeros(1, "<f4"), None)), "TEMPERATURE"),
        (_replace("weights", columns.from_rows([np.full(5, np.nan)], "float32")), "NOT_FINITE"),
        (_replace("weights", columns.from_rows([np.full(5, -1.0)], "float32")), "WEIGHTS"),
        (_replace("weights", columns.from_rows([np.ones(4)], "float32")), "COLUMN_ROWS"),
        (_replace("weights", Column(np.ones(5, "<f4"), np.array([0, 6], "<u4"))), "OFFSETS"),
        (_replace("weights", Column(np.ones(5, "<f4"), np.array([1, 5], "<u4"))), "OFFSETS"),
        (_replace("weights", columns.from_rows([np.ones(5)], "int32")), "COLUMN_DTYPE"),
        (_replace("weights", Column(np.ones(5, "<f4"), None)), "COLUMN_SHAPE"),
        (_replace("prompt_ref", Column(np.array([3], "<u4"), None)), "PROMPT_REF"),
        (_replace("completion_ids", columns.from_rows([np.array([1, 2, 3, 4, 257])], "int32")), "TOKEN_ID"),
        (_replace("completion_ids", columns.from_rows([np.empty(0)], "int32")), "ROW_EMPTY"),
        (_replace("prompt_ids", columns.from_rows([np.ones(2048)], "int32")), "CONTEXT_OVERFLOW"),
        (_replace("logprobs", columns.from_rows([np.ones(5)], "float32")), "COLUMN_UNEXPECTED"),
        (_replace("role", Column(np.array([9], "<u4"), None)), "ROLE"),
        (_replace("group_id", columns.from_rows([np.array([0xFF])], "uint8")), "TEXT"),
        (
            {
                **BATCH,
                "prompt_ref": Column(np.empty(0, "<u4"), None),
                "completion_ids": columns.from_rows([], "int32"),
            },
            "BATCH_EMPTY",
        ),
    ],
)
def test_batches(client: Client, batch: dict[str, Column], reason: str) -> None:
    assert refused(lambda: client.train_step(batch, 0))[1] == reason


def _kl(**fields: Any) -> Any:
    return policy_gradient(kl=pb.KlPenalty(**fields))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"loss": pb.LossSpec()}, ("INVALID_ARGUMENT", "LOSS")),
        ({"loss": pb.LossSpec(external_gradient=pb.ExternalGradientLoss())}, ("UNIMPLEMENTED", "NOT_DECLARED")),
        ({"loss": policy_gradient(ratio=99)}, ("INVALID_ARGUMENT", "ENUM")),
        ({"loss": policy_gradient(ratio_baseline=1)}, ("INVALID_ARGUMENT", "COLUMN_MISSING")),
        ({"loss": policy_gradient(correction=None)}, ("INVALID_ARGUMENT", "LOSS")),
        (
            {"loss": policy_gradient(correction=pb.Correction(kind=2, low=0, high=2, pair=1))},
            ("INVALID_ARGUMENT", "LOSS"),
        ),
        (
            {"loss": policy_gradient(correction=pb.Correction(kind=2, low=0, high=2, pair=2))},
            ("INVALID_ARGUMENT", "COLUMN_MISSING"),
        ),
        ({"loss": _kl(estimator=4, coefficient=0.1, reference=3)}, ("UNIMPLEMENTED", "NOT_DECLARED")),
        ({"loss": _kl(estimator=4, coefficient=0.1, reference=2)}, ("INVALID_ARGUMENT", "COLUMN_MISSING")),
        ({"loss": policy_gradient(entropy_coefficient=float("nan"))}, ("INVALID_ARGUMENT", "OUT_OF_BOUNDS")),
        ({"normalizer": float("inf")}, ("INVALID_ARGUMENT", "NORMALIZER")),
        ({"optim": pb.OptimSpec(learning_rate=-1, epsilon=1e-8)}, ("INVALID_ARGUMENT", "OUT_OF_BOUNDS")),
        ({"optim": pb.OptimSpec(learning_rate=1, beta1=1.0, epsilon=1e-8)}, ("INVALID_ARGUMENT", "OPTIM")),
        ({"optim": pb.OptimSpec(learning_rate=1)}, ("INVALID_ARGUMENT", "OPTIM")),
        ({"digest": b"0" * 32}, ("DATA_LOSS", "BATCH_DIGEST")),
    ],
)
def test_losses_and_optimisers(client: Client, fields: dict[str, Any], expected: tuple[str, str]) -> None:
    assert refused(lambda: client.train_step(BATCH, 0, **fields)) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"lora": pb.LoraSpec(rank=8, alpha=16)}, ("UNIMPLEMENTED", "NOT_DECLARED")),
        ({"compute_dtype": 2}, ("UNIMPLEMENTED", "NOT_DECLARED")),
        ({"compute_dtype": 9}, ("INVALID_ARGUMENT", "ENUM")),
        ({"lease_seconds": 1.0}, ("INVALID_ARGUMENT", "LEASE_SECONDS")),
        ({"open_key": ""}, ("INVALID_ARGUMENT", "OPEN_KEY")),
        ({"engine": "["}, ("INVALID_ARGUMENT", "ENGINE_JSON")),
        ({"engine": '{"learning": "much"}'}, ("INVALID_ARGUMENT", "ENGINE_SETTING")),
        ({"engine": '{"lerning": 1}'}, ("UNIMPLEMENTED", "NOT_DECLARED")),
        ({"engine": '{"script": "/nowhere.json"}'}, ("INVALID_ARGUMENT", "SCRIPT")),
    ],
)
def test_open(connect: Callable[..., Client], fields: dict[str, Any], expected: tuple[str, str]) -> None:
    client = connect()
    assert refused(lambda: client.open(**fields)) == expected
    client.open()


def test_before_open(connect: Callable[..., Client]) -> None:
    request = pb.TokenizeRequest(prompts=[pb.Prompt(text="p")])
    assert refused(lambda: connect().call("TokensService/Tokenize", request))[1] == "MODEL_NOT_LOADED"


def test_unknown_fields_of_a_newer_client(client: Client) -> None:
    newer = bytes.fromhex("ba3e0161")  # field 999, one byte
    request = client.sample_request(["p"])
    request.params.MergeFromString(newer)
    assert refused(lambda: list(client.call("SamplingService/Sample", request))) == ("UNIMPLEMENTED", "NOT_DECLARED")
    start = next(iter(client.train_messages(BATCH, 0)))
    start.start.loss.policy_gradient.kl.MergeFromString(newer)
    assert refused(lambda: client.call("TrainingService/TrainStep", iter([start])))[0] == "UNIMPLEMENTED"
    heartbeat = pb.HeartbeatRequest(session_id=client.session_id, epoch=client.epoch)
    heartbeat.MergeFromString(newer)
    assert refused(lambda: client.call("SessionService/Heartbeat", heartbeat))[0] == "UNIMPLEMENTED"


def test_token_and_deadline(connect: Callable[..., Client]) -> None:
    for token in (None, "wrong", TOKEN + "x"):
        with pytest.raises(CallError) as error:
            connect(token).call("InfoService/GetInfo", pb.GetInfoRequest())
        assert error.value.code == "UNAUTHENTICATED"
    client = connect()
    info = client.call("InfoService/GetInfo", pb.GetInfoRequest())
    assert (info.protocol, info.backend) == ("spice.trainer.v1", "fake")
    assert refused(lambda: client.call("InfoService/GetInfo", pb.GetInfoRequest(), timeout=None)) == (
        "INVALID_ARGUMENT",
        "DEADLINE_MISSING",
    )


@pytest.mark.parametrize("path", ["", "/etc", "../x", "a/../b", "a//b", ".hidden", "a/.b", "a\\b", "x" * 200, "a\0b"])
def test_checkpoint_paths_stay_inside(client: Client, path: str) -> None:
    save = pb.SaveRequest(header=client.header(), path=path)
    assert refused(lambda: client.simple("CheckpointService/Save", save)) == ("INVALID_ARGUMENT", "PATH")


def test_checkpoint_links_do_not_lead_out(trainer: Trainer, client: Client, tmp_path_factory: Any) -> None:
    root = trainer.runtime.checkpoint_root
    assert root is not None
    (root / "out").symlink_to(tmp_path_factory.mktemp("elsewhere"))
    save = pb.SaveRequest(header=client.header(), path="out/x")
    assert refused(lambda: client.simple("CheckpointService/Save", save)) == ("INVALID_ARGUMENT", "PATH")


def test_damaged_missing_and_existing_checkpoints(trainer: Trainer, client: Client) -> None:
    client.train_step(BATCH, 0, loss=cross_entropy())
    client.simple("CheckpointService/Save", pb.SaveRequest(header=client.header(), path="a"))

    def save() -> object:
        return client.simple("CheckpointService/Save", pb.SaveRequest(header=client.header(), path="a"))

    def load(path: str) -> object:
        return client.simple("CheckpointService/Load", pb.LoadRequest(header=client.header(), path=path))

    assert refused(save) == ("ALREADY_EXISTS", "CHECKPOINT_EXISTS")
    assert refused(lambda: load("b")) == ("NOT_FOUND", "CHECKPOINT_UNKNOWN")
    root = trainer.runtime.checkpoint_root
    assert root is not None
    file = root / "a" / "state.safetensors"
    raw = bytearray(file.read_bytes())
    raw[-1] ^= 1
    file.write_bytes(raw)
    assert refused(lambda: load("a")) == ("DATA_LOSS", "CHECKPOINT_DAMAGED")
    describe = pb.CheckpointServiceDescribeRequest(path="a", verify=True)
    assert refused(lambda: client.call("CheckpointService/Describe", describe))[0] == "DATA_LOSS"


def test_twenty_mebibytes_in_chunks(connect: Callable[..., Client]) -> None:
    client = connect()
    client.open('{"script": "none"}', lease_seconds=600)
    prompts = 20 * 2**20 // (2047 * 4) + 1
    batch = make_batch(["p" * 2047] * prompts, [(index, "x") for index in range(prompts)])
    assert sum(column.data.nbytes for column in batch.values()) > 20 * 2**20
    result = client.train_step(batch, 0, normalizer=float(prompts))
    assert result.forward_backward.tokens == prompts * 2048
    assert result.forward_backward.statistics[0].tokens == prompts


def test_deleted_checkpoints_are_gone_and_their_name_is_free(client: Client) -> None:
    def save() -> Any:
        return client.simple("CheckpointService/Save", pb.SaveRequest(header=client.header(), path="run/one"))

    def delete() -> Any:
        return client.simple("CheckpointService/Delete", pb.DeleteRequest(header=client.header(), path="run/one"))

    save()
    assert delete().WhichOneof("result") == "delete"
    assert list(client.call("CheckpointService/List", pb.CheckpointServiceListRequest())) == []
    load = pb.LoadRequest(header=client.header(), path="run/one")
    assert refused(lambda: client.simple("CheckpointService/Load", load)) == ("NOT_FOUND", "CHECKPOINT_UNKNOWN")
    assert refused(delete) == ("NOT_FOUND", "CHECKPOINT_UNKNOWN")
    save()
