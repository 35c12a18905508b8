"""`python -m mutants NAME [options of serve]`: serve the fake trainer with one fault."""

from __future__ import annotations

import sys

from mutants import MUTANTS
from spice_trainer.__main__ import main

if __name__ == "__main__":
    MUTANTS[sys.argv[1]].apply()
    sys.exit(main(["serve", "--backend", "fake", *sys.argv[2:]]))
