"""The rows of `tasks.jsonl`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

ROWS = Path(__file__).with_name("tasks.jsonl")


@dataclass(frozen=True)
class Row:
    """One task. `fields` is the whole row of the file, as the dataset card describes it."""

    id: str
    question: str
    answer: str
    answer_type: str
    prompt: list[dict[str, str]]
    """Messages with `role` and `content`."""
    pass_rate: float | None
    """Share of right attempts without the document in the run, 0 to 1; None without attempts."""
    fields: dict[str, Any]


def read_rows(path: Path = ROWS) -> Iterator[Row]:
    """The rows of a file, in order.

    Raises ValueError for a line that is no row.
    """
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                fields = cast(dict[str, Any], json.loads(line))
                yield Row(
                    id=fields["id"],
                    question=fields["question"],
                    answer=fields["answer"],
                    answer_type=fields["answer_type"],
                    prompt=fields["prompt"],
                    pass_rate=fields["pass_rate"],
                    fields=fields,
                )
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path}, line {number} is no task: {error!r}") from error
