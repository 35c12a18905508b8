"""Recorded sessions, played back to the adapter; and the recorder that makes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.engines.tinker_hosted.record import FIXTURES, record, record_stand_in
from tests.engines.tinker_hosted.recording import CONSTRUCTED, Replay, identity, read
from tests.engines.tinker_hosted.scenario import play
from tests.engines.tinker_hosted.service import KEY, HostedStandIn
from tests.engines.tinker_hosted.wire import differences

RECORDINGS = sorted(FIXTURES.glob("*.json"))
KINDS = {"session.json": "norm", "session-no-norm.json": "no-norm"}


def play_back(recording: dict[str, Any], folder: Path, tmp_path: Path) -> tuple[Replay, dict[str, Any]]:
    replay = Replay(recording["exchanges"])
    with replay.server() as server:
        return replay, json.loads(json.dumps(play(server.url, recording["header"]["base_model"], folder, tmp_path)))


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_the_adapter_asks_what_was_recorded_and_makes_of_it_what_it_did(
    path: Path, folder: Path, tmp_path: Path
) -> None:
    recording = read(path)
    replay, outcome = play_back(recording, folder, tmp_path)
    assert replay.surprises == []
    assert replay.left == []
    assert differences(recording["outcome"], outcome) == []


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_a_recording_says_where_it_comes_from_and_holds_no_key(path: Path) -> None:
    header = read(path)["header"]
    assert header["origin"] in (CONSTRUCTED, "recorded from the hosted service")
    assert "tests.engines.tinker_hosted.record" in header["record_again"]
    assert "api-key" not in path.read_text().lower()
    assert "tml-" not in path.read_text()


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_constructed_recordings_are_what_the_recorder_makes_of_the_stand_in(path: Path, tmp_path: Path) -> None:
    there = read(path)
    if there["header"]["origin"] != CONSTRUCTED:
        pytest.skip("recorded from the hosted service")
    record_stand_in(KINDS[path.name], tmp_path / path.name)
    made = read(tmp_path / path.name)
    for part in ("header", "outcome"):
        assert differences(there[part], made[part]) == []
    # Two samples are on their way at once: whose request passes first is chance.
    asked = [
        sorted(
            ({name: one[name] for name in ("path", "request")} for one in each["exchanges"]),
            key=lambda one: identity(one["path"], one["request"]),
        )
        for each in (there, made)
    ]
    assert differences(*asked) == []


def test_a_change_of_a_request_is_noticed(folder: Path, tmp_path: Path) -> None:
    recording = read(FIXTURES / "session.json")
    passes = [one for one in recording["exchanges"] if one["path"].endswith("/forward_backward")]
    learner = next(
        one for one in passes if one["request"]["loss_fn"] == "cross_entropy" and ":1" in str(one["request"])
    )
    learner["request"]["data"][0]["inputs"]["weights"][-1] += 0.5
    replay, _ = play_back(recording, folder, tmp_path)
    assert len(replay.surprises) == 1
    assert "weights" in replay.surprises[0]


@pytest.mark.parametrize("jwt", [False, True])
def test_the_recorder_puts_the_key_in_and_writes_neither_it_nor_a_token_down(jwt: bool, tmp_path: Path) -> None:
    """The stand-in takes this key alone, so the session could not go on without it."""
    stand_in = HostedStandIn(jwt=jwt, poll_sessions=True)
    with stand_in.server() as server:
        record(server.url, KEY, "a/stand-in", CONSTRUCTED, tmp_path / "one.json")
    assert stand_in.keys == {KEY, *([stand_in._token] if jwt else [])}
    text = (tmp_path / "one.json").read_text()
    assert KEY not in text
    assert stand_in._token not in text
    config = next(one for one in read(tmp_path / "one.json")["exchanges"] if one["path"].endswith("/client/config"))
    assert config["response"]["json"] == {
        "pjwt_auth_enabled": False,
        "sample_use_retrieve_futures": False,
        "proto_compress_fwdbwd": False,
    }
