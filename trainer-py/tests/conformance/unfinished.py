"""`python -m tests.conformance.unfinished PART ...`: the fake trainer with one part that raises an
exception it did not mean to raise."""

from __future__ import annotations

import sys
from typing import NoReturn

from spice_trainer.__main__ import main
from spice_trainer.engines.fake.trainer import FakeBackend


def _save(*_: object) -> NoReturn:
    raise NotImplementedError("save is not written yet")


def _forward_backward(*_: object) -> NoReturn:
    raise KeyError("old_logprobs")


def _open(*_: object) -> NoReturn:
    raise RuntimeError("no such layer: lm_head")


PARTS = {"save": _save, "forward_backward": _forward_backward, "open": _open}

if __name__ == "__main__":
    part, *rest = sys.argv[1:]
    setattr(FakeBackend, part, PARTS[part])
    sys.exit(main(["serve", "--backend", "fake", *rest]))
