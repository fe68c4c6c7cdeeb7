"""The structs of all answers. Times are RFC 3339 in UTC; a field that may be None says when.

It is longer than other modules, because all that the archive answers is described in one place.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from shared.records import Article, Evidence, RunnerUp, Story, StoryEvent
from shared.records.linked import Against, ChangedNumber
from shared.records.mark import Mark
from shared.records.run import Run
from shared.records.run_diff import RunDiff
from shared.text.directions import Direction

Sort = Literal["newest", "growing", "languages", "origins"]
Reading = Literal["words", "sound", "meaning"]


class Headline(Struct, frozen=True, kw_only=True):
    """The headline of the most central article of a language, as it was written, and that article."""

    lang: str
    dir: Direction
    text: str
    doc_id: str


class PlaceShown(Struct, frozen=True, kw_only=True):
    """A place with its names by language; *lat*, *lon* (WGS 84 degrees) are None where no article tells."""

    entity_id: str
    label: dict[str, str]
    lat: float | None
    lon: float | None


class StoryCard(Struct, frozen=True, kw_only=True):
    """A story in a list.

    *outlets* and *independent* count sources and independent origins; *heat* is comparable in one answer
    alone.
    """

    story_id: str
    version: int
    status: str
    headlines: list[Headline]
    articles: int
    by_lang: dict[str, int]
    outlets: int
    independent: int
    first_seen_at: str
    first_seen_by: str
    last_at: str
    """Event time of its newest article, as link wrote it."""

    changed_at: str
    """When the article came that changed it last."""

    event_date: str | None
    heat: float
    places: list[PlaceShown]


class StoriesWanted(Struct, frozen=True, kw_only=True):
    """Which stories: every filter that is given must fit.

    *person* and *place* are entity ids (``PER`` or any other type).
    """

    sort: Sort = "newest"
    lang: str | None = None
    source: str | None = None
    place: str | None = None
    person: str | None = None
    event_from: str | None = None
    """Day of the event, ``2022-01-26``; from this one on."""

    event_to: str | None = None
    """… up to and with this one."""

    since: str | None = None
    """RFC 3339: ``last_at`` at this moment or later."""

    until: str | None = None
    """RFC 3339: ``last_at`` before this moment."""

    limit: int = 20
    after: str | None = None
    """``next`` of the former answer: the stories that follow."""


class StoryList(Struct, frozen=True, kw_only=True):
    """Stories, best first.

    *matching* of *of* live stories fit; at least so many where *at_least*. *next* is None at the end.
    """

    stories: list[StoryCard]
    matching: int
    at_least: bool
    of: int
    next: str | None


class MapPlace(Struct, frozen=True, kw_only=True):
    """A place of the map: how many stories speak of it, and the newest of them."""

    place: PlaceShown
    stories: int
    newest: str


class Member(Struct, frozen=True, kw_only=True):
    """An article in a story, with why it is there.

    *at* is when it came into the engine; *published* None where the page has no date.

    *copy_of* is the document whose words it repeats. *moved* holds the events that brought it here after it
    was linked elsewhere.
    """

    doc_id: str
    rev: str
    rev_no: int
    source: str
    source_name: str
    url: str | None
    lang: str
    dir: Direction
    title: str
    lead: str
    at: str
    published: str | None
    novelty: str
    decision: str
    linked_to: str
    score: float
    margin: float
    threshold: float
    cross_lingual: bool
    bias: float
    evidence: list[Evidence]
    evidence_rest: float
    runner_up: RunnerUp | None
    changed_numbers: list[ChangedNumber]
    copy_of: str | None
    origin: str | None
    chain: list[str]
    moved: list[StoryEvent]


class Refused(Struct, frozen=True, kw_only=True):
    """A story that nearly took one of this story's articles, or the other way round: the «why not».

    *story* is None when the archive no longer has it.
    """

    story_id: str
    story: StoryCard | None
    doc_id: str
    score: float
    against: list[Against]


class EventShown(Struct, frozen=True, kw_only=True):
    """Something that happened to a story, and when the article came that brought it about."""

    event: StoryEvent
    at: str


class StoryPage(Struct, frozen=True, kw_only=True):
    """A story whole.

    *passed* are the ids it was asked by and merged through; *members* are in the order in which they came.

    *missing* of its articles are not in the archive: older than it keeps, or not yet read. *links_out* are
    stories that this one follows up, *follow_ups* those that follow it up, *same_saga* other events of the
    same matter, *marks* what people have said of its articles.
    """

    story: Story
    card: StoryCard
    passed: list[str]
    members: list[Member]
    missing: int
    refused: list[Refused]
    events: list[EventShown]
    links_out: list[StoryCard]
    follow_ups: list[StoryCard]
    same_saga: list[StoryCard]
    marks: list[Mark]


class PastStory(Struct, frozen=True, kw_only=True):
    """A story as it stood at a moment.

    *not_yet* are articles that it has now and had not then, *gone* those that have left it since.

    *headlines* are those of its earliest article in each language: which one was the most central then is not
    kept.
    """

    story_id: str
    at: str
    headlines: list[Headline]
    by_lang: dict[str, int]
    by_source: dict[str, int]
    members: list[Member]
    not_yet: list[str]
    gone: list[str]
    events: list[EventShown]


class Revision(Struct, frozen=True, kw_only=True):
    """One revision of an article."""

    rev: str
    rev_no: int
    at: str
    fetched_at: str
    title: str
    chars: int
    newest: bool


class ArticleCard(Struct, frozen=True, kw_only=True):
    """An article in a list."""

    doc_id: str
    rev: str
    source: str
    source_name: str
    lang: str
    dir: Direction
    title: str
    at: str
    story_id: str


class ArticlePage(Struct, frozen=True, kw_only=True):
    """An article with everything: link's record, its place in ``articles.linked``, its headers and its story.

    *story_id* is its story of now; None when no story names it. *events* brought it there. *copies* are
    documents that repeat its words. *raw* is the record itself, as it came, for whoever wants fields that
    `Article` does not name.
    """

    article: Article
    raw: bytes
    run: str
    topic: str
    partition: int
    offset: int
    at: str
    headers: dict[str, str]
    story_id: str | None
    story: StoryCard | None
    events: list[EventShown]
    revisions: list[Revision]
    copies: list[ArticleCard]


class Change(Struct, frozen=True, kw_only=True):
    """One paragraph that differs; None on the side where there is none."""

    before: str | None
    after: str | None


class RevisionsCompared(Struct, frozen=True, kw_only=True):
    """What differs between two revisions: a changed title, paragraphs in order, figures come and gone."""

    before: Revision
    after: Revision
    title: Change | None
    paragraphs: list[Change]
    same_paragraphs: int
    numbers_gone: list[str]
    numbers_new: list[str]


class Spelling(Struct, frozen=True, kw_only=True):
    """How an entity is written: in how many articles, by how many sources, and one of them."""

    text: str
    lang: str
    dir: Direction
    articles: int
    sources: int
    example: str


class Called(Struct, frozen=True, kw_only=True):
    """The naming ledger: how often a source calls the entity so (articles, not mentions), and one of them."""

    source: str
    lang: str
    dir: Direction
    text: str
    articles: int
    example: str


class DayCount(Struct, frozen=True, kw_only=True):
    """Articles of a day (UTC)."""

    day: str
    articles: int


class EntityCard(Struct, frozen=True, kw_only=True):
    """An entity in a list."""

    entity_id: str
    type: str
    label: dict[str, str]
    articles: int


class EntityPage(Struct, frozen=True, kw_only=True):
    """An entity with all its spellings, who calls it what, its newest stories, and its articles by day."""

    entity: EntityCard
    place: PlaceShown | None
    spellings: list[Spelling]
    called: list[Called]
    stories: list[StoryCard]
    days: list[DayCount]


class Piece(Struct, frozen=True, kw_only=True):
    """A piece of an excerpt; *hit* where it is what was sought."""

    text: str
    hit: bool


class Hit(Struct, frozen=True, kw_only=True):
    """An article that was found.

    *found_by*: its words, a name that sounds so, or its meaning; *score* is comparable in one answer alone.
    """

    article: ArticleCard
    excerpt: list[Piece]
    found_by: Reading
    score: float


class WordRead(Struct, frozen=True, kw_only=True):
    """How a word of the query was read: *forms* are all that it is sought as, in other scripts too."""

    word: str
    forms: list[str]


class SearchWanted(Struct, frozen=True, kw_only=True):
    """What is sought, and in which articles; every filter that is given must fit."""

    text: str
    lang: str | None = None
    source: str | None = None
    since: str | None = None
    until: str | None = None
    limit: int = 20
    skip: int = 0


class Found(Struct, frozen=True, kw_only=True):
    """What was found: the best of the *looked_at* newest that match.

    *matching* of *searched* articles do, and with *at_least* so many or more.
    """

    hits: list[Hit]
    searched: int
    matching: int
    at_least: bool
    looked_at: int
    words: list[WordRead]
    entities: list[EntityCard]


class Standing(Struct, frozen=True, kw_only=True):
    """How the archive stands.

    *current_at*: when it last had all that the topics held; *next_epoch*: the one that is being built, if
    any.
    """

    run: str
    epoch: int
    articles: int
    revisions: int
    stories: int
    entities: int
    size_bytes: int
    newest_at: str | None
    oldest_at: str | None
    current_at: str | None
    next_epoch: int | None


class RunCard(Struct, frozen=True, kw_only=True):
    """A run in a list, and how many stories its diff *against* another one splits, merges and moves.

    These are None where no diff of it is kept.
    """

    run: Run
    against: str | None
    compared_at: str | None
    differences: int | None
    split: int
    merged: int
    moved: int


class RunList(Struct, frozen=True, kw_only=True):
    """The runs, the one that was changed last first."""

    runs: list[RunCard]


class RunPage(Struct, frozen=True, kw_only=True):
    """A run.

    *diff* is what it changes, None where none is kept; *articles* are those that it names, as far as the
    archive has them.
    """

    run: Run
    compared_with: list[str]
    diff: RunDiff | None
    articles: list[ArticleCard]


class MarkedArticle(Struct, frozen=True, kw_only=True):
    """An article to be marked: its card, how its text begins, and the story that it is in now."""

    article: ArticleCard
    text: str
    story_id: str | None


class MarkPage(Struct, frozen=True, kw_only=True):
    """Two articles of which somebody may say whether they tell one story.

    *together*: whether they are in one now. *mark*: what was said.
    """

    articles: list[MarkedArticle]
    together: bool
    mark: Mark | None
