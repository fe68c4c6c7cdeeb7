"""Search by words in any spelling, and how each of them was read; or by meaning, in any language."""

from __future__ import annotations

from services.archive.reading import meaning_search, word_search
from services.archive.reading.answers import Found, SearchWanted
from services.web.views.asked import TURN_SIZE, Asked, Shown, Unreadable

WAYS = ("words", "meaning")
KEPT = ("q", "by", "lang", "source")
"""What goes along when one leafs through."""


async def found(asked: Asked) -> Found | None:
    """Return what the address asks for; None where it asks for nothing.

    Raises Unreadable, and EncoderMissing for a search by meaning.
    """
    text, way = asked.text("q"), asked.text("by") or WAYS[0]
    if way not in WAYS:
        raise Unreadable(f"by is one of {', '.join(WAYS)}")
    if text is None:
        return None
    what = SearchWanted(
        text=text, lang=asked.text("lang"), source=asked.text("source"), limit=TURN_SIZE, skip=asked.skip()
    )
    try:
        if way == "meaning":
            return await asked.library.ask(meaning_search.by_meaning, what, await asked.library.encoder())
        return await asked.library.ask(word_search.by_words, what)
    except ValueError as error:
        raise Unreadable(f"q cannot be searched for: {error}") from None


async def search(asked: Asked) -> Shown:
    """Show what was found, and what was searched."""
    answer, skip = await found(asked), asked.skip()
    more = answer is not None and skip + len(answer.hits) < answer.matching and len(answer.hits) == TURN_SIZE
    shown = {
        "query": asked.text("q") or "",
        "way": asked.text("by") or WAYS[0],
        "ways": WAYS,
        "kept": {key: value for key in KEPT if (value := asked.text(key))},
        "later": skip + TURN_SIZE if more else None,
        "earlier": max(0, skip - TURN_SIZE) if skip else None,
    }
    return Shown("search.html", asked.tongue.say("search_title"), answer, shown)
