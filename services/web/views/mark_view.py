"""Two articles side by side, to say of them whether they tell one story."""

from __future__ import annotations

from services.archive.reading import gold_marks
from services.archive.reading.answers import MarkPage
from services.web.views.asked import Asked, Shown, Unreadable


async def mark(asked: Asked) -> Shown:
    """Show two articles; raises NotFound and Unreadable."""
    first, second = asked.text("first"), asked.text("second")
    if first is None or second is None:
        raise Unreadable("first and second are the ids of two articles")
    page: MarkPage = asked.there(await asked.library.ask(gold_marks.pair, first, second))
    return Shown("mark.html", asked.tongue.say("mark_title"), page, {"noted": asked.text("noted")})
