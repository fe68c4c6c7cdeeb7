"""Asks a broker whether its cluster answers: Kafka's DescribeCluster by hand, so that an open port alone never counts as ready."""

from __future__ import annotations

import socket
import struct

DESCRIBE_CLUSTER = 60
_REQUEST = struct.pack(">hhih6sBBB", DESCRIBE_CLUSTER, 0, 1, 6, b"khabar", 0, 0, 0)
"""Key, version, correlation id, client id, no tags; no authorised operations, no tags."""

_HEAD = 4 + 1 + 4 + 2
"""Correlation id, no tags, throttle time, error code: the bytes of the answer before its error message."""


def answers(port: int, *, host: str = "127.0.0.1", timeout_s: float = 1.0) -> bool:
    """Say whether the cluster at *port* describes itself without an error and with at least one live broker."""
    try:
        with socket.create_connection((host, port), timeout_s) as line:
            line.sendall(struct.pack(">i", len(_REQUEST)) + _REQUEST)
            size = struct.unpack(">i", _read(line, 4))[0]
            body = _read(line, min(size, 1 << 16))
    except (OSError, EOFError):
        return False
    return _alive(body)


def _alive(body: bytes) -> bool:
    if len(body) <= _HEAD or body[_HEAD - 2 : _HEAD] != b"\0\0":
        return False
    at = _HEAD + max(body[_HEAD], 1)  # compact strings carry their length plus one; the error message is null
    at += max(body[at], 1) + 4  # the cluster's id and the controller's
    return len(body) > at and body[at] > 1  # compact array: one more than its items


def _read(line: socket.socket, size: int) -> bytes:
    parts = b""
    while len(parts) < size:
        part = line.recv(size - len(parts))
        if not part:
            raise EOFError
        parts += part
    return parts
