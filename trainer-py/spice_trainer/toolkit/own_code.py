"""Which line of a stack trace is the backend's own code: no line of the standard library, of an
installed package, or of the server and the toolkit."""

from __future__ import annotations

import sys
import sysconfig
import traceback
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_SIDECAR = Path(__file__).resolve().parents[1]
_SIDECAR_PARTS = ("api", "server", "toolkit")
_PACKAGE_FOLDERS = {"site-packages", "dist-packages"}


@dataclass(frozen=True)
class Place:
    """A line of code in a stack trace."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}, in {self.function}"


def place_of(error: BaseException) -> Place | None:
    """Returns the last line of the backend's own code in the stack trace. A backend that is
    installed as a package: the last line of the package that the server called first. Without such
    a line: the last line of the trace. None without a trace."""
    frames = [Place(one.filename, one.lineno or 0, one.name) for one in traceback.extract_tb(error.__traceback__)]
    outside = [one for one in frames if not _is_library(Path(one.file))]
    own = [one for one in outside if _package_of(Path(one.file)) is None]
    if not own and outside:
        own = [one for one in outside if _package_of(Path(one.file)) == _package_of(Path(outside[0].file))]
    return next(reversed(own or frames), None)


def _is_library(file: Path) -> bool:
    """Whether a file belongs to Python itself or to the sidecar. The engines that the sidecar
    contains do not count as the sidecar."""
    if not file.is_absolute():
        return str(file).startswith("<")
    file = file.resolve()
    if any(_SIDECAR / part in file.parents for part in _SIDECAR_PARTS):
        return True
    return _package_of(file) is None and any(folder in file.parents for folder in _standard_library())


def _package_of(file: Path) -> Path | None:
    """Returns the folder or module in a folder of installed packages that a file belongs to."""
    for folder in file.parents:
        if folder.name in _PACKAGE_FOLDERS or folder in _installed():
            return folder / file.relative_to(folder).parts[0]
    return None


@cache
def _standard_library() -> frozenset[Path]:
    """The folders of the standard library. A virtual environment has that of another folder."""
    return _folders("stdlib", "platstdlib")


@cache
def _installed() -> frozenset[Path]:
    return _folders("purelib", "platlib")


def _folders(*names: str) -> frozenset[Path]:
    base = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}
    schemes = (sysconfig.get_paths(), sysconfig.get_paths(vars=base))
    return frozenset(Path(scheme[name]).resolve() for scheme in schemes for name in names)
