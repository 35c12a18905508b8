"""What a Ray cluster of our own is started with. What it does is tried in tests/engines."""

from __future__ import annotations

import re
from pathlib import Path

from spice_trainer.engines.shared.ray_access import private_environment


def test_each_cluster_gets_its_own_token_in_a_file_that_only_its_user_reads(tmp_path: Path) -> None:
    told: list[str] = []
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        variables = private_environment({}, folder)
        file = Path(variables["RAY_AUTH_TOKEN_PATH"])
        assert variables["RAY_AUTH_MODE"] == "token"
        assert file.parent == folder
        assert file.stat().st_mode & 0o777 == 0o600
        told.append(file.read_text())
        assert re.fullmatch("[0-9a-f]{64}", told[-1])
        assert told[-1] not in variables.values()
    assert told[0] != told[1]


def test_what_the_user_set_for_another_cluster_does_not_reach_ours(tmp_path: Path) -> None:
    theirs = {"RAY_AUTH_TOKEN": "theirs", "RAY_AUTH_MODE": "disabled", "RAY_ADDRESS": "head:6379", "HOME": "/home"}
    variables = private_environment(theirs, tmp_path)
    assert variables["RAY_AUTH_MODE"] == "token"
    assert {"RAY_AUTH_TOKEN", "RAY_ADDRESS"}.isdisjoint(variables)
    assert variables["HOME"] == "/home"
