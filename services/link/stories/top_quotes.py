"""The quotes of a story's record, each with its wording in every language that has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from msgspec.structs import replace

from services.link.reading.notes import NotedQuote
from services.link.reading.signature import Signature
from services.link.stories.limits import MAX_TOP
from shared.records import Span, Story
from shared.records.story import TopQuote, Wording


class QuotePlace(NamedTuple):
    """Where a quote stands: its document, and its start there."""

    doc_id: str
    start: int


def with_quotes(old: list[TopQuote], quotes: Iterable[NotedQuote], signature: Signature) -> list[TopQuote]:
    """Return the quotes of a story with those of one article more."""
    new = [
        TopQuote(
            quote_cluster_id=f"{signature.doc_id}:{quote.start}",
            speaker=quote.speaker or None,
            wording={
                signature.lang: Wording(
                    text=quote.text, doc_id=signature.doc_id, span=Span(start=quote.start, end=quote.end)
                )
            },
        )
        for quote in quotes
    ]
    return [*old, *new][:MAX_TOP]


def with_quotes_side_by_side(record: Story, signature: Signature, shared: dict[int, QuotePlace]) -> Story:
    """Return the record with each of the article's quotes beside the member's that says the same.

    *shared* tells, by the start of the article's quote, where the member's stands.
    """
    of_article = {
        quote.wording[signature.lang].span.start: quote
        for quote in record.top_quotes
        if _is_only_of(quote, signature)
    }
    quotes = list(record.top_quotes)
    for start, place in shared.items():
        mine = of_article.get(start)
        at = next((i for i, quote in enumerate(quotes) if _stands_at(quote, place)), None)
        if mine is None or at is None or signature.lang in quotes[at].wording:
            continue
        speaker = quotes[at].speaker or mine.speaker
        quotes[at] = replace(quotes[at], wording=quotes[at].wording | mine.wording, speaker=speaker)
        quotes.remove(mine)
    return replace(record, top_quotes=quotes)


def quotes_kept(old: Iterable[TopQuote], kept: Callable[[str], bool]) -> list[TopQuote]:
    """Return the quotes with the wordings of the documents that are *kept*."""
    quotes = [
        replace(
            quote, wording={lang: wording for lang, wording in quote.wording.items() if kept(wording.doc_id)}
        )
        for quote in old
    ]
    return [quote for quote in quotes if quote.wording]


def _is_only_of(quote: TopQuote, signature: Signature) -> bool:
    only = list(quote.wording) == [signature.lang]
    return only and quote.wording[signature.lang].doc_id == signature.doc_id


def _stands_at(quote: TopQuote, place: QuotePlace) -> bool:
    return any(place == (wording.doc_id, wording.span.start) for wording in quote.wording.values())
