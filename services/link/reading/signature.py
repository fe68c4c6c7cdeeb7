"""What the linker reads off one article: made in a process slot, so that the lane has little left to do."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from datetime import datetime

import numpy as np
from msgspec import UNSET, Struct
from msgspec.structs import replace

from services.link.reading import measured
from services.link.reading.declared_origins import declared
from services.link.reading.facts import days, figures, names, quotes
from services.link.reading.features import Features, features
from services.link.reading.frequency import LICENSED
from services.link.reading.notes import Notes, Sparse, encode_notes
from services.link.reading.wording import packed
from services.link.reading.words import fold
from shared.errors import BadRecord
from shared.records import Article, DateValue
from shared.records.clean import MOST_READ

OWN_TOP = 48  # features kept inside the language
SHARED_TOP = 64  # features kept across languages
COPY_CHARS = 300  # letters and digits at their beginning that copies have in common
MANY_ITEMS = 9  # bullets that make a digest
DIGEST_MARKS = ("چند_خبر_کوتاه", "خبرهای داغ")
_UNITS_OF_A_FEATURE = 3  # units kept of one feature: the first
_FACT_TYPES = frozenset({"PER", "LOC", "FAC"})
_HALF_A_DAY_S = 43_200.0
_BULLET = re.compile(r"^\s*(?:[^\w\s«\"(“]+\s*$|[🔹🔸▪️•◾⭕🔺🔻◽◼])", re.MULTILINE)
_NOT_WORD = re.compile(r"\W+")


class Signature(Struct, frozen=True):
    """An article as the fold takes it; ``items.Row`` explains the fields that it has too.

    *text_chars* is the length of the folded text; *measured* holds its numbers by name (``measured``).
    """

    doc_id: str
    rev: str
    rev_no: int
    lang: str
    source: str
    source_name: str
    at: float | None
    slack_s: float
    fetched: float
    first_seen_at: str
    copy_key: int
    text_chars: int
    digest: bool
    vector: bytes
    own: Sparse
    shared: Sparse
    notes: bytes
    title: str
    event_date: str | None
    places: list[str]
    origin: str | None
    origin_names: list[str]
    late_by_s: float | None
    measured: dict[str, float]


def sign(article: Article) -> Signature:
    """Return the signature of *article*; raises BadRecord without clean, language or text."""
    if article.clean is UNSET or article.language is UNSET:
        raise BadRecord("missing_field", "link needs the blocks clean and language")
    if not article.clean.text.strip():
        raise BadRecord("empty_text", "nothing to link")
    lang = article.language.lang_macro
    article = replace(article, clean=replace(article.clean, text=article.clean.text[:MOST_READ]))
    assert article.clean is not UNSET  # noqa: S101
    counted = features(article, lang)
    own, own_units = _heaviest(counted, counted.own, lang, OWN_TOP)
    shared, shared_units = _heaviest(counted, counted.shared, lang, SHARED_TOP)
    notes = _notes(article, counted, own=own_units, shared=shared_units, lang=lang)
    folded = _NOT_WORD.sub("", fold(article.clean.text))
    published = article.clean.published
    at, slack_s = _event_time(published)
    fetched = seconds(article.fetched_at)
    entities = article.entities if article.entities is not UNSET else None
    date = entities.event_date if entities is not None else None
    origin, origin_names = declared(entities) if entities is not None else (None, [])
    return Signature(
        doc_id=article.doc_id,
        rev=article.rev,
        rev_no=article.rev_no,
        lang=lang,
        source=article.source.id,
        source_name=article.source.name or article.source.id,
        at=at,
        slack_s=slack_s,
        fetched=fetched,
        first_seen_at=article.first_seen_at,
        copy_key=int.from_bytes(
            hashlib.blake2b(f"{lang}{folded[:COPY_CHARS]}".encode(), digest_size=7).digest()
        ),
        text_chars=len(folded),
        digest=is_digest(article.clean.text),
        vector=_vector(article),
        own=own,
        shared=shared,
        notes=zlib.compress(encode_notes(notes), 6),
        title=_title(article),
        event_date=date.value if date is not None else None,
        places=_places(article),
        origin=origin,
        origin_names=origin_names,
        late_by_s=None if at is None else round(fetched - at, 3),
        measured=measured.read(article, folded),
    )


def seconds(time: str) -> float:
    """Return an RFC 3339 time as seconds since 1970."""
    return datetime.fromisoformat(time).timestamp()


def is_digest(text: str) -> bool:
    """Tell whether a text is a list of many short items rather than one report."""
    return len(_BULLET.findall(text)) >= MANY_ITEMS or any(mark in text for mark in DIGEST_MARKS)


def _event_time(published: DateValue | None) -> tuple[float | None, float]:
    if published is None or published.fallback == "fetched":
        return None, 0.0  # the time of fetching says nothing about the event
    if published.precision == "day":
        return seconds(f"{published.value}T12:00:00Z"), _HALF_A_DAY_S
    return seconds(published.value), 0.0


def _heaviest(
    counted: Features, strengths: dict[int, float], lang: str, top: int
) -> tuple[Sparse, list[list[int]]]:
    """Return the heaviest features by licensed counts, and the numbers of the units of each."""
    ids = np.array(list(strengths), np.uint32)
    strength = 1 + np.log1p(np.array(list(strengths.values()), np.float32))
    is_fact = np.array([int(i) in counted.facts for i in ids], np.bool_)
    weight = strength * LICENSED.rarity(lang, ids)
    half = np.lexsort((ids, -weight, ~is_fact))[: top // 2]  # facts before words, but no more than half
    order = np.lexsort((ids, -weight, ~np.isin(ids, ids[half[is_fact[half]]])))[:top]
    chosen = ids[order]
    sparse = Sparse(chosen.tobytes(), strength[order].astype(np.float32).tobytes())
    return sparse, [counted.seen_in[int(i)] for i in chosen]


def _vector(article: Article) -> bytes:
    vector = article.entities.vector if article.entities is not UNSET else UNSET
    if vector is UNSET or vector is None:
        return b""
    raw = base64.b64decode(vector.data)
    if len(raw) != vector.dim:
        raise BadRecord("wrong_type", f"vector of {len(raw)} values, {vector.dim} were promised")
    return raw


def _notes(
    article: Article, counted: Features, *, own: list[list[int]], shared: list[list[int]], lang: str
) -> Notes:
    """Return the notes of an article, with those units alone that a kept feature stands for."""
    used = sorted({unit for units in (*own, *shared) for unit in units[:_UNITS_OF_A_FEATURE]})
    new_number = {unit: i for i, unit in enumerate(used)}

    def renumbered(lists: list[list[int]]) -> list[list[int]]:
        return [[new_number[unit] for unit in units[:_UNITS_OF_A_FEATURE]] for units in lists]

    units = [counted.units[i] for i in used]
    notes = Notes(units, renumbered(own), renumbered(shared), [], [], [], [], _wording(article))
    if article.clean is UNSET or article.entities is UNSET:
        return notes
    text, entities = article.clean.text, article.entities
    return replace(
        notes,
        quotes=quotes(text, entities, lang),
        days=days(entities),
        figures=figures(text, entities),
        names=names(entities),
    )


def _wording(article: Article) -> bytes:
    """Return the packed words, with names of people and places, numbers and times as facts.

    Organisations do not count as facts: their names stand in signatures too.
    """
    assert article.clean is not UNSET  # noqa: S101
    if article.entities is UNSET:
        return packed(article.clean.text, [])
    entities = article.entities
    facts = [(number.start, number.end) for number in entities.numbers]
    facts += [(time.start, time.end) for time in entities.times]
    facts += [(mention.start, mention.end) for mention in entities.mentions if mention.type in _FACT_TYPES]
    return packed(article.clean.text, facts)


def _title(article: Article) -> str:
    """Return the headline, or the first line of an article without one."""
    assert article.clean is not UNSET  # noqa: S101
    title = article.clean.title
    return (title.text if title is not None else article.clean.text.strip().split("\n", 1)[0])[:200]


def _places(article: Article) -> list[str]:
    if article.entities is UNSET:
        return []
    mentions = {mention.id: mention for mention in article.entities.mentions}
    ids = [
        mentions[place.mention_id].entity_id
        for place in article.entities.places
        if place.role != "dateline" and place.mention_id in mentions
    ]
    return list(dict.fromkeys(ids))
