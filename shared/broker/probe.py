"""Asks a node by hand (DescribeCluster), so that an open port alone never counts as ready."""

from __future__ import annotations

import socket
import struct

DESCRIBE_CLUSTER = 60
NO_TAGS = b"\0"

_ANSWER_HEAD = struct.Struct(">ixih")
"""Correlation id, no tags, throttle time, error code: the bytes of an answer before its error message."""


def answers(port: int) -> bool:
    """Tell whether the cluster at *port* describes itself without an error and with a live broker."""
    try:
        # no authorised operations
        return _alive(ask(port, DESCRIBE_CLUSTER, b"\0"))
    except (OSError, EOFError):
        return False


def ask(port: int, key: int, question: bytes, *, timeout_s: float = 1.0) -> bytes:
    """Return the answer to version 0 of request *key*, from its correlation id on.

    Raises OSError and EOFError.
    """
    request = struct.pack(">hhih6s", key, 0, 1, 6, b"khabar") + NO_TAGS + question + NO_TAGS
    with socket.create_connection(("127.0.0.1", port), timeout_s) as line:
        line.sendall(struct.pack(">i", len(request)) + request)
        size = struct.unpack(">i", _read(line, 4))[0]
        return _read(line, min(size, 1 << 16))


def error_code(body: bytes) -> int:
    """Return the error code of an answer that begins with its throttle time; EOFError when it is shorter."""
    if len(body) < _ANSWER_HEAD.size:
        raise EOFError
    return int(_ANSWER_HEAD.unpack_from(body)[2])


def _alive(body: bytes) -> bool:
    if len(body) <= _ANSWER_HEAD.size or error_code(body):
        return False
    # compact strings carry their length plus one; the error message is null
    place = _ANSWER_HEAD.size + max(body[_ANSWER_HEAD.size], 1)
    place += max(body[place], 1) + 4  # the cluster's id and the controller's
    return len(body) > place and body[place] > 1  # compact array: one more than its items


def _read(line: socket.socket, size: int) -> bytes:
    parts = b""
    while len(parts) < size:
        part = line.recv(size - len(parts))
        if not part:
            raise EOFError
        parts += part
    return parts
