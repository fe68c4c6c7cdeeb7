"""The day the article is about."""

from __future__ import annotations

from collections.abc import Sequence

from services.extract.dating.calendar_values import day_of
from services.extract.dating.expressions import with_one_day
from shared.records import Clean, EventDate, TimeExpression

NEAR_DAYS = 7
"""A day in the text this near to publication may be the event's; older ones are background."""
LEAD_SHARE = 0.34
"""The first part of a text, whose days go before all others."""
SURE_IN_LEAD = 0.8
"""Confidence in a day of the lead."""
SURE_IN_TEXT = 0.6
"""Confidence in a day elsewhere in the text."""
SURE_AS_PUBLISHED = 0.4
"""Confidence in the day of publication."""


def event_date(times: Sequence[TimeExpression], clean: Clean, text: str) -> EventDate | None:
    """Return the first near day in the text's first third, else any near day, else the day of publication."""
    published = day_of(clean.published)
    days = list(with_one_day(list(times)))
    if published:
        days = [(time, day) for time, day in days if -NEAR_DAYS <= (day - published).days <= NEAR_DAYS]
    elif days:
        days = [(time, day) for time, day in days if time.anchor == "text"]
    lead = [(time, day) for time, day in days if time.start < len(text) * LEAD_SHARE]
    for candidates, confidence in ((lead, SURE_IN_LEAD), (days, SURE_IN_TEXT)):
        if candidates:
            time, day = candidates[0]
            return EventDate(
                value=day.isoformat(),
                precision="day",
                basis=f"text {time.start}:{time.end}",
                confidence=confidence,
            )
    if published:
        return EventDate(
            value=published.isoformat(), precision="day", basis="published", confidence=SURE_AS_PUBLISHED
        )
    return None
