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
from services.link.reading.declared_origins import declared_origin
from services.link.reading.facts import days, figures, names, quotes
from services.link.reading.features import Features, features
from services.link.reading.frequency import LICENSED
from services.link.reading.notes import Notes, Sparse, encode_notes
from services.link.reading.wording import packed
from services.link.reading.words import fold
from shared.errors import BadRecord
from shared.records import Article, Clean, DateValue, Entities
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
    clean = replace(article.clean, text=article.clean.text[:MOST_READ])
    article = replace(article, clean=clean)
    entities = None if article.entities is UNSET else article.entities
    counted = features(clean, entities, lang)
    own, shared = _heaviest(counted, counted.own, OWN_TOP), _heaviest(counted, counted.shared, SHARED_TOP)
    notes = _notes(clean.text, entities, counted, own=own, shared=shared)
    letters = _NOT_WORD.sub("", fold(clean.text))
    at, slack_s = _event_time(clean.published)
    fetched = seconds(article.fetched_at)
    date = None if entities is None else entities.event_date
    origin, origin_names = (None, []) if entities is None else declared_origin(entities)
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
        copy_key=_copy_key(lang, letters),
        text_chars=len(letters),
        digest=is_digest(clean.text),
        vector=b"" if entities is None else _vector(entities),
        own=own,
        shared=shared,
        notes=zlib.compress(encode_notes(notes), 6),
        title=_title(clean),
        event_date=None if date is None else date.value,
        places=[] if entities is None else _places(entities),
        origin=origin,
        origin_names=origin_names,
        late_by_s=None if at is None else round(fetched - at, 3),
        measured=measured.read(article, letters),
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


def _copy_key(lang: str, letters: str) -> int:
    """Return the hash of the beginning of a text, which copies have in common."""
    return int.from_bytes(hashlib.blake2b(f"{lang}{letters[:COPY_CHARS]}".encode(), digest_size=7).digest())


def _heaviest(counted: Features, strengths: dict[int, float], top: int) -> Sparse:
    """Return the *top* heaviest features by licensed counts."""
    ids = np.array(list(strengths), np.uint32)
    strength = 1 + np.log1p(np.array(list(strengths.values()), np.float32))
    is_fact = np.array([int(i) in counted.facts for i in ids], np.bool_)
    weight = strength * LICENSED.rarity(counted.lang, ids)
    half = np.lexsort((ids, -weight, ~is_fact))[: top // 2]  # facts before words, but no more than half
    order = np.lexsort((ids, -weight, ~np.isin(ids, ids[half[is_fact[half]]])))[:top]
    return Sparse(ids[order].tobytes(), strength[order].astype(np.float32).tobytes())


def _notes(text: str, entities: Entities | None, counted: Features, *, own: Sparse, shared: Sparse) -> Notes:
    """Return the notes of an article, with those units alone that a kept feature stands for."""
    own_units, shared_units = (
        [counted.seen_in[i][:_UNITS_OF_A_FEATURE] for i in np.frombuffer(kept.ids, np.uint32).tolist()]
        for kept in (own, shared)
    )
    used = sorted({unit for units in (*own_units, *shared_units) for unit in units})
    new_number = {unit: i for i, unit in enumerate(used)}
    return Notes(
        units=[counted.units[unit] for unit in used],
        own=[[new_number[unit] for unit in units] for units in own_units],
        shared=[[new_number[unit] for unit in units] for units in shared_units],
        quotes=[] if entities is None else quotes(text, entities, counted.lang),
        days=[] if entities is None else days(entities),
        figures=[] if entities is None else figures(text, entities),
        names=[] if entities is None else names(entities),
        wording=packed(text, [] if entities is None else _facts(entities)),
    )


def _facts(entities: Entities) -> list[tuple[int, int]]:
    """Return the spans of names of people and places, numbers and times.

    Organisations are left out: their names stand in signatures too.
    """
    facts = [(number.start, number.end) for number in entities.numbers]
    facts += [(time.start, time.end) for time in entities.times]
    return facts + [(name.start, name.end) for name in entities.mentions if name.type in _FACT_TYPES]


def _vector(entities: Entities) -> bytes:
    vector = entities.vector
    if vector is UNSET or vector is None:
        return b""
    raw = base64.b64decode(vector.data)
    if len(raw) != vector.dim:
        raise BadRecord("wrong_type", f"vector of {len(raw)} values, {vector.dim} were promised")
    return raw


def _title(clean: Clean) -> str:
    """Return the headline, or the first line of an article without one."""
    return (clean.text.strip().split("\n", 1)[0] if clean.title is None else clean.title.text)[:200]


def _places(entities: Entities) -> list[str]:
    """Return the ids of the places that an article is about, each once: the one it was sent from is not."""
    mentions = {mention.id: mention for mention in entities.mentions}
    ids = [
        mentions[place.mention_id].entity_id
        for place in entities.places
        if place.role != "dateline" and place.mention_id in mentions
    ]
    return list(dict.fromkeys(ids))
