"""What the HTTP door says instead of taking articles: a status, and how to mend it (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus

import orjson
from aiohttp.web import Response

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """Why a request is not answered with 200; *detail* is a sentence for the client, with what to do."""

    def __init__(
        self, status: int, detail: str, *, headers: dict[str, str] | None = None, ends: bool = False
    ) -> None:
        super().__init__(status, detail)
        self.status, self.detail, self.headers = status, detail, headers
        self.ends = ends
        """Whether nothing more can be read from this connection."""

    def response(self) -> Response:
        """Return what the client gets."""
        said = {"title": HTTPStatus(self.status).phrase, "status": self.status, "detail": self.detail}
        made = Response(
            status=self.status, body=orjson.dumps(said), content_type=MEDIA_TYPE, headers=self.headers
        )
        if self.ends:
            made.force_close()
        return made


def later(status: int, detail: str, seconds: int) -> Problem:
    """Return a problem that is gone after some *seconds*: the client should send the same again."""
    return Problem(
        status, f"{detail}; send the same again, that is harmless", headers={"Retry-After": str(seconds)}
    )
