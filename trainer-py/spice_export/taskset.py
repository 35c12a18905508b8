"""The tasks as a taskset of verifiers: `vf-eval <package>`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import verifiers.v1 as vf
from verifiers.v1.harnesses.null import NullHarness

from .rows import Row, read_rows
from .rules import shared_rules


class SpiceData(vf.TaskData):
    """A task. `row` is the row of `tasks.jsonl`."""

    row: dict[str, Any]


class SpiceTask(vf.Task[SpiceData]):
    """A question. The reward is 1 for the gold answer, else 0."""

    @vf.reward(weight=1.0)
    async def correct(self, trace: vf.Trace) -> float:
        """1 when the rules find the final answer correct. The metric `unparsable` is 1 when the
        attempt has no final answer of the task's type."""
        rules, row = shared_rules(), self.data.row
        finished = not trace.is_truncated
        verify = lambda: rules.verify(row, trace.last_reply, finished=finished)  # noqa: E731
        verdict = (await asyncio.to_thread(verify)).verdict
        trace.record_metric("unparsable", 1.0 if verdict == "unparsable" else 0.0)
        return 1.0 if verdict == "correct" else 0.0

    async def validate(self, runtime: vf.Runtime) -> bool | None:
        """Whether the rules find the gold answer correct."""
        rules, row = shared_rules(), self.data.row
        text = await asyncio.to_thread(rules.gold_text, row)
        return (await asyncio.to_thread(rules.verify, row, text)).verdict == "correct"


class SpiceConfig(vf.TasksetConfig):
    """Which rows are tasks."""

    min_pass_rate: float = 0.0
    """Rows with a lower pass rate are left out; 0 to 1."""
    max_pass_rate: float = 1.0
    """Rows with a higher pass rate are left out; 0 to 1."""
    answer_types: tuple[str, ...] = ()
    """Only rows of these types; empty for all."""


class SpiceTaskset(vf.Taskset[SpiceTask, SpiceConfig]):
    """The rows of `tasks.jsonl`, in order."""

    def load(self) -> Iterator[SpiceTask]:
        """One task for each row that the configuration selects."""
        for row in read_rows():
            if self._selects(row):
                yield SpiceTask(_data(row), self.config.task)

    def _selects(self, row: Row) -> bool:
        low, high = self.config.min_pass_rate, self.config.max_pass_rate
        # A row without attempts has no pass rate. Limits that exclude nothing keep the row.
        rated = (low <= 0 and high >= 1) or (row.pass_rate is not None and low <= row.pass_rate <= high)
        types = self.config.answer_types
        return rated and (not types or row.answer_type in types)


class SpiceHarness(NullHarness):
    """One request to the model and no tools. The run asked its Reasoner in the same way."""


def _data(row: Row) -> SpiceData:
    system = [one["content"] for one in row.prompt if one["role"] == "system"]
    user = [one["content"] for one in row.prompt if one["role"] == "user"]
    return SpiceData(
        id=row.id,
        name=row.question[:80],
        system_prompt="\n\n".join(system) or None,
        prompt="\n\n".join(user),
        row=row.fields,
    )
