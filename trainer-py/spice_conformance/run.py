"""Runs checks on a trainer, each in its own session. Weights are restored between checks if the
trainer has checkpoints."""

from __future__ import annotations

import secrets
import time
import traceback
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import grpc

from spice_conformance import diagnosis, prepare
from spice_conformance.check import Check, Result
from spice_conformance.checks import CHECKS
from spice_conformance.client import CallError, Client
from spice_conformance.silence import Silence
from spice_conformance.subject import Subject, open_with
from spice_conformance.target import Target
from spice_conformance.verdict import Decision, Verdict
from spice_trainer.server.wire import pb

SAVE, LOAD = "CheckpointService/Save", "CheckpointService/Load"


@dataclass(frozen=True)
class Trouble:
    """What failed before the checks. The checks run without it."""

    what: str
    """For example "training before the checks"."""
    evidence: str


class Kit:
    """A prepared trainer. Use it as a context manager. `run` runs one check."""

    def __init__(self, target: Target) -> None:
        """Opens the model and prepares it. Raises CallError when the trainer cannot be used, for
        example SESSION_BUSY when it is in use. An exception that the trainer did not mean to raise
        is no reason to stop: what depends on it fails, and the rest runs."""
        self.target = target
        self.troubles: list[Trouble] = []
        """What failed before the checks, in the order of trying."""
        self._start = f"conformance-{secrets.token_hex(4)}/start"
        self._saved = False
        self._silence = Silence()
        self._unopened: CallError | None = None
        self._prompts, self._words, self._rate, self._step = (), (), 0.0, 0
        with self._client() as client:
            self.capabilities = client.call("InfoService/GetCapabilities", pb.GetCapabilitiesRequest())
            self.info = client.call("InfoService/GetInfo", pb.GetInfoRequest())
            try:
                opened = open_with(client, target, self.capabilities)
            except CallError as failed:
                if not failed.exception:
                    raise
                self._trouble("opening the model", failed)
                self._unopened = failed
                return
            subject = Subject(target, client, self.capabilities, opened.model, opened.step, (), (), 0.0)
            subject = prepare.prepare(subject, self._trouble)
            self._prompts, self._words, self._rate = subject.prompts, subject.words, subject.rate
            _close(client)
        self._save()

    def _save(self) -> None:
        """Saves the prepared weights, in a session of its own: a failed step leaves the session
        before it without a usable accumulator."""
        with self._client() as client:
            try:
                opened = open_with(client, self.target, self.capabilities, take_over=True)
                self._step = opened.step
                if {f"{pb.PACKAGE}.{SAVE}", f"{pb.PACKAGE}.{LOAD}"} <= set(self.capabilities.methods):
                    request = pb.SaveRequest(header=client.header(expected_step=opened.step), path=self._start)
                    client.simple(SAVE, request)
                    self._saved = True
            except CallError as failed:
                self._trouble("saving the weights before the checks", failed)
            _close(client)

    def _trouble(self, what: str, failed: CallError) -> None:
        self.troubles.append(Trouble(what, failed.told))

    def run(self, check: Check) -> Result:
        """Runs one check in its own session. Whatever the trainer does, the check has a verdict."""
        began = time.monotonic()
        verdict, evidence, cause = Verdict.FAIL, "", ""
        try:
            if self._unopened is not None:
                raise self._unopened
            with self.session() as subject:
                verdict, evidence = Verdict.PASS, check.body(subject)
        except Decision as decided:
            verdict, evidence, cause = decided.verdict, decided.evidence, decided.cause
        except CallError as failed:
            evidence, cause = f"a call that should work failed: {failed.told}", failed.cause
        except Exception as failed:
            last = traceback.extract_tb(failed.__traceback__)[-1]
            what = f"{type(failed).__name__}: {failed} ({last.filename}:{last.lineno})"
            evidence = f"the check cannot read what the trainer sent: {what}"
        return Result(check, verdict, evidence, time.monotonic() - began, cause)

    def diagnose(self, results: Sequence[Result]) -> list[Result]:
        """Looks for one fault that explains the failures, and returns the results with that fault
        as their cause. Results without a failure that numbers may explain come back as they are."""
        if self._unopened is not None or not diagnosis.needed(results):
            return list(results)
        findings: list[diagnosis.Finding] = []
        for part in diagnosis.PARTS:
            try:
                with self.session() as subject:
                    findings += part(subject)
            except Exception:  # noqa: S112 - a part that cannot be tried explains nothing
                continue
        return diagnosis.explained(results, findings)

    @contextmanager
    def session(self) -> Generator[Subject]:
        """A context: a new session with the weights after preparation."""
        with self._client() as client:
            opened = open_with(client, self.target, self.capabilities, take_over=True)
            if self._saved and opened.step != self._step:
                self._restore(client)
                # A check begins with client_seq 1.
                opened = open_with(client, self.target, self.capabilities, take_over=True)
            subject = Subject(
                self.target,
                client,
                self.capabilities,
                opened.model,
                opened.step,
                self._prompts,
                self._words,
                self._rate,
                self._silence,
            )
            try:
                yield subject
            finally:
                for one in (client, *subject.others):
                    _close(one)
                    one.channel.close()

    def _restore(self, client: Client) -> None:
        """Loads the prepared weights. A trainer that cannot load goes on with the weights it has:
        the checks of Load say so."""
        try:
            client.simple(LOAD, pb.LoadRequest(header=client.header(), path=self._start))
        except CallError as failed:
            self._trouble("restoring the weights between two checks", failed)
            self._saved = False

    @contextmanager
    def _client(self) -> Generator[Client]:
        client = self.target.connect()
        try:
            yield client
        finally:
            client.channel.close()


def run_checks(
    target: Target, only: Sequence[str] = (), report: Callable[[Result], None] = lambda result: None
) -> list[Result]:
    """Runs the checks that `only` names (areas or identifiers; empty: all). Calls `report` after
    each check."""
    kit = Kit(target)
    results: list[Result] = []
    for check in select(only):
        results.append(kit.run(check))
        report(results[-1])
    return results


_OLD_AREAS = {"normalisation": "normalization", "optimiser": "optimizer"}
_OLD_CHECKS = {
    "logprobs.normalised": "logprobs.normalized",
    "losses.baseline_behaviour": "losses.baseline_behavior",
}
"""Old names of areas and checks. They work in `select`; reports have the present names."""


def select(only: Sequence[str] = ()) -> list[Check]:
    """Returns checks by area or identifier, slow checks last. Old names work. Raises KeyError for
    an unknown name."""
    names = {_present_name(name): name for name in only}
    for name, given in names.items():
        if not any(name in (one.id, one.area) for one in CHECKS):
            raise KeyError(given)
    chosen = [one for one in CHECKS if not names or one.id in names or one.area in names]
    return sorted(chosen, key=lambda one: one.slow)


def _present_name(name: str) -> str:
    area, dot, rest = _OLD_CHECKS.get(name, name).partition(".")
    return _OLD_AREAS.get(area, area) + dot + rest


def _close(client: Client) -> None:
    """Ends the session if it is still open. A trainer that fails here also fails the checks of
    Close."""
    if client.session_id:
        try:
            client.call("SessionService/Close", pb.CloseRequest(session_id=client.session_id, epoch=client.epoch))
        except (CallError, grpc.RpcError, ValueError):
            return
