"""Where the page listens."""

from __future__ import annotations

import socket

from shared.settings import Settings
from shared.worker import listening


def claimed(settings: Settings) -> socket.socket:
    """Return a socket bound to where the page listens.

    Raises BadSetting on an address that is not ours, OSError when it cannot be had.
    """
    return listening.bound_socket(listening.listening_place("WEB", settings.web_host, settings.web_port))
