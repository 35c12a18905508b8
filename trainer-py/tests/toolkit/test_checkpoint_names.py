"""A manifest is data from a disk: it cannot lead a reader out of its folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spice_trainer.api import BackendError
from spice_trainer.toolkit import checkpoint_files


def saved(root: Path) -> Path:
    folder = root / "one"
    checkpoint_files.write(folder, 1, {}, lambda into: (into / "data.bin").write_bytes(b"data") and None)
    return folder


def reason(folder: Path) -> str:
    with pytest.raises(BackendError) as error:
        checkpoint_files.verify(folder)
    return error.value.reason


@pytest.mark.parametrize("name", ["../outside", "/etc/hostname", "sub/data.bin", "..", "."])
def test_names_in_a_manifest_stay_in_its_folder(tmp_path: Path, name: str) -> None:
    folder = saved(tmp_path)
    path = folder / checkpoint_files.MANIFEST
    manifest = json.loads(path.read_text())
    manifest["files"][name] = manifest["files"]["data.bin"]
    path.write_text(json.dumps(manifest))
    assert reason(folder) == "CHECKPOINT_DAMAGED"


def test_a_link_is_no_file_of_a_checkpoint(tmp_path: Path) -> None:
    folder = saved(tmp_path)
    outside = tmp_path / "outside"
    (folder / "data.bin").rename(outside)
    (folder / "data.bin").symlink_to(outside)
    assert reason(folder) == "CHECKPOINT_DAMAGED"
