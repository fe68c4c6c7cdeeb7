"""The engine as this side sees it: one request that it has confirmed line by line, or the reason why not.

Unconfirmed(after_s)   away, busy or too far behind  -> hand the same over again, that is harmless
└─ Denied              it does not take our token    -> nothing will help but another token
"""

from __future__ import annotations

import contextlib
import gzip
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import quote, urlsplit

ANSWER_S = 60.0
"""Longer than the engine's own patience with its broker, which is 30 s."""
LONGEST_AFTER_S = 3600.0
MOST_ANSWER_BYTES = 64 << 20


class Unconfirmed(Exception):
    """The engine has not confirmed; it may be asked again after *after_s* seconds, if it said so."""

    def __init__(self, detail: str, after_s: float | None = None) -> None:
        super().__init__(detail)
        self.after_s = after_s


class Denied(Unconfirmed):
    """The engine does not take the token."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the engine does not take a line; it keeps the bytes among its dead letters."""

    reason: str
    detail: str


class _TooLarge(Exception):
    """The request has more bytes than the engine takes at once."""


class Engine:
    """The engine at *url*; blocking, for a thread.

    Proxies of the environment are for what is crawled, and are not asked.
    """

    def __init__(self, url: str, token: str = "", source: str = "") -> None:
        self.url = url
        address = urlsplit(url)
        self._kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
        self._host, self._port = address.hostname or "", address.port
        self._target = f"{address.path.rstrip('/')}/v1/articles" + (
            f"?source={quote(source, safe='')}" if source else ""
        )
        self._headers = {
            "Content-Type": "application/x-ndjson",
            "Content-Encoding": "gzip",
            "Connection": "close",
        }
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def hand_over(self, lines: Sequence[bytes]) -> list[Refusal | None]:
        """Return for each line None, or why it is refused, once the engine has them all.

        Raises Unconfirmed, Denied.
        """
        try:
            return self._verdicts(*self._posted(lines), lines)
        except _TooLarge:
            if len(lines) == 1:
                return [
                    Refusal(
                        "too_large",
                        f"{len(lines[0])} bytes are more than the engine takes in a request; it was not kept",
                    )
                ]
            half = len(lines) // 2
            return self.hand_over(lines[:half]) + self.hand_over(lines[half:])

    def _posted(self, lines: Sequence[bytes]) -> tuple[HTTPResponse, bytes]:
        body = gzip.compress(b"\n".join(lines), 1, mtime=0)
        connection = self._kind(self._host, self._port, timeout=ANSWER_S)
        try:
            connection.connect()
            # it may answer before it has read everything
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request("POST", self._target, body, self._headers)
            answer = connection.getresponse()
            return answer, answer.read(MOST_ANSWER_BYTES)
        except (OSError, HTTPException) as error:
            raise Unconfirmed(f"{type(error).__name__}: {error}") from None
        finally:
            connection.close()

    def _verdicts(self, answer: HTTPResponse, body: bytes, lines: Sequence[bytes]) -> list[Refusal | None]:
        match answer.status:
            case HTTPStatus.OK | HTTPStatus.UNPROCESSABLE_ENTITY:
                return _read(body, len(lines))
            case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                raise _TooLarge
            case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
                raise Denied(f"HTTP {answer.status}")
        raise Unconfirmed(
            f"HTTP {answer.status} {_why(body) or answer.reason}", _after_s(answer.getheader("Retry-After"))
        )


def _why(body: bytes) -> str:
    """Return the engine's own sentence (RFC 9457), if there is one."""
    try:
        return str(json.loads(body)["detail"])[:200]
    except (KeyError, TypeError, ValueError):
        return ""


def _read(body: bytes, expected: int) -> list[Refusal | None]:
    """Return the verdicts in an answer; raises Unconfirmed when it is not what an engine says about so many
    lines.
    """
    try:
        results = sorted(json.loads(body)["results"], key=lambda one: int(one["line"]))
        found = [
            None if one["status"] == "accepted" else Refusal(str(one["reason"]), str(one.get("detail", "")))
            for one in results
        ]
    except (KeyError, TypeError, ValueError):
        raise Unconfirmed("what answers there is no engine") from None
    if len(found) != expected:
        raise Unconfirmed(f"{len(found)} answers to {expected} lines")
    return found


def _after_s(header: str | None) -> float | None:
    """Return the seconds that ``Retry-After`` asks for: it may be a number or a date."""
    if not header:
        return None
    try:
        after_s = float(header)
    except ValueError:
        try:
            after_s = parsedate_to_datetime(header).timestamp() - time.time()
        except ValueError:
            return None
    return min(max(0.0, after_s), LONGEST_AFTER_S)
