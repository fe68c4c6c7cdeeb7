"""Whether the engine is away, and when it may be asked again."""

from __future__ import annotations

import time

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0


class Absence:
    """Begins with a request that was not confirmed, ends with one that is; the pauses double unless the
    engine names one.
    """

    def __init__(self) -> None:
        self.lasts = False
        self._pause_s = FIRST_PAUSE_S
        self._until = 0.0

    @property
    def left_s(self) -> float:
        """Seconds until the engine may be asked."""
        return max(0.0, self._until - time.monotonic()) if self.lasts else 0.0

    def begin(self, after_s: float | None) -> None:
        """Take in that a request was not confirmed; *after_s* is the pause that the engine asked for."""
        now = time.monotonic()
        if self.lasts and now < self._until:
            return  # a request that was under way beside the one that told us
        self.lasts = True
        self._until = now + (self._pause_s if after_s is None else after_s)
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)

    def end(self) -> None:
        """Take in that the engine is there."""
        self.lasts = False
        self._pause_s = FIRST_PAUSE_S
