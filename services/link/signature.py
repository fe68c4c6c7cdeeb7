"""What the linker reads off one article: made in a process slot, so that the lane has little left to do."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from datetime import UTC, datetime

import numpy as np
from msgspec import UNSET, Struct

from services.link import items
from services.link.features import DAY, Features, feature_id, features, shared_names
from services.link.frequency import Frequency
from services.link.items import Figure, Name, Notes, Said, Sparse
from services.link.origins import declared
from services.link.wording import packed
from services.link.words import fold, tokens
from shared.errors import BadRecord
from shared.records import Article, DateValue

OWN_TOP, SHARED_TOP = 48, 64
MAX_SENTENCES, MAX_FIGURES, MAX_NAMES = 16, 16, 24
SHORTEST_QUOTE, LONGEST_QUOTE = 25, 240
QUOTE_TOP = 32
_FACT_TYPES = frozenset({"PER", "LOC", "FAC", "NUM", "MONEY"})
COPY_CHARS = 300
_SLACK_S = {"second": 0.0, "minute": 0.0, "day": 43_200.0, "month": 15 * 86_400.0, "year": 183 * 86_400.0}
_MIDDLE_S = {"day": 43_200.0, "month": 14 * 86_400.0, "year": 182 * 86_400.0}
_FORMS = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}
MANY_ITEMS = 9
DIGEST_MARKS = ("چند_خبر_کوتاه", "خبرهای داغ")
_BULLET = re.compile(r"^\s*(?:[^\w\s«\"(“]+\s*$|[🔹🔸▪️•◾⭕🔺🔻◽◼])", re.MULTILINE)
_SENTENCE = re.compile(r"[^.!?؟۔…\n]+(?:[.!?؟۔…]+(?=\S)[^.!?؟۔…\n]+)*[.!?؟۔…]*")
_NOT_WORD = re.compile(r"\W+")
_STATIC = Frequency()


class Signature(Struct, frozen=True):
    """An article as the fold takes it; see ``items.Row`` for the shared fields. *text_chars* is the length of the folded text."""

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
    entity_ids: list[str]
    origin: str | None
    origin_names: list[str]
    late_by_s: float | None


def sign(article: Article) -> Signature:
    """Return the signature of *article*; raises BadRecord without the blocks of clean and detect, or without text."""
    if article.clean is UNSET or article.language is UNSET:
        raise BadRecord("missing_field", "link needs the blocks clean and language")
    if not article.clean.text.strip():
        raise BadRecord("empty_text", "nothing to link")
    lang = article.language.lang_macro
    found = features(article, lang)
    own, own_units = _ranked(found, found.own, lang, OWN_TOP)
    shared, shared_units = _ranked(found, found.shared, lang, SHARED_TOP)
    notes = _notes(article, found, own=own_units, shared=shared_units, lang=lang)
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
        copy_key=int.from_bytes(hashlib.blake2b(f"{lang}{folded[:COPY_CHARS]}".encode(), digest_size=7).digest()),
        text_chars=len(folded),
        digest=is_digest(article.clean.text),
        vector=_vector(article),
        own=own,
        shared=shared,
        notes=zlib.compress(items.encode(notes), 6),
        title=_title(article),
        event_date=date.value if date is not None else None,
        places=_places(article),
        entity_ids=[name.entity_id for name in notes.names],
        origin=origin,
        origin_names=origin_names,
        late_by_s=None if at is None else round(fetched - at, 3),
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
    if published.precision in ("second", "minute"):
        return seconds(published.value), 0.0
    start = datetime.strptime(published.value, _FORMS[published.precision]).replace(tzinfo=UTC)
    return start.timestamp() + _MIDDLE_S[published.precision], _SLACK_S[published.precision]


def _ranked(found: Features, strengths: dict[int, float], lang: str, top: int) -> tuple[Sparse, list[list[int]]]:
    """Return the heaviest features by licensed counts, and the units of each."""
    ids = np.array(list(strengths), np.uint32)
    strength = 1 + np.log1p(np.array(list(strengths.values()), np.float32))
    fact = np.array([int(i) in found.facts for i in ids], np.bool_)
    weight = strength * _STATIC.rarity(lang, ids)
    first = np.lexsort((ids, -weight, ~fact))[: top // 2]  # facts before words, but no more than half
    order = np.lexsort((ids, -weight, ~np.isin(ids, ids[first[fact[first]]])))[:top]
    chosen = ids[order]
    return Sparse(chosen.tobytes(), strength[order].astype(np.float32).tobytes()), [found.seen_in[int(i)] for i in chosen]


def _vector(article: Article) -> bytes:
    vector = article.entities.vector if article.entities is not UNSET else UNSET
    if vector is UNSET or vector is None:
        return b""
    raw = base64.b64decode(vector.data)
    if len(raw) != vector.dim:
        raise BadRecord("wrong_type", f"vector of {len(raw)} values, {vector.dim} were promised")
    return raw


def _notes(article: Article, found: Features, *, own: list[list[int]], shared: list[list[int]], lang: str) -> Notes:
    """Keep only the units that a kept feature stands for."""
    used = sorted({unit for units in (*own, *shared) for unit in units[:3]})
    at = {unit: i for i, unit in enumerate(used)}

    def renumbered(lists: list[list[int]]) -> list[list[int]]:
        return [[at[unit] for unit in units[:3]] for units in lists]

    return Notes([found.units[i] for i in used], renumbered(own), renumbered(shared), *_facts(article, lang), _wording(article))


def _wording(article: Article) -> bytes:
    """Return the words in order; names of people and places, numbers and times are facts, names of bodies stand in signatures too."""
    assert article.clean is not UNSET  # noqa: S101
    if article.entities is UNSET:
        return packed(article.clean.text, [])
    found = article.entities
    facts = [(number.start, number.end) for number in found.numbers]
    facts += [(time.start, time.end) for time in found.times]
    facts += [(mention.start, mention.end) for mention in found.mentions if mention.type in _FACT_TYPES]
    return packed(article.clean.text, facts)


def quoted_features(text: str, lang: str) -> Sparse:
    """Return the rarest shared features of a quote, each weighted by its rarity."""
    strength: dict[int, float] = {}
    for word, _, _ in tokens(text):
        for name, weight in shared_names(word, lang):
            key = feature_id(name)
            strength[key] = max(strength.get(key, 0.0), weight)
    ids = np.array(list(strength), np.uint32)
    weights = np.array(list(strength.values()), np.float32) * _STATIC.rarity(lang, ids)
    order = np.lexsort((ids, -weights))[:QUOTE_TOP]
    return Sparse(ids[order].tobytes(), weights[order].astype(np.float32).tobytes())


def sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the sentences of a quote that are long enough to be known again: outlets quote different stretches of one statement."""
    found = []
    for match in _SENTENCE.finditer(text, start, end):
        part = match.group()
        inside = (match.start() + len(part) - len(part.lstrip()), match.start() + len(part.rstrip()))
        if inside[1] - inside[0] >= SHORTEST_QUOTE:
            found.append(inside)
    return found


def _facts(article: Article, lang: str) -> tuple[list[Said], list[str], list[Figure], list[Name]]:
    assert article.clean is not UNSET  # noqa: S101
    if article.entities is UNSET:
        return [], [], [], []
    text, entities = article.clean.text, article.entities
    labels = {entity.entity_id: entity for entity in entities.entities}

    def speaker(entity_id: str) -> str:
        return next(iter(labels[entity_id].label.values()), "") if entity_id in labels else ""

    quotes = [
        Said(
            text[start:end][:LONGEST_QUOTE],
            start,
            end,
            speaker(q.speaker.entity_id or "") if q.speaker is not None else "",
            quoted_features(text[start:end], lang),
        )
        for q in entities.quotes
        if q.mode != "scare"
        for start, end in sentences(text, q.start, q.end)
    ]
    figures = [
        Figure(n.value, n.unit or "", n.of or "", text[n.start : n.end], n.start, n.end, n.approx)
        for n in entities.numbers
        if n.unit or n.of
    ]
    ranked = sorted(entities.entities, key=lambda e: (-e.salience, e.entity_id))
    mentions = {mention.id: mention for mention in entities.mentions}
    points = {mentions[place.mention_id].entity_id: place for place in entities.places if place.mention_id in mentions}
    names = []
    for entity in ranked[:MAX_NAMES]:
        first = mentions[entity.mention_ids[0]]
        point = points.get(entity.entity_id)
        where = ("", 0.0, 0.0) if point is None else (point.precision, point.lat, point.lon)
        names.append(Name(entity.entity_id, entity.type, entity.label, entity.names_used[:4], first.exact, first.start, first.end, *where))
    days = sorted({time.value[:10] for time in entities.times if time.value is not None and DAY.match(time.value)})
    return quotes[:MAX_SENTENCES], days, figures[:MAX_FIGURES], names


def _title(article: Article) -> str:
    """Return the headline, or the first line of an article without one."""
    assert article.clean is not UNSET  # noqa: S101
    title = article.clean.title
    return (title.text if title is not None else article.clean.text.strip().split("\n", 1)[0])[:200]


def _places(article: Article) -> list[str]:
    if article.entities is UNSET:
        return []
    mentions = {mention.id: mention for mention in article.entities.mentions}
    found = [mentions[p.mention_id].entity_id for p in article.entities.places if p.role != "dateline" and p.mention_id in mentions]
    return list(dict.fromkeys(found))
