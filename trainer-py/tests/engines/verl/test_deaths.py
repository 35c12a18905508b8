"""What a user is told when a worker is gone, from what Ray 2.60 says of it."""

from __future__ import annotations

import pytest

from spice_trainer.api import BackendErrorCode
from spice_trainer.engines.verl.deaths import worker_died


def test_a_constructor_that_raised_is_told_with_its_exception_and_without_colours() -> None:
    told = worker_died(
        "The actor died because of an error raised in its creation task, \x1b[36mray::LearnerWorker.__init__()\x1b[39m\n"
        '  File "rendezvous.py", line 28, in _meet\n'
        "OSError: [Errno 98] Address already in use (while attempting to bind on address ('127.0.0.1', 58191))\n"
    )
    assert (told.code, told.reason) == (BackendErrorCode.UNAVAILABLE, "WORKER_DIED")
    assert str(told).startswith(
        "a worker of the Ray cluster is gone: The actor died because of an error raised in its creation task, "
        "ray::LearnerWorker.__init__() ... OSError: [Errno 98] Address already in use"
    )
    assert "\x1b" not in str(told)
    assert "checkpoint" in told.hint


@pytest.mark.parametrize(
    ("said", "told"), [("", "no reason given"), ("\n  Connection reset by peer \n", "Connection reset by peer")]
)
def test_one_line_or_none_is_told_as_it_is(said: str, told: str) -> None:
    assert str(worker_died(said)) == f"a worker of the Ray cluster is gone: {told}"


def test_a_paragraph_is_cut() -> None:
    told = str(worker_died("The actor died unexpectedly.\n" + "Some common causes include: " * 40))
    assert len(told) < 420
    assert told.endswith("...")
