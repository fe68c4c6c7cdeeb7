"""A page's bytes as the engine takes them: untouched, as text where they are UTF-8, else in base64."""

from __future__ import annotations

import base64


def page(payload: bytes, name: str, media_type: str) -> dict[str, str]:
    """Return the fields for *payload*: text under *name* (html, text, payload) if it is valid UTF-8, else
    ``payload_b64``.

    The engine makes the revision of an article from these bytes, so what another way in would deliver must
    arrive here too: with its byte order mark, its line ends, and without a replacement sign.
    """
    try:
        return {name: payload.decode(), "media_type": media_type}
    except UnicodeDecodeError:
        return {"payload_b64": base64.b64encode(payload).decode("ascii"), "media_type": media_type}
