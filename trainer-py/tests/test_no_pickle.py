"""Nothing in the packages can run code from a file: no pickle, directly or through a library, and no eval."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("spice_trainer", "spice_conformance", "spice_grader")
MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "jsonpickle"}
CALLS = {"torch.load", "np.load", "numpy.load", "yaml.load", "yaml.unsafe_load", "pandas.read_pickle", "eval", "exec"}
TRUSTING = {"trust_remote_code", "allow_pickle"}


def findings(tree: ast.AST) -> Iterator[str]:
    """What would read code out of a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name.partition(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in MODULES:
            yield str(node.module)
        elif isinstance(node, ast.Call):
            if ast.unparse(node.func) in CALLS:
                yield ast.unparse(node.func)
            yield from (
                one.arg
                for one in node.keywords
                if one.arg in TRUSTING and not (isinstance(one.value, ast.Constant) and one.value.value is False)
            )
            yield from (
                "use_safetensors"
                for one in node.keywords
                if one.arg == "use_safetensors" and ast.unparse(one.value) != "True"
            )


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from pickle import loads",
        "import dill.session",
        "torch.load(path)",
        "np.load(p, allow_pickle=True)",
        "model(trust_remote_code=flag)",
        "load(use_safetensors=None)",
        "eval('1')",
    ],
)
def test_the_search_finds(code: str) -> None:
    assert list(findings(ast.parse(code)))


def test_no_file_of_the_packages_reads_code() -> None:
    sources = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    assert len(sources) > 200
    found = {str(path.relative_to(ROOT)): list(findings(ast.parse(path.read_text()))) for path in sources}
    assert {path: what for path, what in found.items() if what} == {}
