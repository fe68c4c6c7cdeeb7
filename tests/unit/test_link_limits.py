"""A story's record stays small however much is told, and says that it was cut."""

from __future__ import annotations

from msgspec.structs import replace

from services.link.memory.items import StoryItem
from services.link.reading.notes import NotedName, NotedQuote, Notes, Sparse
from services.link.reading.signature import Signature, sign
from services.link.stories.joining import merged
from services.link.stories.story_record import grown, opened
from shared.records import Article, By
from shared.wire import codec
from tests.unit.link_articles import Page

BY = By(stage="link", version="test")
LANGS = ("fa", "ar", "en", "ur", "tr")
KAFKA_BYTES = 65_536


def plain() -> Signature:
    page = Page("first", "fa", "گزارش بلند از شهر " * 20, title="سرخط " * 40, at="2024-05-01T08:00:00.000Z")
    return sign(codec.decode(page.value(), Article))


def told(like: Signature, n: int) -> tuple[Signature, Notes]:
    """The n-th article of a story that every outlet tells at length and in names of its own."""
    lang = LANGS[n % len(LANGS)]
    names = [
        NotedName(
            f"e:{n % 7}-{i}", "PER", {lang: "نام " * 8}, [f"نام {n} {i} " * 3] * 4, "نام", 0, 3, "", 0.0, 0.0
        )
        for i in range(24)
    ]
    quotes = [NotedQuote("سخن " * 60, i, i + 240, "گوینده " * 4, Sparse(b"", b"")) for i in range(16)]
    name = f"رسانه شماره {n}"
    return replace(like, doc_id=f"{n:032x}", lang=lang, source=name, source_name=name), Notes(
        [], [], [], quotes, [], [], names
    )


def long_story(start: int, articles: int) -> StoryItem:
    like = plain()
    story = opened(*told(like, start), number=start, generation=1, by=BY)
    for n in range(start + 1, start + articles):
        story = grown(story, *told(like, n), novelty="new_facts", agreement={}, probability=0.9)
        assert len(codec.encode(story.record)) < KAFKA_BYTES
    return story


def test_a_story_of_hundreds_of_articles_fits_into_a_record() -> None:
    a, b = long_story(0, 300), long_story(300, 300)
    assert a.record.cut
    assert a.record.members.n == 300
    left, last = merged(a, b)
    for record in (left.record, last):
        assert len(codec.encode(record)) < KAFKA_BYTES
    assert left.record.members.n == 600
    assert left.record.origins.n_independent == 100
    assert set(left.cards) >= {item.doc_id for item in left.record.timeline}


def test_a_short_story_is_whole() -> None:
    story = long_story(0, 3)
    assert not story.record.cut
    assert len(story.record.timeline) == len(story.record.doc_ids) == 3
