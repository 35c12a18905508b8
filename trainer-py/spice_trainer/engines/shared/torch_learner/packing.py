"""Arranges sequences in micro-batches: a prompt once, its completions after it, several prompts
after each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from spice_trainer.api import I32
from spice_trainer.engines.shared.torch_learner.packed_attention import GroupSpan, PackedPlan


@dataclass
class Group:
    """Completions of one prompt in a micro-batch. `members` are indices of the sequences of the
    caller."""

    prompt: I32
    members: list[int] = field(default_factory=list)
    tokens: int = 0
    """Number of positions of this group."""


@dataclass(frozen=True)
class Pack:
    """One forward pass of L positions that predicts N completion tokens. The last token of a
    completion predicts nothing, so it is not an input: a completion of c tokens has c - 1
    positions, and its first token is predicted from the last position of the prompt."""

    ids: Tensor
    """[L] input ids."""
    positions: Tensor
    """[L] rotary positions."""
    plan: PackedPlan
    predicts: Tensor
    """[N] position whose hidden state predicts the completion token."""
    targets: Tensor
    """[N] the completion tokens."""
    members: tuple[int, ...]
    """Sequence of each range of `targets`, in order."""
    lengths: tuple[int, ...]
    """Number of tokens of each range. Their sum is N."""


def make_packs(
    prompts: Sequence[I32],
    sequences: Sequence[tuple[int, I32]],
    chosen: Iterable[int],
    budget: int,
    device: torch.device,
) -> list[Pack]:
    """Packs the given (prompt index, completion) pairs, none empty, with a limit of positions for
    each micro-batch. Prompts with equal ids are one group. A sequence longer than the limit is a
    micro-batch by itself."""
    groups = _groups(prompts, sequences, chosen, budget)
    bins: list[tuple[int, list[Group]]] = []
    for group in groups:
        for place, (used, members) in enumerate(bins):
            if used + group.tokens <= budget:
                members.append(group)
                bins[place] = (used + group.tokens, members)
                break
        else:
            bins.append((group.tokens, [group]))
    return [_pack(members, sequences, device) for _, members in bins]


def _groups(
    prompts: Sequence[I32], sequences: Sequence[tuple[int, I32]], chosen: Iterable[int], budget: int
) -> list[Group]:
    open_group: dict[bytes, Group] = {}
    groups: list[Group] = []
    for index in chosen:
        prompt_ref, completion = sequences[index]
        prompt = prompts[prompt_ref]
        key = prompt.tobytes()
        group = open_group.get(key)
        if group is None or group.tokens + len(completion) - 1 > budget:
            group = open_group[key] = Group(prompt, tokens=len(prompt))
            groups.append(group)
        group.members.append(index)
        group.tokens += len(completion) - 1
    return groups


def _pack(groups: list[Group], sequences: Sequence[tuple[int, I32]], device: torch.device) -> Pack:
    ids: list[I32] = []
    positions, predicts = [], []
    spans: list[GroupSpan] = []
    members: list[int] = []
    at = 0
    for group in groups:
        length = len(group.prompt)
        start, end = at, at + length
        ids.append(group.prompt)
        positions.append(np.arange(length))
        at = end
        stretches: list[tuple[int, int]] = []
        for index in group.members:
            completion = sequences[index][1]
            inputs = len(completion) - 1
            ids.append(completion[:-1])
            positions.append(np.arange(length, length + inputs))
            predicts.append(np.concatenate([[end - 1], np.arange(at, at + inputs)]))
            stretches.append((at, at + inputs))
            members.append(index)
            at += inputs
        spans.append(GroupSpan(start, end, at, tuple(stretches)))
    completions = [sequences[index][1] for index in members]
    return Pack(
        ids=_longs(ids, device),
        positions=_longs(positions, device),
        plan=PackedPlan(tuple(spans), device),
        predicts=_longs(predicts, device),
        targets=_longs(completions, device),
        members=tuple(members),
        lengths=tuple(len(completion) for completion in completions),
    )


def _longs(parts: Sequence[np.ndarray], device: torch.device) -> Tensor:
    return torch.from_numpy(np.concatenate(parts).astype(np.int64)).to(device)
