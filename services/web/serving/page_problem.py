"""What a failure is to whoever asked: a status, words, and what a program may do about it."""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple

from aiohttp import web

from services.archive.reading.opening import NoArchive
from services.web.serving.mark_sender import NotTaken
from services.web.views.asked import NotFound, Unreadable
from shared import guard
from shared.encoder import EncoderMissing
from shared.logs import warn

FORESEEN: dict[type[Exception], tuple[int, str, bool]] = {
    NotFound: (404, "problem_404", False),
    Unreadable: (400, "problem_400", True),
    NoArchive: (503, "problem_503", True),
    EncoderMissing: (503, "problem_meaning", True),
    NotTaken: (503, "problem_mark", False),
}
"""By kind: the status, the word of the interface, and whether its message is for whoever asked."""

LATER = (NoArchive, NotTaken)
RETRY_S = 3
PASSED_ON = ("Allow", "WWW-Authenticate")


class Problem(NamedTuple):
    """*key* is the word of the interface for it, *detail* what it is about, in English."""

    status: int
    key: str
    detail: str = ""
    headers: dict[str, str] = {}  # noqa: RUF012 - nobody writes to it

    @property
    def title(self) -> str:
        """What the status is called."""
        return HTTPStatus(self.status).phrase


def problem_of(error: Exception) -> Problem:
    """Return what *error* is to whoever asked; one that nobody foresaw is logged."""
    for kind, (status, key, is_told) in FORESEEN.items():
        if isinstance(error, kind):
            later = {"Retry-After": str(RETRY_S)} if kind in LATER else {}
            return Problem(status, key, str(error) if is_told else "", later)
    if isinstance(error, web.HTTPException):
        given = {name: error.headers[name] for name in PASSED_ON if name in error.headers}
        return Problem(error.status, f"problem_{error.status}", headers=given)
    warn("bug", door="web", error=f"{type(error).__name__}: {error}"[:500], where=guard.where(error))
    return Problem(500, "problem_500")
