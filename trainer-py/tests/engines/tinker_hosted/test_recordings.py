"""Recorded sessions, played back to the adapter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.engines.tinker_hosted.record import FIXTURES
from tests.engines.tinker_hosted.recording import CONSTRUCTED, Replay, read
from tests.engines.tinker_hosted.scenario import play
from tests.engines.tinker_hosted.wire import differences

RECORDINGS = sorted(FIXTURES.glob("*.json"))


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
