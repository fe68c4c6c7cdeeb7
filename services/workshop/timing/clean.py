"""Measures the clean stage in CPU time: the text path, the restorer alone, and hostile texts at one and two
sizes.
"""

from __future__ import annotations

import random
import resource
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from services.clean.spacing import restorer
from services.clean.stage import WORK, fold
from shared.contract import Message, Origin
from shared.errors import BadRecord
from shared.records import Raw, Source
from shared.wire import codec

DOCUMENTS = 400
HOSTILE_SIZE = 60_000
WORDS = [
    "وزیر",
    "امور",
    "خارجه",
    "در",
    "نشست",
    "خبری",
    "امروز",
    "تهران",
    "گفت",
    "که",
    "مذاکرات",
    "با",
    "طرفهای",
    "اروپایی",
    "ادامه",
    "دارد",
    "و",
    "سازمانهای",
    "بینالمللی",
    "از",
    "این",
    "روند",
    "حمایت",
    "کردهاند",
    "رئیس",
    "جمهور",
    "نیز",
    "پیشتر",
    "اعلام",
    "کرده",
    "بود",
    "برنامههای",
    "اقتصادی",
    "دولت",
    "برای",
    "سال",
    "آینده",
    "تغییر",
    "نمیکند",
    "مردم",
    "میگویند",
    "قیمتها",
    "بالا",
    "رفته",
    "است",
    "کارشناسان",
    "معتقدند",
    "تصمیمگیری",
    "درباره",
    "نرخ",
    "ارز",
    "باید",
    "با",
    "هماهنگی",
    "بانک",
    "مرکزی",
    "انجام",
    "شود",
    "نمایندگان",
    "مجلس",
    "خواستار",
    "توضیح",
    "شدند",
]


def _page(rng: random.Random) -> str:
    """Return a Persian page of about 4.8 kB with its half-spaces lost and furniture around it."""
    paragraphs = [" ".join(rng.choices(WORDS, k=rng.randint(35, 55))) + "." for _ in range(10)]
    head = [
        f"کد خبر: {rng.randint(10_000, 99_999)}",
        "تاریخ انتشار: ۰۷ بهمن ۱۴۰۰ - ۱۴:۰۲",
        " ".join(rng.choices(WORDS, k=8)),
    ]
    return "\n\n".join([*head, *paragraphs, "انتهای پیام/", "منبع: فارس", "نظرات بینندگان", "نام:", "ایمیل:"])


def _message(text: str, number: int, media_type: str = "text/plain") -> Message:
    digest = f"{number:064x}"
    record = Raw(
        doc_id=digest[-32:],
        id_basis="content",
        rev=digest[-16:],
        content_sha256=digest,
        source=Source(id="bench"),
        fetched_at="2022-02-01T00:00:00.000Z",
        first_seen_at="2022-02-01T00:00:00.000Z",
        media_type=media_type,
        payload=text,
    )
    return Message(None, codec.encode(record), Origin("articles.raw", 0, number, 0))


def _spent(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _text_path() -> dict[str, float]:
    """Documents a second and core from the raw record's bytes to the article's, lane included."""
    rng = random.Random(7)
    messages = [_message(_page(rng), number) for number in range(DOCUMENTS)]
    memory = WORK.state()
    size = sum(len(message.value) for message in messages) / DOCUMENTS
    WORK.extract(messages[0])
    pages: list[object] = []
    extract_s = min(_spent(lambda: pages.extend(map(WORK.extract, messages))) for _ in range(3))

    def in_the_lane() -> None:
        for message, page in zip(messages, pages, strict=False):
            for key, value in fold(memory, message, page).updates.items():  # type: ignore[arg-type]
                memory.apply(key, value)

    fold_s = _spent(in_the_lane)
    return {
        "documents_per_s": round(DOCUMENTS / (extract_s + fold_s), 1),
        "extract_ms": round(1000 * extract_s / DOCUMENTS, 3),
        "fold_ms": round(1000 * fold_s / DOCUMENTS, 3),
        "document_bytes": round(size),
    }


def _restorer() -> dict[str, float]:
    rng = random.Random(8)
    pages = [_page(rng) for _ in range(DOCUMENTS)]
    restorer.cuts.cache_clear()
    cold = _spent(lambda: [restorer.restored(page) for page in pages[:50]])
    warm = min(_spent(lambda: [restorer.restored(page) for page in pages]) for _ in range(3))
    return {"cold_documents_per_s": round(50 / cold, 1), "warm_documents_per_s": round(DOCUMENTS / warm, 1)}


def hostile_texts(size: int) -> dict[str, str]:
    """Return sixteen texts of about *size* characters that a careless step would need the square of their
    length for.
    """
    patterns = {
        "spaces": " ", "tatweel": "ـ", "half_spaces": "\u200c", "joiners": "\u200d", "marks": "\u064e", "ampersands": "&amp;", "entities": "&#1587;",
        "open_tags": "<p", "unclosed": "<script>", "comments": "<!--", "digits": "1", "dates": "1/1/", "letters": "می", "colons": ": ",
        "mojibake": "Ø³", "lines": "نام:\n",
    }  # fmt: skip
    return {name: "متن خبر " + piece * (size // len(piece)) for name, piece in patterns.items()}


def _hostile() -> dict[str, object]:
    """Growth of the time when a hostile text is doubled; 2 is linear."""
    growth: dict[str, float] = {}
    for name, small in hostile_texts(HOSTILE_SIZE).items():
        large = hostile_texts(2 * HOSTILE_SIZE)[name]
        media_type = "text/html" if "<" in small else "text/plain"
        messages = [_message(text, 1, media_type) for text in (small, large)]
        once, twice = (
            min(_spent(partial(_cleaned_or_refused, message)) for _ in range(3)) for message in messages
        )
        growth[name] = round(twice / once, 2)
    return {"growth": growth, "worst": max(growth.values())}


def _cleaned_or_refused(message: Message) -> None:
    with suppress(BadRecord):
        WORK.extract(message)


def bench() -> dict[str, object]:
    """Return documents a second and core, the hostile texts' growth, and the process' largest resident size
    in MB.
    """
    WORK.warm_up()
    figures: dict[str, object] = {"text": _text_path(), "restorer": _restorer(), "hostile": _hostile()}
    return {**figures, "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)}
