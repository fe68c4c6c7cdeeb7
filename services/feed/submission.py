"""What a door takes in: one article as it was given, or why it is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from services.feed.core import Item, item_from, item_of
from services.feed.mapping.shapes import Shape
from shared.errors import BadRecord
from shared.wire.headers import Headers


class Row(NamedTuple):
    """One row of a table: where it stood, its bytes, and how many broken characters of it were replaced."""

    where: str
    original: bytes
    mended: int


@dataclass(frozen=True, slots=True)
class Submission:
    """One thing given at a door: *where*, its bytes as they were, and its item or why it is refused.

    *where* is file and line, or request and line. *headers* came with it and go on with its record: a
    ``traceparent``.
    """

    where: str
    original: bytes
    item: Item | None
    payload: bytes
    refused: BadRecord | None = None
    headers: Headers = ()

    @classmethod
    def of_line(
        cls,
        line: bytes,
        where: str,
        default_source: str,
        shape: Shape | None = None,
        *,
        headers: Headers = (),
    ) -> Submission:
        """Read one JSON object, in our words or another tool's, or in those that *shape* declares."""
        return replace(cls._of(lambda: item_of(line, default_source, shape), where, line), headers=headers)

    @classmethod
    def of_row(
        cls, found: dict[str, Any], row: Row, default_source: str, shape: Shape | None = None
    ) -> Submission:
        """Read an object that was written as *row*."""
        return cls._of(
            lambda: item_from(found, default_source, shape, mended=row.mended), row.where, row.original
        )

    @classmethod
    def refusal(cls, where: str, original: bytes, why: BadRecord) -> Submission:
        """Return what stood at *where* as refused."""
        return cls(where, original, None, b"", why)

    @classmethod
    def _of(cls, read: Callable[[], tuple[Item, bytes]], where: str, original: bytes) -> Submission:
        try:
            item, payload = read()
        except BadRecord as error:
            return cls.refusal(where, original, error)
        return cls(where, original, item, payload)
