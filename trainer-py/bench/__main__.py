"""`python -m bench LANE OPTIONS`: run one lane; OPTIONS is a JSON object."""

from __future__ import annotations

import importlib
import sys

from bench.lane import Lane

LANES = ("record", "our_training", "trl_training", "our_sampling", "hf_sampling", "vllm_sampling", "math_verify")


def main() -> None:
    name = sys.argv[1]
    if name not in LANES:
        raise SystemExit(f"unknown lane {name}: one of {', '.join(LANES)}")
    lane = Lane()
    # Imported late: libraries print while they load.
    importlib.import_module(f"bench.{name}").main(lane)


if __name__ == "__main__":
    main()
