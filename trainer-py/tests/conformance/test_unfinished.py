"""The kit on trainers that raise what they did not mean to raise: every check has a verdict, and
the failures name the exception, its text and its place. And on a trainer whose sampling thread
ended."""

from __future__ import annotations

import json
import time

import pytest

from mutants.trial import serving
from spice_conformance import Kit, Result, Verdict, command, report, select, silence
from spice_trainer.__main__ import main

HERE = "tests.conformance.unfinished"


def run(part: str, *names: str) -> tuple[Kit, dict[str, Result]]:
    with serving(HERE, part) as target:
        kit = Kit(target)
        return kit, {check.id: kit.run(check) for check in select(names)}


def test_an_unfinished_save_fails_what_saves_and_nothing_else() -> None:
    kit, results = run("save", "sampling.events", "normalization.value", "checkpoints.resume")
    assert results["sampling.events"].verdict is Verdict.PASS
    assert results["normalization.value"].verdict is Verdict.PASS
    failed = results["checkpoints.resume"]
    assert failed.verdict is Verdict.FAIL
    assert "NotImplementedError: save is not written yet" in failed.evidence
    assert "unfinished.py:" in failed.evidence
    assert ", in _save)" in failed.evidence
    assert [one.what for one in kit.troubles] == ["saving the weights before the checks"]


def test_a_key_error_in_training_fails_what_trains_with_one_cause() -> None:
    kit, results = run("forward_backward", "sampling.events", "normalization", "seeds.same")
    assert results["sampling.events"].verdict is Verdict.PASS
    assert results["seeds.same"].verdict is Verdict.PASS
    failed = [one for one in results.values() if one.verdict is Verdict.FAIL]
    assert len(failed) > 5
    ((cause, names),) = report.causes(list(results.values()))
    assert len(names) == len(failed)
    assert cause.startswith("KeyError: 'old_logprobs' (")
    assert "unfinished.py:" in cause
    assert "training before the checks" in [one.what for one in kit.troubles]


def test_an_exception_while_the_model_is_opened_is_the_cause_of_every_failure() -> None:
    _, results = run("open", "protocol", "sampling")
    assert {one.verdict for one in results.values()} == {Verdict.FAIL}
    ((cause, names),) = report.causes(list(results.values()))
    assert len(names) == len(results)
    assert cause.startswith("RuntimeError: no such layer: lm_head (")


def test_a_dead_sampling_thread_has_a_verdict_soon_and_two_calls_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silence, "EVENT_SECONDS", 2.0)
    began = time.monotonic()
    kit, results = run("submit", "normalization.value", "sampling", "seeds", "capabilities.publish_modes")
    assert time.monotonic() - began < 30
    assert results["normalization.value"].verdict is Verdict.PASS
    told = "no event for 2 s after SampleStarted: is the sampling thread alive?"
    assert results["sampling.events"].evidence == told
    rest = [results[name] for name in ("sampling.cancel_samples", "sampling.request_id", "seeds.same")]
    assert {one.evidence for one in rest} == {f"not tried: earlier sampling calls had {told}"}
    failed = [one for one in results.values() if one.verdict is Verdict.FAIL]
    assert {one.cause for one in failed} == {told}
    assert kit.diagnose(failed) == failed


def test_the_command_has_a_report_for_an_unfinished_trainer(
    capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with serving(HERE, "forward_backward") as target:
        token = tmp_path_factory.mktemp("token") / "token"
        token.write_text(target.token or "")
        given = ["conformance", "--target", target.address, "--token-file", str(token)]
        assert main([*given, "--only", "sampling.events", "--json"]) == command.OK
        told = json.loads(capsys.readouterr().out)
        assert [one["verdict"] for one in told["checks"]] == ["pass"]
        assert "KeyError" in told["troubles"][0]["evidence"]
        assert main([*given, "--only", "normalization"]) == command.FAILED
        assert "one cause explains" in capsys.readouterr().out
