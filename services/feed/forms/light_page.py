"""Makes a heavy page light: cuts code, styles, drawings and embedded pictures, which are no article."""

from __future__ import annotations

import re
from collections.abc import Iterator

_OPENING = re.compile(rb"<(!--|script|style|svg)", re.IGNORECASE)
_CLOSING = {
    b"!--": re.compile(rb"-->"),
    **{name: re.compile(rb"</" + name + rb"[\s>]", re.IGNORECASE) for name in (b"script", b"style", b"svg")},
}
_DATA_OF_THE_PAGE = re.compile(rb"[^>]{0,300}ld\+json", re.IGNORECASE)
_PICTURE = re.compile(rb"data:[a-z]{1,20}/[a-z0-9.+-]{1,40};base64,[A-Za-z0-9+/=%]{100,}", re.IGNORECASE)


def lightened(page: bytes, most: int) -> bytes:
    """Return *page* as it is up to *most* bytes, else without the markup that no reader reads.

    JSON-LD stays.
    """
    if len(page) <= most:
        return page
    pieces: list[bytes] = []
    at = 0
    for start, end in _heavy(page):
        pieces.append(page[at:start])
        at = end
    return _PICTURE.sub(b"data:,", b"".join((*pieces, page[at:])))


def _heavy(page: bytes) -> Iterator[tuple[int, int]]:
    """Yield where code, styles, drawings and comments stand.

    An end that was missing once is not looked for again.
    """
    missing: set[bytes] = set()
    at = 0
    while opening := _OPENING.search(page, at):
        at = opening.end()
        name = opening[1].lower()
        if name in missing or (name == b"script" and _DATA_OF_THE_PAGE.match(page, at)):
            continue
        closing = _CLOSING[name].search(page, at)
        if closing is None:
            missing.add(name)
            continue
        begin = opening.start() if name == b"!--" else page.find(b">", at) + 1
        at = closing.end() if name == b"!--" else closing.start()
        yield min(begin, at), at
