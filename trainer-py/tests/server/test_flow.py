"""The flow of an experiment: open, sample, train, publish, save, load."""

from __future__ import annotations

import numpy as np
import pytest

from spice_conformance.client import CallError, Client
from spice_conformance.messages import cross_entropy, declare, events_of, make_batch, policy_gradient, stream
from spice_trainer.server.wire import columns, pb

TEXT = "the capital is Paris"


def test_train_publish_sample_recites(client: Client) -> None:
    batch = make_batch(["Q: "], [(0, TEXT)])
    for step in range(40):
        result = client.train_step(batch, step, loss=cross_entropy(), normalizer=float(len(TEXT)))
        assert result.optim_step.step == step + 1
    assert result.forward_backward.loss < 0.3
    published = client.simple("WeightsService/Publish", pb.PublishRequest(header=client.header(expected_step=40)))
    assert published.publish.version.version == 1
    assert published.publish.version.parent_step == 40
    events = client.sample(["Q: "], max_tokens=len(TEXT), temperature=0.0)
    assert [one.text for one in events_of(events, "finished")] == [TEXT]
    assert events_of(events, "started")[0].policy_version == 1
    old = client.sample(["Q: "], max_tokens=8, temperature=0.0, version=pb.VersionSelector(exact=0))
    assert events_of(old, "finished")[0].text != TEXT[:8]
    assert events_of(old, "finished")[0].spans[0].policy_version == 0


def test_sampled_logprobs_are_scored_logprobs(client: Client) -> None:
    events = client.sample(["one", "two"], n=3, temperature=0.7)
    prompts = columns.decode_ids(events_of(events, "started")[0].prompt_ids.data)
    assert bytes(prompts.astype(np.uint8)) == b"onetwo"
    finished = sorted(events_of(events, "finished"), key=lambda one: (one.prompt_index, one.sample_index))
    assert [(one.prompt_index, one.sample_index) for one in finished] == [(p, s) for p in (0, 1) for s in (0, 1, 2)]
    batch = {
        "prompt_ids": make_batch(["one", "two"], [(0, "x")])["prompt_ids"],
        "prompt_ref": columns.Column(np.array([one.prompt_index for one in finished], "<u4"), None),
        "completion_ids": columns.from_rows([columns.decode_ids(one.token_ids) for one in finished], "int32"),
    }
    for target in (pb.ScoringTarget(current=True), pb.ScoringTarget(policy_version=0)):
        for row, one in zip(client.score(batch, target, 0.7), finished, strict=True):
            np.testing.assert_allclose(row, np.frombuffer(one.logprobs, "<f4"), atol=1e-6)


def test_seeds_decide_samples(client: Client) -> None:
    def texts(seed: int) -> list[bytes]:
        return [bytes(one.token_ids) for one in events_of(client.sample(["p"], n=4, seed=seed), "finished")]

    assert texts(1) == texts(1)
    assert texts(1) != texts(2)
    assert len(set(texts(1))) == 4


def test_no_seeds_are_drawn_and_reported(client: Client) -> None:
    request = client.sample_request(["p"], n=2)
    del request.prompts[0].seeds[:]
    started = events_of(client.call("SamplingService/Sample", request), "started")[0]
    assert len(set(started.seeds)) == 2


def test_split_verbs_equal_train_step(client: Client) -> None:
    batch = make_batch(["a", "b"], [(0, "xyz"), (1, "uv")])
    optim = pb.OptimSpec(learning_rate=0.1, beta1=0.9, beta2=0.95, epsilon=1e-8)
    client.simple("CheckpointService/Save", pb.SaveRequest(header=client.header(), path="start"))
    client.train_step(batch, 0, normalizer=5.0)
    fused = _digest(client)

    client.simple("CheckpointService/Load", pb.LoadRequest(header=client.header(), path="start"))
    for index in (0, 1):
        part = make_batch([["a", "b"][index]], [(0, ["xyz", "uv"][index])])
        _forward_backward(client, part, 5.0)
    client.simple("TrainingService/OptimStep", pb.OptimStepRequest(header=client.header(expected_step=0), optim=optim))
    assert _digest(client) == fused


def test_checkpoint_restores_weights_moments_and_step(client: Client) -> None:
    batch = make_batch(["a"], [(0, "hello")])
    client.train_step(batch, 0)
    saved = client.simple(
        "CheckpointService/Save",
        pb.SaveRequest(header=client.header(expected_step=1), path="run/step-1", metadata={"run": "r"}),
    ).save
    assert saved.step == 1
    client.train_step(batch, 1)
    expected = _digest(client)
    load = pb.LoadRequest(header=client.header(expected_step=2), path="run/step-1")
    loaded = client.simple("CheckpointService/Load", load).load
    assert (loaded.step, loaded.checkpoint.digest) == (1, saved.digest)
    client.train_step(batch, 1)
    assert _digest(client) == expected
    listed = [one.checkpoint for one in client.call("CheckpointService/List", pb.CheckpointServiceListRequest())]
    assert [(one.path, one.step, dict(one.metadata)) for one in listed] == [("run/step-1", 1, {"run": "r"})]
    described = client.call(
        "CheckpointService/Describe", pb.CheckpointServiceDescribeRequest(path="run/step-1", verify=True)
    )
    assert described.checkpoint == saved


def test_version_spans_give_lag(client: Client) -> None:
    batch = make_batch(["a"], [(0, "hello")])
    client.train_step(batch, 0)
    client.simple("WeightsService/Publish", pb.PublishRequest(header=client.header(expected_step=1)))
    spans = columns.Column(np.array([3, 0, 2, 1], "<u4"), np.array([0, 2], "<u4"))
    result = client.train_step({**batch, "version_spans": spans}, 1, want_logprobs=True)
    assert [(one.lag, one.tokens) for one in result.forward_backward.lag] == [(0, 2), (1, 3)]
    assert len(result.forward_backward.current_logprobs.data) == 5 * 4


def test_release_frees_old_versions_only(client: Client) -> None:
    client.simple("WeightsService/Publish", pb.PublishRequest(header=client.header(expected_step=0)))
    client.simple("WeightsService/Release", pb.ReleaseRequest(header=client.header(), version=0))
    listed = client.call("WeightsService/List", pb.WeightsServiceListRequest(session_id=client.session_id))
    assert [one.version for one in listed.versions] == [1]
    with pytest.raises(CallError) as refused:
        client.simple("WeightsService/Release", pb.ReleaseRequest(header=client.header(), version=1))
    assert (refused.value.code, refused.value.reason) == ("FAILED_PRECONDITION", "VERSION_IN_USE")
    with pytest.raises(CallError) as gone:
        client.sample(["p"], version=pb.VersionSelector(exact=0))
    assert gone.value.code == "NOT_FOUND"


def test_tokens(client: Client) -> None:
    chat = pb.Chat(messages=[pb.ChatMessage(role="user", content="hi")])
    prompts = [pb.Prompt(chat=chat), pb.Prompt(text="é")]
    ids = client.call("TokensService/Tokenize", pb.TokenizeRequest(prompts=prompts)).token_ids
    assert np.frombuffer(ids.offsets, "<u4").tolist() == [0, 22, 24]
    encoded = client.call(
        "TokensService/EncodeCompletions", pb.EncodeCompletionsRequest(texts=["ab"], append_eos=True)
    ).token_ids
    assert np.frombuffer(encoded.data, "<i4").tolist() == [97, 98, 256]


def _forward_backward(client: Client, batch: dict, normalizer: float) -> None:
    start = pb.ForwardBackwardStart(
        header=client.header(),
        columns=[declare(name, column) for name, column in batch.items()],
        loss=policy_gradient(),
        normalizer=normalizer,
    )
    response = client.call("TrainingService/ForwardBackward", stream(pb.ForwardBackwardRequest, start, batch))
    client.settle(response.operation)


def _digest(client: Client) -> str:
    step = client.call("SessionService/Describe", pb.SessionServiceDescribeRequest(session_id=client.session_id)).step
    request = pb.PublishRequest(header=client.header(expected_step=step))
    return client.simple("WeightsService/Publish", request).publish.version.digest
