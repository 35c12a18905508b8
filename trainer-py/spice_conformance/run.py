"""Runs checks on a trainer, each in its own session. Weights are restored between checks if the
trainer has checkpoints."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

import grpc

from spice_conformance import prepare
from spice_conformance.check import Check, Result
from spice_conformance.checks import CHECKS
from spice_conformance.client import CallError, Client
from spice_conformance.subject import Subject, open_with
from spice_conformance.target import Target
from spice_conformance.verdict import Decision, Verdict
from spice_trainer.server.wire import pb


class Kit:
    """A prepared trainer. Use it as a context manager. `run` runs one check."""

    def __init__(self, target: Target) -> None:
        """Opens the model and prepares it. Raises CallError, for example SESSION_BUSY when the
        trainer is in use."""
        self.target = target
        self._start = f"conformance-{secrets.token_hex(4)}/start"
        self._saved = False
        with self._client() as client:
            self.capabilities = client.call("InfoService/GetCapabilities", pb.GetCapabilitiesRequest())
            self.info = client.call("InfoService/GetInfo", pb.GetInfoRequest())
            opened = open_with(client, target, self.capabilities)
            subject = Subject(target, client, self.capabilities, opened.model, opened.step, (), (), 0.0)
            subject = prepare.prepare(subject)
            self._prompts, self._words, self._rate = subject.prompts, subject.words, subject.rate
            if subject.can("CheckpointService/Save", "CheckpointService/Load"):
                request = pb.SaveRequest(header=client.header(expected_step=subject.step), path=self._start)
                client.simple("CheckpointService/Save", request)
                self._saved = True
            self._step = subject.step
            _close(client)

    def run(self, check: Check) -> Result:
        """Runs one check in its own session."""
        began = time.monotonic()
        verdict, evidence = Verdict.FAIL, ""
        try:
            with self.session() as subject:
                verdict, evidence = Verdict.PASS, check.body(subject)
        except Decision as decided:
            verdict, evidence = decided.verdict, decided.evidence
        except CallError as failed:
            verdict = Verdict.FAIL
            evidence = f"a call that should work failed: {failed.code} {failed.reason}: {failed.status.message}"
        return Result(check, verdict, evidence, time.monotonic() - began)

    @contextmanager
    def session(self) -> Generator[Subject]:
        """A context: a new session with the weights after preparation."""
        with self._client() as client:
            opened = open_with(client, self.target, self.capabilities, take_over=True)
            if self._saved and opened.step != self._step:
                client.simple("CheckpointService/Load", pb.LoadRequest(header=client.header(), path=self._start))
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
            )
            try:
                yield subject
            finally:
                for one in (client, *subject.others):
                    _close(one)
                    one.channel.close()

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
