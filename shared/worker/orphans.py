"""A child must not outlive the process that started it, SIGKILL included (A19)."""

from __future__ import annotations

import os
import threading
import time

LOOK_SECONDS = 0.5


def die_with(parent: int) -> None:
    """End this process, at once and from a thread, when *parent* is no longer its parent.

    Polled: PR_SET_PDEATHSIG is Linux alone, and a pipe to the parent would stay open in every child it
    forked.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="orphans", daemon=True).start()
