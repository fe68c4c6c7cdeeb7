"""What time it is, as records say it."""

from __future__ import annotations

import time

from shared.wire.headers import rfc3339


def now() -> str:
    """Return this moment in RFC 3339, in UTC and to the millisecond."""
    return rfc3339(time.time_ns() // 1_000_000)
