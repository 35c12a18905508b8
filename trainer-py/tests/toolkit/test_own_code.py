"""The line of code that an error names is the backend's own, wherever Python and its packages are
installed."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sysconfig
import venv
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from spice_trainer.toolkit.own_code import Place, place_of

HERE = Path(__file__).resolve()
ROOT = HERE.parents[2]


def raised(action: Callable[[], object]) -> Place:
    try:
        action()
    except Exception as error:
        place = place_of(error)
        assert place is not None
        return place
    raise AssertionError("nothing was raised")


def module(folder: Path, source: str) -> ModuleType:
    """A module whose code says that it lies in `folder`."""
    made = ModuleType("made")
    exec(compile(source, str(folder / "made.py"), "exec"), made.__dict__)
    return made


def parse() -> object:
    return json.loads("{")


def test_a_line_of_the_standard_library_is_not_named() -> None:
    place = raised(parse)
    assert (Path(place.file).resolve(), place.function) == (HERE, "parse")


def test_nor_is_it_between_the_server_and_the_backend() -> None:
    place = raised(lambda: asyncio.run(asyncio.to_thread(parse)))
    assert (Path(place.file).resolve(), place.function) == (HERE, "parse")


@pytest.mark.parametrize("folder", [sysconfig.get_path("purelib"), "/other/lib/python3.13/site-packages"])
def test_nor_is_a_line_of_an_installed_package(folder: str) -> None:
    package = module(Path(folder) / "package", "def fail(): raise ValueError('no')")

    def call() -> None:
        package.fail()

    place = raised(call)
    assert (Path(place.file).resolve(), place.function) == (HERE, "call")


def test_a_backend_that_is_installed_as_a_package_is_named(tmp_path: Path) -> None:
    installed = tmp_path / "site-packages"
    library = module(installed / "library", "def fail(): raise ValueError('no')")
    backend = module(installed / "backend", "def submit(fail): fail()")
    code = ROOT / "spice_trainer/server/rpc"
    server = module(code, "def call(submit, fail): submit(fail)")
    namespace = {"server": server, "backend": backend, "library": library}
    # The frames of this test are no part of the trace of a server.
    source = compile("server.call(backend.submit, library.fail)", str(code / "call.py"), "eval")
    with pytest.raises(ValueError, match="no") as caught:
        eval(source, namespace)
    trace = caught.value.__traceback__
    place = place_of(caught.value.with_traceback(trace.tb_next if trace else None))
    assert place == Place(str(installed / "backend/made.py"), 1, "submit")


def test_in_a_virtual_environment_too(tmp_path: Path) -> None:
    """The standard library of a virtual environment lies in the folder of another Python."""
    venv.create(tmp_path / "env", with_pip=False)
    (tmp_path / "backend.py").write_text("def submit():\n    return [].nothing\n")
    script = (
        "import asyncio, backend\n"
        "from spice_trainer.toolkit.own_code import place_of\n"
        "try: asyncio.run(asyncio.to_thread(backend.submit))\n"
        "except AttributeError as error: print(place_of(error.with_traceback(error.__traceback__.tb_next)))\n"
    )
    packages = [sysconfig.get_path("purelib"), str(ROOT), str(tmp_path)]
    done = subprocess.run(
        [str(tmp_path / "env/bin/python"), "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(packages)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == f"{tmp_path / 'backend.py'}:2, in submit"
