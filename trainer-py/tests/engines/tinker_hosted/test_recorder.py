"""The recorder of sessions with the hosted service. `scripts/test.sh` runs this file with
`--engines tinker`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engines.tinker_hosted.record import FIXTURES, record, record_stand_in
from tests.engines.tinker_hosted.recording import CONSTRUCTED, identity, read
from tests.engines.tinker_hosted.service import KEY, HostedStandIn
from tests.engines.tinker_hosted.wire import differences

RECORDINGS = sorted(FIXTURES.glob("*.json"))
KINDS = {"session.json": "norm", "session-no-norm.json": "no-norm"}


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
