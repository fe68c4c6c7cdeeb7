"""Where a worker listens: bound before anything else starts, so that a taken port is reported at once."""

from __future__ import annotations

import socket
from typing import Any, NamedTuple

from shared.settings import PREFIX, BadSetting
from shared.worker.health import refused


class ListeningPlace(NamedTuple):
    """An address of this machine, as ``socket`` wants it, of the worker whose settings begin with *name*."""

    name: str
    family: socket.AddressFamily
    kind: socket.SocketKind
    protocol: int
    address: tuple[Any, ...]


def listening_place(name: str, host: str, port: int) -> ListeningPlace:
    """Return the place of the settings that begin with *name* (``INGEST``, ``WEB``).

    Raises BadSetting when *host* is no address of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise BadSetting(
            f"{PREFIX}{name}_HOST={host!r} is no address of this machine: {error.strerror}"
        ) from None
    return ListeningPlace(name, family, kind, protocol, address)


def bound_socket(place: ListeningPlace) -> socket.socket:
    """Return a socket bound to *place*, not yet listening; raises OSError when it cannot be had."""
    bound = socket.socket(place.family, place.kind, place.protocol)
    # a restart need not wait for connections that are over
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(place.address)
    except OSError as error:
        bound.close()
        raise refused(error, place.address[1], f"{PREFIX}{place.name}_PORT") from None
    return bound


def address(bound: socket.socket) -> str:
    """Return the URL at which *bound* listens."""
    host, port = bound.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
