"""Checkpoints: complete or absent, and a resumed run goes on as if nothing had happened
(checkpoint.proto)."""

from __future__ import annotations

import secrets
from pathlib import Path

import numpy as np

from spice_conformance.check import check
from spice_conformance.subject import Subject
from spice_conformance.verdict import expect, skip
from spice_trainer.server.wire import pb


def _save(subject: Subject, path: str, **metadata: str) -> pb.CheckpointInfo:
    subject.need("CheckpointService/Save")
    request = pb.SaveRequest(header=subject.client.header(expected_step=subject.step), path=path, metadata=metadata)
    return subject.client.simple("CheckpointService/Save", request).save


def _load(subject: Subject, path: str) -> pb.LoadResult:
    subject.need("CheckpointService/Load")
    result = subject.client.simple(
        "CheckpointService/Load", pb.LoadRequest(header=subject.client.header(), path=path)
    ).load
    subject.step = result.step
    return result


def _path() -> str:
    return f"conformance-{secrets.token_hex(4)}/one"


def _two_steps(subject: Subject) -> tuple[list[float], str]:
    """Losses of two steps that depend on the moments, and the digest after them."""
    found = [subject.train(subject.supervised(), reset_moments=False).forward_backward.loss for _ in range(2)]
    return found, subject.publish().digest


@check("checkpoints.resume")
def resume(subject: Subject) -> str:
    """checkpoint.proto, Load: weights, optimiser and step counter come back: the next steps are the
    same ones, bitwise where E0 is declared."""
    subject.train(subject.supervised())
    path, step = _path(), subject.step
    saved = _save(subject, path)
    expect(saved.step == step, f"saved at step {step}, told {saved.step}")
    losses, digest = _two_steps(subject)
    loaded = _load(subject, path)
    expect(loaded.step == step and subject.describe().step == step, f"step {loaded.step} after loading step {step}")
    expect(loaded.checkpoint.digest == saved.digest, "Load tells another digest than Save")
    again, second = _two_steps(subject)
    exact = subject.capabilities.determinism == pb.enum_number("Determinism", "e0")
    gap = max(abs(a - b) for a, b in zip(losses, again, strict=True))
    expect(gap == 0 if exact else gap < subject.tolerance, f"the next losses differ by {gap:.2g} after a load")
    if exact:
        expect(second == digest, "the weights two steps later have another digest after a load")
    return "two steps after a load are the two steps before it" + (", bitwise" if exact else "")


@check("checkpoints.moments")
def moments(subject: Subject) -> str:
    """checkpoint.proto and info.proto, CHECKPOINT_SCOPE_OPTIMIZER: optimiser moments are part of
    what is saved."""
    scope = pb.enum_number("CheckpointScope", "optimizer")
    if scope not in subject.capabilities.checkpoint_scopes:
        raise skip("the optimizer is not among the declared scopes")
    batch, loss = subject.supervised(), subject.reinforce()
    silent = batch.changed(lambda row: type(row)(row.prompt, row.ids, advantages=(0.0,) * len(row.ids)))
    subject.train(batch)
    path = _path()
    _save(subject, path)

    def drift() -> float:
        before = np.concatenate(subject.logprobs(batch))
        subject.train(silent, loss=loss, reset_moments=False)
        return float(np.abs(np.concatenate(subject.logprobs(batch)) - before).max())

    first = drift()
    expect(first > subject.tolerance, "the moments moved nothing: the check proves nothing")
    _load(subject, path)
    second = drift()
    expect(
        abs(second / first - 1) < 0.05,
        f"an update from memory alone moved {second:.3g} after a load, {first:.3g} before",
    )
    return f"an update from memory alone moves {first:.2g} before and after"


@check("checkpoints.publishes_nothing")
def publishes_nothing(subject: Subject) -> str:
    """checkpoint.proto, Load: publishes nothing, and discards gradients."""
    path = _path()
    before = subject.publish()
    _save(subject, path)
    subject.train(subject.supervised())
    trained = subject.publish()
    if subject.can("TrainingService/ForwardBackward"):
        subject.accumulate(subject.supervised())
    _load(subject, path)
    state = subject.describe()
    expect(not state.has_gradients, "gradients outlived Load")
    expect(
        state.policy_version == trained.version, f"version {state.policy_version} after Load, {trained.version} before"
    )
    restored = subject.publish()
    expect(restored.digest == before.digest, "the loaded weights have another digest than the saved ones")
    return "the sampler keeps its version until the next publish, which has the saved digest"


@check("checkpoints.folders")
def folders(subject: Subject) -> str:
    """checkpoint.proto: an existing folder is ALREADY_EXISTS, a missing one NOT_FOUND, a path that
    could leave the root INVALID_ARGUMENT."""
    path = _path()
    _save(subject, path, run="seven")
    subject.refused("saving twice", lambda: _save(subject, path), "ALREADY_EXISTS")
    subject.refused("loading what is not there", lambda: _load(subject, "conformance-none"), "NOT_FOUND")
    for bad in ("", "/etc", "../x", "a/../../b", "a//b"):
        header = subject.client.header(client_seq=subject.describe().last_client_seq + 1)
        request = pb.SaveRequest(header=header, path=bad)
        subject.refused(
            f"path {bad!r}",
            lambda request=request: subject.client.simple("CheckpointService/Save", request),
            "INVALID_ARGUMENT",
        )
    if subject.can("CheckpointService/List", "CheckpointService/Describe"):
        listed = [
            one.checkpoint.path
            for one in subject.client.call("CheckpointService/List", pb.CheckpointServiceListRequest())
        ]
        expect(path in listed, f"{path} is not listed")
        request = pb.CheckpointServiceDescribeRequest(path=path, verify=True)
        described = subject.client.call("CheckpointService/Describe", request).checkpoint
        expect(dict(described.metadata) == {"run": "seven"}, f"metadata came back as {dict(described.metadata)}")
        expect(described.step == subject.step, f"described at step {described.step}, saved at {subject.step}")
    return "folders are new, known and inside the root, or refused"


@check("checkpoints.damaged")
def damaged(subject: Subject) -> str:
    """checkpoint.proto: Load verifies every hash (DATA_LOSS), and changes nothing when it fails."""
    root = subject.target.checkpoint_root
    if root is None:
        raise skip("the checkpoint root cannot be reached from here (--checkpoint-root)")
    path = _path()
    _save(subject, path)
    subject.train(subject.supervised())
    before, step = subject.publish().digest, subject.step
    largest = max((one for one in (root / path).rglob("*") if one.is_file()), key=lambda one: one.stat().st_size)
    _flip(largest)
    subject.refused("a checkpoint with one bit changed", lambda: _load(subject, path), "DATA_LOSS")
    expect(subject.describe().step == step, "a failed Load moved the step counter")
    expect(subject.publish().digest == before, "a failed Load moved weights")
    largest.unlink()
    # Where that file is what says that a checkpoint is complete, there is none any more.
    gone = ("DATA_LOSS", "NOT_FOUND")
    subject.refused("a checkpoint without its largest file", lambda: _load(subject, path), gone)
    return f"one bit of {largest.name} is noticed, and nothing moved"


def _flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
