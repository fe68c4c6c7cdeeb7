"""The article's text with its names marked, for a terminal: ⟦جیک سالیوان·PER⟧."""

from __future__ import annotations

from collections.abc import Iterable

from shared.records import Mention

OPEN, CLOSE = "\u2068⟦", "⟧\u2069"
"""Brackets in a first-strong isolate: a Latin type beside a Persian name must not turn the line around."""


def marked(text: str, mentions: Iterable[Mention]) -> str:
    """Return *text* with every mention in brackets with its type.

    Of two that overlap the first is marked, at one place the longer.
    """
    out, end = [], 0
    for mention in sorted(mentions, key=lambda mention: (mention.start, -mention.end)):
        if mention.start < end or mention.end > len(text):
            continue
        out += [text[end : mention.start], OPEN, text[mention.start : mention.end], "·", mention.type, CLOSE]
        end = mention.end
    return "".join([*out, text[end:]])
