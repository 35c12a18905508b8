"""`python -m tests.conformance.impatient serve ...`: the trainer's command, but a gap in client_seq
is waited for 1 s instead of 10 s.

The contract allows at most 10 s. The fake trainer shows the real time in `test_fake.py`. The wait
is in the server, so the trainers of the examples need not show it again.
"""

from __future__ import annotations

import sys

from spice_trainer.__main__ import main
from spice_trainer.server.session import sequencer

if __name__ == "__main__":
    sequencer.GAP_SECONDS = 1.0
    sys.exit(main())
