"""Certificates made while the tests run, with the openssl program."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl program here")
_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"]


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: Path
    key: Path


@dataclass(frozen=True)
class Authority:
    """A private authority that signs others."""

    folder: Path
    certificate: Path

    @staticmethod
    def make(folder: Path) -> Authority:
        """A new one in a new folder."""
        folder.mkdir()
        _openssl(
            folder, "req", "-x509", *_KEY, "-days", "30", "-subj", "/CN=test", "-keyout", "ca.key", "-out", "ca.crt"
        )
        return Authority(folder, folder / "ca.crt")

    def sign(self, name: str, *, days: int = 30) -> Pair:
        """A certificate for localhost; a negative number of days makes one that has ended."""
        key, request, extensions = f"{name}.key", f"{name}.csr", self.folder / f"{name}.ext"
        extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        _openssl(self.folder, "req", *_KEY, "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        signing = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", str(days)]
        out = ["-extfile", extensions.name, "-out", f"{name}.crt"]
        _openssl(self.folder, "x509", "-req", "-in", request, *signing, *out)
        return Pair(self.folder / f"{name}.crt", self.folder / key)


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
