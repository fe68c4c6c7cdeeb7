"""What is kept of a record of ``articles.linked``, ``stories`` or ``stories.events``. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec
from msgspec import Struct, UnsetType

from shared.errors import BadRecord
from shared.records import Declared, Story, StoryEvent
from shared.records.clean import MOST_READ
from shared.records.raw import Source
from shared.text.match_key import match_key
from shared.text.moments import milliseconds
from shared.wire import codec

HEAT_MS = 3 * 3_600_000
"""In so long the warmth that an article gives its story falls to a third."""

ID_BITS = 12
"""An article's number is the second in which it came, and so many bits of its name: numbers go with time,
whoever wrote first.
"""

LONGEST_TITLE = 1_000
"""Code points of a title that a list shows."""

LONGEST_FIRST_LINE = 160


class _Part(Struct, frozen=True):
    text: str = ""


class _Date(Struct, frozen=True):
    value: str
    fallback: str | None = None


class _Duplicate(Struct, frozen=True):
    of: str
    relation: str


class _Clean(Struct, frozen=True):
    text: str
    title: _Part | None = None
    lead: _Part | None = None
    published: _Date | None = None
    duplicate: list[_Duplicate] = []


class _Language(Struct, frozen=True):
    lang: str = "und"


class _Mention(Struct, frozen=True):
    id: str
    exact: str = ""
    entity_id: str = ""


class _Entity(Struct, frozen=True):
    entity_id: str
    type: str = ""
    label: dict[str, str] = {}
    names_used: list[str] = []


class _Place(Struct, frozen=True):
    mention_id: str
    lat: float
    lon: float


class _Vector(Struct, frozen=True):
    model_sha256: str
    dim: int
    scale: float
    data: str


class _Entities(Struct, frozen=True):
    mentions: list[_Mention] = []
    entities: list[_Entity] = []
    places: list[_Place] = []
    vector: _Vector | None = None


class _RunnerUp(Struct, frozen=True):
    story_id: str
    score: float = 0.0


class _Linked(Struct, frozen=True):
    story_id: str
    runner_up: _RunnerUp | None = None


class _Article(Struct, frozen=True):
    """An article as far as the archive looks into it: what it does not name may change without it."""

    doc_id: str
    rev: str
    source: Source
    linked: _Linked
    clean: _Clean
    rev_no: int = 1
    url: str | None = None
    fetched_at: str = ""
    declared: Declared = Declared()
    language: _Language = _Language()
    entities: _Entities = _Entities()


class Came(NamedTuple):
    """Where a record lies, when its page came into Kafka, and which record of link's input that page was.

    Both are the same in every run, whenever that made the record.
    """

    run: str
    partition: int
    offset: int
    at_ms: int
    turn: int


class Named(NamedTuple):
    """An entity that an article names: its type, names by language, place, and how the article writes it."""

    entity_id: str
    type: str
    label: dict[str, str]
    place: tuple[float, float] | None
    surfaces: tuple[str, ...]


class Meaning(NamedTuple):
    """An article's vector: which model made it, and its int8 values."""

    model: str
    codes: bytes


class Wording(NamedTuple):
    """What is searched of an article: match keys of title, text and names, and its filters as words."""

    title: str
    text: str
    names: str
    tags: str


class Entry(NamedTuple):
    """An article as it is kept, but for the record itself."""

    number: int
    doc_id: str
    rev: str
    rev_no: int
    source: str
    source_name: str
    lang: str
    title: str
    lead: str
    url: str | None
    at_ms: int
    fetched_at: str
    published: str | None
    story_id: str
    chars: int
    copy_of: str | None
    runner_up: str | None
    runner_score: float | None
    wording: Wording
    named: tuple[Named, ...]
    meaning: Meaning | None


_ARTICLES = msgspec.json.Decoder(_Article)


def entry(value: bytes, at_ms: int) -> Entry:
    """Return what is kept of the article *value*, which came at *at_ms*; raises BadRecord when it is none."""
    try:
        article = _ARTICLES.decode(value)  # a third of what it costs to take the whole of it apart
    except msgspec.ValidationError as error:
        raise BadRecord("wrong_type", str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRecord("not_json", str(error)) from None
    clean, source, second = article.clean, article.source, article.linked.runner_up
    title = clean.title.text if clean.title else ""
    copies = [one.of for one in clean.duplicate if one.relation in ("exact", "near")]
    return Entry(
        number=number(at_ms, article.doc_id, article.rev),
        doc_id=article.doc_id,
        rev=article.rev,
        rev_no=article.rev_no,
        source=source.id,
        source_name=_or(source.name, source.id),
        lang=article.language.lang,
        title=(title or _or(article.declared.title, "") or _first_line(clean.text))[:LONGEST_TITLE],
        lead=(clean.lead.text if clean.lead else "")[:LONGEST_TITLE],
        url=article.url,
        at_ms=at_ms,
        fetched_at=article.fetched_at,
        published=clean.published.value if clean.published and clean.published.fallback is None else None,
        story_id=article.linked.story_id,
        chars=len(clean.text),
        copy_of=copies[0] if copies else None,
        runner_up=second.story_id if second else None,
        runner_score=second.score if second else None,
        wording=_wording(article, title),
        named=tuple(_named(article.entities)),
        meaning=_meaning(article.entities.vector),
    )


def number(at_ms: int, doc_id: str, rev: str) -> int:
    """Return the number of an article that came at *at_ms*; later ones have larger numbers.

    It is the same whoever asks for it.
    """
    mark = hashlib.blake2b(f"{doc_id} {rev}".encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return first_number(at_ms) + (int.from_bytes(mark) >> (32 - ID_BITS))


def first_number(at_ms: int) -> int:
    """Return the least number of what came in the second of *at_ms* or later."""
    return (at_ms // 1000) << ID_BITS


def lang_tag(lang: str) -> str:
    """Return the word by which articles in *lang* are found."""
    return "lang" + "".join(c for c in lang.lower() if c.isalnum())


def source_tag(source: str) -> str:
    """Return the word by which articles of *source* are found."""
    return "source" + hashlib.blake2b(source.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _first_line(text: str) -> str:
    """Return the first line of a text that has no title, as posts have none, cut between words."""
    line = text.strip().partition("\n")[0]
    return line if len(line) <= LONGEST_FIRST_LINE else line[:LONGEST_FIRST_LINE].rpartition(" ")[0] + "…"


def _or(value: str | UnsetType, otherwise: str) -> str:
    return otherwise if isinstance(value, UnsetType) else value


def _wording(article: _Article, title: str) -> Wording:
    names = dict.fromkeys(one.exact for one in article.entities.mentions)
    return Wording(
        match_key(title),
        match_key(article.clean.text[:MOST_READ]),
        match_key(" · ".join(names)),
        f"{lang_tag(article.language.lang)} {source_tag(article.source.id)}",
    )


def _named(entities: _Entities) -> Iterable[Named]:
    """Yield each entity once, with the first place that one of its mentions has."""
    entity_of = {one.id: one.entity_id for one in entities.mentions}
    places: dict[str, tuple[float, float]] = {}
    for one in entities.places:
        places.setdefault(entity_of.get(one.mention_id, ""), (one.lat, one.lon))
    seen = set[str]()
    for entity in entities.entities:
        if entity.entity_id not in seen:
            seen.add(entity.entity_id)
            surfaces = tuple(dict.fromkeys(entity.names_used))
            yield Named(entity.entity_id, entity.type, entity.label, places.get(entity.entity_id), surfaces)


def _meaning(vector: _Vector | None) -> Meaning | None:
    if vector is None:
        return None
    try:
        codes = base64.b64decode(vector.data, validate=True)
    except binascii.Error:
        return None
    return Meaning(vector.model_sha256, codes) if len(codes) == vector.dim else None


class Told(NamedTuple):
    """A story as it is kept, but for the record itself.

    *filters* are what lists are narrowed by: kind and value.
    """

    story: Story
    last_ms: int
    heat: float
    filters: frozenset[tuple[str, str]]


def told(value: bytes) -> Told:
    """Return what is kept of the story *value*; raises BadRecord when it is none."""
    story = codec.decode(value, Story)
    last_ms = moment(story.last_at)
    filters = {
        *(("lang", lang) for lang in story.members.by_lang),
        *(("source", source) for source in story.members.by_source),
        *(("place", place) for place in story.places),
        *(("person", one.entity_id) for one in story.top_entities),
        *(("saga" if one.relation == "same_saga" else "link", one.story_id) for one in story.links_out),
    }
    return Told(
        story, last_ms, heat([moment(item.at) for item in story.timeline] or [last_ms]), frozenset(filters)
    )


def heat(times_ms: Iterable[int]) -> float:
    """Return how hot a story with articles at these times is, as the logarithm of Σ e^(t / 3 h).

    It rises with every article, and time takes the same from all stories. So of two stories the one that
    grows faster has more, at whatever moment they are compared.
    """
    hours = [time / HEAT_MS for time in times_ms]
    top = max(hours)
    return top + math.log(sum(math.exp(max(-700.0, hour - top)) for hour in hours))


def moment(text: str) -> int:
    """Return a record's moment in ms since 1970, 0 when it is none."""
    try:
        return milliseconds(text)
    except ValueError:
        return 0


def event(value: bytes) -> StoryEvent:
    """Return an event of a story; raises BadRecord when it is none."""
    return codec.decode(value, StoryEvent)


def movers(found: StoryEvent) -> list[tuple[str, str, str]]:
    """Return the articles that an event takes from one story to another: document, from, to.

    A merge takes all, and is not among them.
    """
    detail, other = found.detail, found.other_id
    if isinstance(other, UnsetType):
        return []
    if found.event == "moved":
        docs = [detail.get("doc_id"), *_listed(detail, "copies")]
        return [(doc, other, found.story_id) for doc in docs if isinstance(doc, str)]
    if found.event == "split":
        return [(doc, found.story_id, other) for doc in _listed(detail, "doc_ids") if isinstance(doc, str)]
    return []


def _listed(detail: Mapping[str, object], key: str) -> list[object]:
    found = detail.get(key)
    return found if isinstance(found, list) else []
