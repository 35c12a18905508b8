"""Settings of every test process and of the processes that tests start."""

from __future__ import annotations

import gc
import os
import sys

# The models of the tests are so small that a second thread saves no time. The threads of a product
# wait for each other in busy loops, which takes several times as long when all cores are in use.
# torch and numpy read these variables when they are imported, so nothing may import them before.
# Real engines have models of a real size and choose their own threads.
_real = any("real_engines" in word for word in sys.argv)
for _name in () if _real else ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")


def pytest_collection_finish() -> None:
    """The modules of torch and transformers are there until the end. Without this, each full
    garbage collection of a test looks at all of their objects."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """At the end of the process, extension modules report objects that were never collected."""
    gc.unfreeze()
