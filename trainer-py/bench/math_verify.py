"""Lane: math-verify on typed pairs, in one warm process, as the second opinion calls it
(spice_grader/opinion.py).

A turn is one pass over all pairs; its `seconds` are those of the pass, timers included, and
`pairSeconds` those of each pair: parsing both sides and comparing them. No process boundary, no
JSON and no waiting is counted.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from bench.lane import Lane, options, versions
from spice_grader.opinion import opinion


def main(lane: Lane) -> None:
    """Runs until there are no more turns."""
    pairs = [(pair["gold"], pair["answer"]) for pair in options()["pairs"]]

    def turn(_: int) -> Mapping[str, Any]:
        spent: list[float] = []
        began = time.perf_counter()
        for gold, answer in pairs:
            started = time.perf_counter()
            # Every pair got a verdict before: nothing is raised here.
            opinion(gold, answer)
            spent.append(time.perf_counter() - started)
        return {"seconds": time.perf_counter() - began, "pairSeconds": spent}

    lane.ready(versions=versions("math-verify", "sympy", "latex2sympy2-extended", "antlr4-python3-runtime"))
    lane.run(turn)
