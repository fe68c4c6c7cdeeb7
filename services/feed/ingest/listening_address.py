"""Where the HTTP door listens: on this machine alone unless a token guards it, and on a port that is free."""

from __future__ import annotations

import ipaddress
import socket

from shared.settings import BadSetting, Settings
from shared.worker import listening

SETTING = "KHABAR_INGEST_PORT"


def claimed(settings: Settings) -> socket.socket:
    """Return a socket bound to the address in *settings*, not yet listening.

    Raises BadSetting when strangers could reach it without a token, OSError when it cannot be had.
    """
    place = listening.listening_place("INGEST", settings.ingest_host, settings.ingest_port)
    if not settings.ingest_token and not ipaddress.ip_address(str(place.address[0])).is_loopback:
        raise BadSetting(
            f"KHABAR_INGEST_HOST={settings.ingest_host} lets others in, and no token guards the door: "
            "put one into a file and set KHABAR_INGEST_TOKEN_FILE to its name, or listen on 127.0.0.1"
        )
    return listening.bound_socket(place)
