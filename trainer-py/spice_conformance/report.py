"""Reports: a table for people, and a JSON document for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from spice_conformance.check import Result
from spice_conformance.verdict import Verdict

SCHEMA = "spice.conformance/1"
_MARKS = {Verdict.PASS: "ok", Verdict.FAIL: "FAIL", Verdict.INCONCLUSIVE: "?", Verdict.SKIPPED: "-"}


def line(result: Result) -> str:
    """Returns one line for a check."""
    return f"{_MARKS[result.verdict]:<5} {result.check.id:<32} {result.evidence}"


def summary(results: Sequence[Result]) -> str:
    """Returns the number of each verdict."""
    counted = Counter(one.verdict for one in results)
    return ", ".join(f"{counted[verdict]} {verdict.value}" for verdict in Verdict)


def by_area(results: Sequence[Result]) -> dict[str, dict[str, int]]:
    """Returns the number of verdicts by area, in the order of running."""
    out: dict[str, dict[str, int]] = {}
    for one in results:
        counts = out.setdefault(one.check.area, {verdict.value: 0 for verdict in Verdict})
        counts[one.verdict.value] += 1
    return out


def document(backend: str, address: str, results: Sequence[Result]) -> dict[str, object]:
    """Returns the JSON report. Its `schema` changes only when readers must change."""
    counted = Counter(one.verdict for one in results)
    return {
        "schema": SCHEMA,
        "backend": backend,
        "address": address,
        **{verdict.value: counted[verdict] for verdict in Verdict},
        "checks": [
            {
                "id": one.check.id,
                "area": one.check.area,
                "verdict": one.verdict.value,
                "evidence": one.evidence,
                "rule": one.check.rule,
                "seconds": round(one.seconds, 3),
            }
            for one in results
        ],
    }
