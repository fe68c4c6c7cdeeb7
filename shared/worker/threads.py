"""How a process uses its core: one numerical thread and rare garbage collection."""

from __future__ import annotations

import gc
import os

ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def one_core() -> None:
    """Tell numerical libraries, here and in children, to use one thread.

    What the environment says goes first.

    Waiting BLAS threads spin: tagging an article cost 337 ms of CPU instead of 84.
    """
    for name in ONE_THREAD:
        os.environ.setdefault(name, "1")


def collect_seldom() -> None:
    """Look for garbage cycles after 50,000 allocations instead of 2,000.

    A batch of records is long lists of live tuples.

    Saves 4 us a record in the lane and 2 in a slot.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
