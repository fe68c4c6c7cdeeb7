"""Judges the line cleaner: real agency bodies inside of page furniture, one page after the other, judged
before they are learned.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from services.clean.lines import patterns
from services.clean.lines.fingerprint import prints_of
from services.clean.lines.line_signature import short_hash, signature
from services.clean.lines.verdicts import BODY, Verdict, type_by_patterns
from services.clean.memory import learner
from services.clean.memory.hosts import Hosts
from services.clean.prepared_page import PageLine

FURNITURE, LINK, CONTENT, OWN = "furniture", "link", "content", "own"
MONTHS = [
    "فروردین",
    "اردیبهشت",
    "خرداد",
    "تیر",
    "مرداد",
    "شهریور",
    "مهر",
    "آبان",
    "آذر",
    "دی",
    "بهمن",
    "اسفند",
]
NUMBERS = ["صفر", "واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة", "عشرون"]
PERSIAN_SOURCES = ("فارس", "ایسنا", "مهر", "تسنیم", "ایرنا", "خبرآنلاین", "باشگاه خبرنگاران", "روابط عمومی")
ARABIC_SOURCES = ("RTالجزيرة", "الجزيرة", "RT", "رويترز", "الأناضول", "وكالات")
PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_OWN_FURNITURE = re.compile(
    r"(انتها[يی]|پایان)\W{0,3}پ[يی]ام|انتهای متن|منبع ?:|بازگشت به صفحه نخست|عضویت در کانال"
)
"""Lines of the agency's own page that its bodies still hold (27 of 15,114, read one by one): counted as
neither.
"""
STRETCHES = ((1, "1"), (3, "2-3"), (10, "4-10"), (50, "11-50"), (1 << 30, "51+"))

type Labelled = list[tuple[str, str]]
type Body = tuple[str, str, list[str]]


def bodies(path: Path) -> list[Body]:
    """Return the distinct articles of a file as (title, abstract, paragraphs)."""
    out: list[Body] = []
    seen: set[tuple[str, str]] = set()
    with gzip.open(path, "rt", encoding="utf-8") as rows:
        for row in rows:
            found = json.loads(row)
            body = [" ".join(p.split()) for p in found.get("paragraphs") or [] if p.strip()]
            title = " ".join((found.get("title") or "").split())
            if len(body) >= 2 and (title, body[0]) not in seen:
                seen.add((title, body[0]))
                out.append((title, " ".join((found.get("abstract") or "").split()), body))
    return out


def _number(rng: random.Random, low: int, high: int) -> str:
    return str(rng.randint(low, high)).translate(PERSIAN_DIGITS)


def _contents(body: Body, *, title_first: bool) -> Labelled:
    title, abstract, paragraphs = body
    top = [title, abstract] if title_first else [abstract, title]
    return [(OWN if _OWN_FURNITURE.match(line) else CONTENT, line) for line in (*top, *paragraphs) if line]


def persian_page(body: Body, titles: Sequence[str], rng: random.Random) -> Labelled:
    """Return a page in the furniture of a Persian site."""
    date = f"{_number(rng, 1, 31)} {rng.choice(MONTHS)} ۱۴۰۰ - {_number(rng, 0, 23)}:{_number(rng, 10, 59)}"
    head = [f"کد خبر: {_number(rng, 40000, 99999)}", f"تاریخ انتشار: {date}"]
    source = "منبع: " + rng.choice(PERSIAN_SOURCES)
    links = [(LINK, rng.choice(titles)) for _ in range(4)]
    views = [f"بازدید: {_number(rng, 10, 9000)}"] if rng.random() < 0.5 else []
    form = ["نظرات بینندگان", f"انتشار یافته: {_number(rng, 0, 30)}", "نام:", "ایمیل:", "* نظر:"]
    return [
        *((FURNITURE, line) for line in head),
        *_contents(body, title_first=False),
        *((FURNITURE, line) for line in ("انتهای پیام/", source, "اخبار مرتبط")),
        *links,
        *((FURNITURE, line) for line in (*views, *form)),
    ]


def arabic_page(body: Body, titles: Sequence[str], rng: random.Random) -> Labelled:
    """Return a page in the furniture of an Arabic site."""
    before = (
        "تابع ميدل ايست نيوز على التلغرام telegram",
        "المصدر",
        rng.choice(ARABIC_SOURCES),
        "مقالات ذات صلة",
    )
    links = [(LINK, rng.choice(titles)) for _ in range(3)]
    mail = "لن يتم نشر عنوان بريدك الإلكتروني. الحقول الإلزامية مشار إليها بـ *"
    form = ("اترك تعليقاً", mail, f"{rng.randint(1, 20)} + {rng.choice(NUMBERS)} =", "زر الذهاب إلى الأعلى")
    return [
        *_contents(body, title_first=True),
        *((FURNITURE, line) for line in before),
        *links,
        *((FURNITURE, line) for line in form),
    ]


def lines_of(texts: Sequence[str], *, by_patterns: bool) -> list[PageLine]:
    """Return *texts* as the lines of a page, typed by patterns or not at all."""
    signatures = [signature(text) for text in texts]
    verdicts: list[Verdict] = (
        type_by_patterns(patterns.load(), list(texts), signatures) if by_patterns else [BODY] * len(texts)
    )
    prints = prints_of(list(texts))
    rows = zip(texts, signatures, verdicts, prints, strict=True)
    return [
        PageLine(text, 0, 0, 0, short_hash(found), text, verdict, mark) for text, found, verdict, mark in rows
    ]


class Host:
    """One host's memory on its own: judge a page, then learn it."""

    def __init__(self) -> None:
        self.hosts = Hosts()
        self.seq = 0

    def judge(self, lines: Sequence[PageLine], *, by_frequency: bool = True) -> list[Verdict]:
        """Return the verdicts of a page's lines, then remember the page."""
        self.seq += 1
        verdicts = (
            learner.verdicts_with_repeats(self.hosts, "host", lines)
            if by_frequency
            else [line.verdict for line in lines]
        )
        body = short_hash(
            "\n".join(line.text for line, verdict in zip(lines, verdicts, strict=True) if verdict.kept)
        )
        updates = learner.sighting_items(
            self.hosts, "host", lines=lines, verdicts=verdicts, document=learner.LaneDocument(self.seq, body)
        )
        for key, value in updates.items():
            _, host, slot = key.decode().split("/")
            self.hosts.apply(host, int(slot), value)
        return verdicts


def simulate(pages: Sequence[Labelled], *, by_patterns: bool, by_frequency: bool) -> dict[str, object]:
    """Return furniture found by stretch of documents, links found and content lost from document 51 on, in
    percent.
    """
    host = Host()
    taken: dict[tuple[str, str], list[int]] = {}
    for number, page in enumerate(pages, 1):
        stretch = next(name for last, name in STRETCHES if number <= last)
        verdicts = host.judge(
            lines_of([text for _, text in page], by_patterns=by_patterns), by_frequency=by_frequency
        )
        for (label, _), verdict in zip(page, verdicts, strict=True):
            cell = taken.setdefault((stretch, label), [0, 0])
            cell[0] += not verdict.kept
            cell[1] += 1
    share = {key: round(100 * cut / max(1, total), 3) for key, (cut, total) in taken.items()}
    return {
        "found": {name: share.get((name, FURNITURE), 0.0) for _, name in STRETCHES},
        "links_found": share.get(("51+", LINK), 0.0),
        "content_lost": share.get(("51+", CONTENT), 0.0),
        "content_lost_lines": taken.get(("51+", CONTENT), [0, 0])[0],
    }


def evaluate_lines(data: Path) -> dict[str, object]:
    """Return the figures of the simulation for two page systems and for patterns, frequency and both."""
    real = bodies(data / "zwnj" / "farsnews.jsonl.gz")
    titles = [title for title, _, _ in real if title]
    makers: dict[str, Callable[[Body, Sequence[str], random.Random], Labelled]] = {
        "fa": persian_page,
        "ar": arabic_page,
    }
    modes = {"patterns": (True, False), "frequency": (False, True), "both": (True, True)}
    out: dict[str, object] = {}
    for name, make in makers.items():
        rng = random.Random(3)
        pages = [make(body, titles, rng) for body in real]
        out[name] = {mode: simulate(pages, by_patterns=p, by_frequency=f) for mode, (p, f) in modes.items()}
    bare = [[(CONTENT, line) for line in (title, abstract, *body) if line] for title, abstract, body in real]
    out["bare"] = simulate(bare, by_patterns=False, by_frequency=True)["content_lost_lines"]
    return out
