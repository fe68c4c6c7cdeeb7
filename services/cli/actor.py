"""Who sits at the keyboard, as the audit names them."""

from __future__ import annotations

import getpass
import os
import socket


def actor() -> str:
    """Return user@host; the number of a user without a name (in a container)."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = f"uid-{os.getuid()}"
    return f"{user}@{socket.gethostname()}"
