"""The article's text with its names marked, for a terminal: ⟦جیک سالیوان·PER⟧."""

from __future__ import annotations

from collections.abc import Iterable

from shared.records import Mention

OPEN_NAME = "\u2068⟦"
"""In a first-strong isolate: a Latin type beside a Persian name must not turn the line around."""
CLOSE_NAME = "⟧\u2069"


def marked(text: str, mentions: Iterable[Mention]) -> str:
    """Return *text* with every mention in brackets with its type.

    Of two that overlap the first is marked, at one place the longer.
    """
    out, end = [], 0
    for mention in sorted(mentions, key=lambda mention: (mention.start, -mention.end)):
        if mention.start < end or mention.end > len(text):
            continue
        out += [
            text[end : mention.start],
            OPEN_NAME,
            text[mention.start : mention.end],
            "·",
            mention.type,
            CLOSE_NAME,
        ]
        end = mention.end
    return "".join([*out, text[end:]])
