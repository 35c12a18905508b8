"""`python -m spice_conformance --target ADDRESS ...`: tests a running trainer against the contract
(command.py)."""

from __future__ import annotations

import argparse
import sys

from spice_conformance import command


def main(arguments: list[str] | None = None) -> int:
    """Entry point. Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="spice_conformance", description="Test a running trainer against the contract."
    )
    command.add_arguments(parser)
    return command.main(parser.parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
