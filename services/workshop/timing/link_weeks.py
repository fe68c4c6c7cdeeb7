"""What the linker costs in each week of a stream that goes on: the past is full, stories have closed, who is
usually silent is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from msgspec.structs import replace

from services.link.memory.lane_state import LaneState
from services.link.model import model
from services.link.reading.signature import Signature, sign
from services.workshop.streams.made_news import News
from services.workshop.timing.link_cost import figures, take
from shared.records import Article
from shared.wire import codec, topics

WEEKS, A_DAY = 10, 800  # a real stream has 700 to 1,100 posts a day, so that 2,100 to 3,300 are live
WORDS = 30  # of a post: half of the real ones have fewer than 25; few quote more than one sentence
COPIED = 12  # one post in so many repeats the words of the one before
UNTIL_MS = 1_767_225_600_000  # the stream ends with 2025


def by_week(weeks: int = WEEKS, a_day: int = A_DAY) -> dict[str, dict[str, float]]:
    """Return the figures of each week, every post of which is linked; what the lane still knows of the past
    with them.
    """
    state = LaneState()
    settings = model()
    stream = posts(7 * weeks, a_day)
    found = dict[str, dict[str, float]]()
    for week in range(1, weeks + 1):
        read = list(islice(stream, 7 * a_day))  # a slot reads posts, not the lane
        took = [take(state, post, settings) for post in read]
        found[str(week)] = figures(state, took) | {"past": len(state.past.row_of), "ended": len(state.closed)}
    return found


def posts(days: int, a_day: int) -> Iterator[Signature]:
    """Yield the posts of so many days, as a slot reads them."""
    news = News(days * a_day, until_ms=UNTIL_MS, words=WORDS, quotes=1, days=days)
    last: Signature | None = None
    for record in news.records():
        if record.topic != topics.LINKED.name:
            continue
        post = sign(codec.decode(record.value, Article))
        if last is not None and int(post.doc_id[:8], 16) % COPIED == 0:
            post = replace(
                last,
                doc_id=post.doc_id,
                source=post.source,
                source_name=post.source_name,
                at=post.at,
                fetched=post.fetched,
            )
        last = post
        yield post
