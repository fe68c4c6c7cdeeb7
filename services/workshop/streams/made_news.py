"""News that nobody wrote, as link leaves it: articles with names in three scripts, stories and events.

Any number of them, and the same for one seed.

They have the shape and about the size of real records (15 kB an article of 250 words), the vectors of a story
lie near each other, and words are as frequent as Zipf says. Nothing in them means anything.
"""

from __future__ import annotations

import base64
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from shared.contract import Origin
from shared.text.skeleton import fine_key
from shared.wire import headers, topics

LANGS = {"fa": "Arab", "ar": "Arab", "en": "Latn"}
FIRST = ("جیک جيك Jake", "علی علي Ali", "آنتونی أنتوني Antony", "نفتالی نفتالي Naftali", "ابراهیم إبراهيم Ebrahim", "حسین حسين Hossein",
         "ولادیمیر فلاديمير Vladimir", "امانوئل إيمانويل Emmanuel", "مریم مريم Maryam", "جوزپ جوزيب Josep", "ایال إيال Eyal", "رابرت روبرت Robert")  # fmt: skip
LAST = ("سالیوان سوليفان Sullivan", "شمخانی شمخاني Shamkhani", "بلینکن بلينكن Blinken", "بنت بينيت Bennett", "رئیسی رئيسي Raisi",
        "بورل بوريل Borrell", "مکرون ماكرون Macron", "زلنسکی زيلينسكي Zelensky", "مالی مالي Malley", "گروسی غروسي Grossi",
        "اردوغان أردوغان Erdogan", "هولاتا هولاتا Hulata", "لاوروف لافروف Lavrov", "امیرعبداللهیان عبداللهيان Amirabdollahian")  # fmt: skip
PLACES = (("gn:112931", "تهران طهران Tehran", 35.69, 51.42), ("gn:2761369", "وین فيينا Vienna", 48.21, 16.37),
          ("gn:293397", "تل‌آویو تل‌أبيب Tel-Aviv", 32.08, 34.78), ("iso:IR", "ایران إيران Iran", 35.7, 51.4), ("iso:US", "آمریکا أمريكا America", 38.9, -77.04),
          ("iso:UA", "اوکراین أوكرانيا Ukraine", 50.45, 30.52), ("gn:98182", "بغداد بغداد Baghdad", 33.34, 44.4))  # fmt: skip
SYLLABLES = {
    "fa": ["با", "تا", "سا", "را", "می", "نا", "ها", "دا", "کا", "گر", "شت", "ند", "ست", "ور", "اد", "ین",
            "یش", "پر", "چه", "خو", "فر", "زا", "بن", "مر", "کن"],
    "ar": ["ال", "مس", "تق", "بل", "مح", "مد", "عل", "يه", "رس", "اء", "قد", "جم", "عي", "تح", "ري", "فت",
            "نظ", "مو", "لا", "سي", "را", "كا", "هد", "ات", "ين"],
    "en": ["re", "con", "ti", "on", "ing", "er", "al", "ist", "en", "men", "tor", "pla", "st", "ra", "ma",
            "de", "li", "ca", "no", "ver", "to", "in", "per", "so"],
}  # fmt: skip
OUTLETS = 40
MODEL = "made"
DAYS = 6
DAYS_MS = DAYS * topics.DAY_MS
VOCABULARY, PASSAGES, PASSAGE = 20_000, 20_000, 9
"""Words of a language; passages that articles are put together from, so that making them costs less than
reading them; words of each.
"""


class Record(NamedTuple):
    """A record of a logical topic, as link's lane writes it: when its page came, and its headers."""

    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]
    at_ms: int


@dataclass(slots=True)
class _Story:
    """What has been told of a story so far."""

    story_id: str
    langs: dict[str, int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    docs: list[tuple[str, str, int]] = field(default_factory=list)
    label: dict[str, str] = field(default_factory=dict)
    people: list[int] = field(default_factory=list)
    version: int = 0


class News:
    """A stream of *articles* over *days* that end at *until_ms*, five to a story."""

    def __init__(
        self,
        articles: int,
        *,
        until_ms: int,
        seed: int = 7,
        words: int = 250,
        quotes: int = 3,
        days: int = DAYS,
    ) -> None:
        self.articles = articles
        self.until_ms = until_ms
        self.words = words
        self.quotes = quotes
        self._span_ms = days * topics.DAY_MS
        self._plan = random.Random(seed)
        self._numbers = np.random.default_rng(seed)
        ranks = 1 / np.arange(1, VOCABULARY + 1) ** 1.05
        shares = np.cumsum(ranks / ranks.sum())
        self._passages = {lang: self._passages_of(parts, shares) for lang, parts in SYLLABLES.items()}
        self._directions = self._numbers.standard_normal((1024, 384)).astype(np.float32)
        self._stories: dict[int, _Story] = {}

    def records(self, first: int = 0) -> Iterator[Record]:
        """Yield the records of every article from *first* on, in the order in which link writes them: the
        article, then its story.
        """
        for number in range(first, self.articles):
            yield from self.told(number)

    def told(self, number: int) -> Iterator[Record]:
        """Yield what article *number* and its story become."""
        lang = self._plan.choice(list(LANGS))
        told = max(0, number // 5 - self._plan.choice([0, 0, 0, 1, 2, 5, 30]))
        story = self._stories.get(told) or self._open(told)
        at_ms = self.until_ms - self._span_ms + self._span_ms * number // self.articles
        doc = f"{number:08x}{uuid.uuid5(uuid.NAMESPACE_URL, str(number)).hex[8:]}"
        source = f"outlet-{number % OUTLETS}"
        article = self._article(doc, story, source=source, lang=lang, told=told, at_ms=at_ms)
        story.version += 1
        story.docs.append((doc, source, at_ms))
        story.langs[lang] = story.langs.get(lang, 0) + 1
        story.sources[source] = story.sources.get(source, 0) + 1
        story.label.setdefault(lang, article["clean"]["title"]["text"])
        made = self._headers(number, at_ms)
        yield Record(
            topics.LINKED.name,
            doc.encode(),
            orjson.dumps(article),
            [*made, ("ce_subject", doc.encode())],
            at_ms,
        )
        yield Record(
            topics.STORIES.name, story.story_id.encode(), orjson.dumps(self._record(story)), made, at_ms
        )
        if len(story.docs) == 7:
            quiet = {
                "schema": 1,
                "story_id": story.story_id,
                "event": "quiet",
                "at": headers.rfc3339(at_ms),
                "detail": {},
                "by": BY,
            }
            yield Record(topics.STORY_EVENTS.name, story.story_id.encode(), orjson.dumps(quiet), made, at_ms)

    def text(self, lang: str, words: int) -> str:
        """Return about so many words of a language."""
        return " ".join(self._plan.choices(self._passages[lang], k=max(1, words // PASSAGE)))

    def vector(self, told: int) -> NDArray[np.int8]:
        """Return a vector near those of the story of that number."""
        pool = self._directions
        found = pool[told % 509] + pool[told // 509 % 509] + 0.7 * pool[self._plan.randrange(len(pool))]
        codes: NDArray[np.int8] = np.rint(found * (127 / np.abs(found).max())).astype(np.int8)
        return codes

    def _open(self, told: int) -> _Story:
        people = [self._plan.randrange(len(FIRST) * len(LAST)) for _ in range(4)]
        story = self._stories[told] = _Story(
            str(uuid.uuid5(uuid.NAMESPACE_URL, f"story {told}")), people=people
        )
        return story

    def _passages_of(self, parts: list[str], shares: NDArray[np.float64]) -> list[str]:
        words = [
            "".join(self._plan.choices(parts, k=self._plan.choice([1, 2, 2, 3, 3, 4])))
            for _ in range(VOCABULARY)
        ]
        places = np.searchsorted(shares, self._numbers.random((PASSAGES, PASSAGE)))
        return [" ".join([words[place] for place in row]) for row in places.tolist()]

    def _headers(self, number: int, at_ms: int) -> list[tuple[str, bytes]]:
        raw = Origin(topics.RAW.name, number % 12, number // 12, at_ms)
        cause = Origin(topics.EXTRACTED.name, 0, number, at_ms + 500)
        return [
            ("ce_specversion", b"1.0"),
            ("ce_source", b"/stage/link"),
            ("ce_id", uuid.uuid5(uuid.NAMESPACE_URL, f"event {number}").hex.encode()),
            ("ce_time", headers.rfc3339(at_ms + 900).encode()),
            ("ce_tookms", b"3"),
            (headers.ORIGIN, str(raw).encode()),
            (headers.CAUSE, str(cause).encode()),
        ]

    def _article(
        self, doc: str, story: _Story, *, source: str, lang: str, told: int, at_ms: int
    ) -> dict[str, Any]:
        column = list(LANGS).index(lang)
        title = self.text(lang, 9)
        text = ""
        mentions = list[dict[str, Any]]()
        entities = list[dict[str, Any]]()
        named = [_person(one) for one in story.people] + [
            (name, "LOC", spelled, (lat, lon)) for name, spelled, lat, lon in self._plan.sample(PLACES, 3)
        ]
        for entity_id, kind, spelled, _ in named:
            surface = (
                spelled.split()[column] if kind == "LOC" else " ".join(spelled.split(" | ")[column].split())
            )
            text += self.text(lang, self.words // len(named)) + " "
            mentions.append(
                _mention(
                    len(mentions) + 1,
                    surface,
                    start=len(text),
                    kind=kind,
                    entity_id=entity_id,
                    before=text[-20:],
                )
            )
            text += surface + " "
            label = dict(zip(LANGS, spelled.split(" | ") if kind == "PER" else spelled.split(), strict=True))
            entities.append(
                {
                    "entity_id": entity_id,
                    "label": label,
                    "type": kind,
                    "salience": 0.5,
                    "mention_ids": [mentions[-1]["id"]],
                    "names_used": [surface],
                }
            )
        codes = self.vector(told)
        vector = {
            "model_sha256": MODEL,
            "engine": "made",
            "dim": 384,
            "scale": 0.01,
            "data": base64.b64encode(codes.tobytes()).decode(),
        }
        moment = headers.rfc3339(at_ms)
        return {
            "schema": 1,
            "doc_id": doc,
            "rev": doc[:16],
            "rev_no": 1,
            "source": {"id": source, "name": source.title()},
            "url": f"https://{source}.example/{doc}",
            "fetched_at": moment,
            "first_seen_at": moment,
            "declared": {},
            "raw_ref": {"topic": topics.RAW.name, "partition": 0, "offset": 0, "content_sha256": doc * 2},
            "clean": _clean(title, text, moment),
            "language": {
                "lang": lang, "lang_macro": lang, "script": LANGS[lang], "dir": "ltr" if lang == "en" else "rtl", "confidence": 0.99, "margin": 0.9,
                "alternatives": [], "spans": [], "mixed": False, "warnings": [], "by": BY,
            },
            "entities": _entities(mentions, entities, named, vector=vector, lang=lang, quotes=self.quotes),
            "linked": _linked(story),
        }  # fmt: skip

    def _record(self, story: _Story) -> dict[str, Any]:
        docs = story.docs[-500:]
        return {
            "schema": 1, "story_id": story.story_id, "version": story.version, "status": "open", "aliases": [], "label": story.label,
            "medoid": dict.fromkeys(story.label, docs[0][0]), "first_event_at": headers.rfc3339(docs[0][2]),
            "first_seen": {"doc_id": docs[0][0], "source": docs[0][1], "at": headers.rfc3339(docs[0][2])}, "last_at": headers.rfc3339(docs[-1][2]),
            "event_date": headers.rfc3339(docs[0][2])[:10], "places": [name for name, *_ in PLACES[:3]],
            "top_entities": [
                {"entity_id": name, "type": kind, "label": {"en": spelled.split(" | ")[-1]}, "spellings": {"en": [spelled.split(" | ")[-1]]}, "n": 1}
                for name, kind, spelled, _ in map(_person, story.people)
            ],
            "top_quotes": [
                {"quote_cluster_id": f"{doc}:1", "speaker": None, "wording": {"en": {"text": "said " * 30, "doc_id": doc, "span": {"start": 0, "end": 9}}}}
                for doc, _, _ in docs[:6]
            ],
            "members": {"n": len(story.docs), "by_lang": story.langs, "by_source": story.sources},
            "doc_ids": [doc for doc, _, _ in docs], "origins": {"n_independent": len(story.sources), "list": []},
            "timeline": [{"at": headers.rfc3339(at), "doc_id": doc, "novelty": "new_facts"} for doc, _, at in docs[-200:]],
            "gaps": [], "cohesion": 0.9, "links_out": [], "cut": len(story.docs) > 200, "by": BY,
        }  # fmt: skip


BY = {"stage": "link", "version": "1"}


def _person(number: int) -> tuple[str, str, str, tuple[float, float] | None]:
    first, last = FIRST[number % len(FIRST)].split(), LAST[number // len(FIRST)].split()
    return (
        f"e:person-{number}",
        "PER",
        " | ".join(f"{one} {two}" for one, two in zip(first, last, strict=True)),
        None,
    )


def _mention(
    number: int, surface: str, *, start: int, kind: str, entity_id: str, before: str
) -> dict[str, Any]:
    return {
        "id": f"m{number}", "start": start, "end": start + len(surface), "exact": surface, "prefix": before, "suffix": "", "type": kind,
        "norm": surface, "skeleton": fine_key(surface), "entity_id": entity_id, "id_basis": "kb", "method": "alias", "confidence": 0.9,
    }  # fmt: skip


def _clean(title: str, text: str, moment: str) -> dict[str, Any]:
    return {
        "text": f"{title}\n\n{text}",
        "title": {"text": title, "span": {"start": 0, "end": len(title)}},
        "lead": {"text": text[:200], "span": {"start": len(title) + 2, "end": len(title) + 202}},
        "align": [[at, 40, at, 40, "keep"] for at in range(0, len(text), 40)],
        "segments": [{"type": "body", "layer": "raw", "start": at, "end": at + 200, "kept": True, "rule": "section"} for at in range(0, len(text), 200)],
        "edits": {"keep": len(text)},
        "published": {
            "value": moment, "precision": "minute", "calendar": "gregory", "raw": moment, "span": {"start": 0, "end": 9, "layer": "raw"},
            "method": "made", "confidence": 0.9, "fallback": None,
        },
        "lang_hint": {"lang": "en", "confidence": 0.9, "method": "made"},
        "sources": [],
        "quality": {
            "boilerplate_ratio": 0.0, "repeat_ratio": 0.0, "zwnj_lost_estimate": 0, "zwnj_inserted": 0, "chars": len(text), "words": 250,
            "is_flash": False,
        },
        "fingerprint": {"body_sha256": "0" * 64, "simhash64": "0" * 16, "minhash": list(range(64)), "version": 1},
        "duplicate": [],
        "why": {},
        "warnings": [],
        "by": BY,
    }  # fmt: skip


def _entities(
    mentions: list[dict[str, Any]],
    entities: list[dict[str, Any]],
    named: list[Any],
    *,
    vector: dict[str, Any],
    lang: str,
    quotes: int,
) -> dict[str, Any]:
    quote = {
        "start": 0,
        "end": 60,
        "mode": "direct",
        "speaker": {"mention_id": "m1", "entity_id": named[0][0], "text": "x", "confidence": 0.7},
        "lang": lang,
    }
    return {
        "mentions": mentions,
        "entities": entities,
        "namings": [{"entity_id": one["entity_id"], "surface": one["exact"], "naming_key": one["norm"], "start": one["start"], "end": one["end"]} for one in mentions],
        "attributions": [],
        "provenance": {"declared_source": [], "origin_guess": None, "chain": [], "wire": False},
        "quotes": [{"id": f"q{n}", **quote} for n in range(quotes)],
        "times": [],
        "event_date": None,
        "places": [
            {"mention_id": mention["id"], "lat": at[0], "lon": at[1], "precision": "city", "role": "mention"}
            for mention, (*_, at) in zip(mentions, named, strict=True)
            if at is not None
        ],
        "numbers": [],
        "vector": vector,
        "degraded": False,
        "why": {},
        "warnings": [],
        "by": BY,
    }  # fmt: skip


def _linked(story: _Story) -> dict[str, Any]:
    first = not story.docs
    evidence = [] if first else [
        {
            "kind": "entity", "key": f"k{n}", "label": "made", "weight": 0.4, "text": "made " * 12, "doc_spans": [{"start": 0, "end": 9}],
            "other": {"doc_id": story.docs[0][0], "lang": "en", "text": "made " * 12, "spans": [{"start": 0, "end": 9}]},
        }
        for n in range(8)
    ]  # fmt: skip
    return {
        "story_id": story.story_id, "decision": "opened" if first else "joined", "score": 0.9, "margin": 0.5,
        "threshold": {"name": "fa", "value": 0.5, "version": "1"}, "runner_up": None, "bias": -2.3, "evidence": evidence, "evidence_rest": 0.0,
        "cross_lingual": False, "late": False,
        "novelty": {"class": "first" if first else "new_facts", "new_entities": [], "new_quotes": [], "changed_numbers": []},
        "why": {}, "warnings": [], "by": BY,
    }  # fmt: skip
