"""`python -m tests.conformance.unfinished PART ...`: the fake trainer with one part that raises an
exception it did not mean to raise, or with a sampling thread that ended without a word."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NoReturn

from spice_trainer.__main__ import main
from spice_trainer.api import SampleEvent, SampleRequest, SampleStarted
from spice_trainer.engines.fake.trainer import FakeBackend


def _save(*_: object) -> NoReturn:
    raise NotImplementedError("save is not written yet")


def _forward_backward(*_: object) -> NoReturn:
    raise KeyError("old_logprobs")


def _open(*_: object) -> NoReturn:
    raise RuntimeError("no such layer: lm_head")


class _Dead:
    """A generation whose thread has ended."""

    def cancel(self, prompt_index: int | None = None) -> None:
        """Does nothing: there is no thread that could."""


def _submit(self: FakeBackend, request: SampleRequest, sink: Callable[[SampleEvent], None]) -> _Dead:
    sink(SampleStarted(0, tuple(self.tokenize([one.prompt for one in request.prompts]))))
    return _Dead()


PARTS = {"submit": _submit, "save": _save, "forward_backward": _forward_backward, "open": _open}

if __name__ == "__main__":
    part, *rest = sys.argv[1:]
    setattr(FakeBackend, part, PARTS[part])
    sys.exit(main(["serve", "--backend", "fake", *rest]))
