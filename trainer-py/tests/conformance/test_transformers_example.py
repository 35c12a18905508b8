"""The example in `examples/transformers-trainer`, on a tiny random Llama: the kit on what it
declares, and its imports."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from mutants.trial import serving
from spice_conformance import CHECKS, Check, Kit, Verdict
from tests.conformance.examples import TRANSFORMERS

bench = pytest.importorskip("bench.byte_model", reason="torch is not installed")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """The example in a process of its own."""
    site = TRANSFORMERS.install(tmp_path_factory.mktemp("site"))
    model = tmp_path_factory.mktemp("model")
    # One layer is enough: the kit checks what the trainer does with a model.
    bench.write(model, layers=1)
    served = serving(
        "tests.conformance.impatient", "serve", "--backend", "transformers", model=str(model), packages=site
    )
    with served as target:
        yield Kit(target)


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    """Of the checks that were run already, by id."""
    return {}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_the_example_conforms(example: Kit, verdicts: dict[str, Verdict], check: Check) -> None:
    result = example.run(check)
    verdicts[check.id] = result.verdict
    assert result.verdict is not Verdict.FAIL, result.evidence


def test_almost_every_check_applies_to_the_example(example: Kit, verdicts: dict[str, Verdict]) -> None:
    for check in CHECKS:
        if check.id not in verdicts:
            verdicts[check.id] = example.run(check).verdict
    skipped = {identifier for identifier, verdict in verdicts.items() if verdict is Verdict.SKIPPED}
    assert skipped == {"logprobs.processed", "seeds.batch"}


@pytest.mark.parametrize("module", TRANSFORMERS.modules)
def test_the_example_imports_plain_packages_the_api_and_the_toolkit_only(module: str) -> None:
    imported = TRANSFORMERS.imports(module)
    allowed = {"numpy", "torch", "transformers", "spice_trainer.api", "spice_trainer.toolkit"}
    assert imported - allowed - sys.stdlib_module_names == set()
