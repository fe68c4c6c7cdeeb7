"""What must hold of every record that comes out of the stages, whatever went in."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from shared import guard
from shared.records import Article, Clean, Entities, Language
from shared.wire import codec


def broken(value: bytes) -> list[str]:
    """Return the laws that an article's record breaks: its size, its JSON, its spans."""
    found = [] if len(value) <= guard.LARGEST_OUTPUT else [f"{len(value)} bytes"]
    article = codec.decode(value, Article)
    if article.clean is UNSET:
        return [*found, "no block clean"]
    found += _of_clean(article.clean)
    if article.language is not UNSET:
        found += _of_language(article.language, len(article.clean.text))
    if article.entities is not UNSET:
        found += _of_entities(article.entities, article.clean.text)
    return found


def _of_clean(clean: Clean) -> Iterator[str]:
    at = 0
    for start, length, raw_start, raw_length, _ in clean.align:
        if start != at or min(length, raw_start, raw_length) < 0:
            yield f"align {start} after {at}"
        at = start + length
    if at != len(clean.text):
        yield f"align ends at {at} of {len(clean.text)}"
    for part in (clean.title, clean.lead):
        if part and part.span.layer != "raw" and clean.text[part.span.start : part.span.end] != part.text:
            yield f"part {part.span}"


def _of_language(language: Language, size: int) -> Iterator[str]:
    edges = [edge for span in language.spans for edge in (span.start, span.end)]
    if edges != sorted(edges) or any(not 0 <= edge <= size for edge in edges):
        yield f"spans of languages {edges[:8]}"
    if not 0 <= language.confidence <= 1:
        yield f"confidence {language.confidence}"


def _of_entities(entities: Entities, text: str) -> Iterator[str]:
    for mention in entities.mentions:
        if not mention.exact or text[mention.start : mention.end] != mention.exact:
            yield f"mention {mention.start}:{mention.end}"
    for listed in (entities.quotes, entities.times, entities.numbers, entities.namings):
        for span in listed:
            if not 0 <= span.start < span.end <= len(text):
                yield f"{type(span).__name__} {span.start}:{span.end}"
