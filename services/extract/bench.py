"""CPU time of extract on made-up articles of news length: ``bench()``; the models are those of the stage, rules alone always."""

from __future__ import annotations

import random
import resource
import time

from services.extract.core import RULES, extract
from services.extract.seam import Models
from shared.records import Article, By, Clean, Declared, Fingerprint, Quality, RawRef, Source
from shared.records.clean import LangHint

SEED = 11
WORDS = 500
ARTICLES = 40
SENTENCES = {
    "fa": (
        "سخنگوی وزارت خارجه ایران روز چهارشنبه گفت که مذاکرات وین ادامه دارد.",
        "به گزارش رویترز، دست‌کم ۱۲ نفر در این حادثه کشته و ۳۰ نفر زخمی شدند.",
        "وی افزود: «ما برای گفت‌وگو با همه طرف‌ها آماده‌ایم و از هیچ تلاشی دریغ نخواهیم کرد».",
        "قیمت نفت در سال ۱۴۰۰ بیش از ۲۰ درصد افزایش یافت و به ۸۵ دلار رسید.",
    ),
    "ar": (
        "قال المتحدث باسم وزارة الخارجية الإيرانية يوم الأربعاء إن المفاوضات في فيينا مستمرة.",
        "وأفادت وكالة رويترز بمقتل 12 شخصا على الأقل وإصابة 30 آخرين في الهجوم.",
        "وأضاف “نحن مستعدون للحوار مع جميع الأطراف ولن ندخر جهدا في سبيل ذلك”.",
        "وارتفع سعر النفط في عام 2021 بأكثر من 20 في المئة ليصل إلى 85 دولارا.",
    ),
    "en": (
        "The Iranian Foreign Ministry spokesman said on Wednesday that the talks in Vienna would continue.",
        "At least 12 people were killed and 30 wounded in the attack, Reuters reported.",
        '"We are ready for dialogue with all parties and will spare no effort to reach an agreement," he added.',
        "The price of oil rose by more than 20 percent in 2021 and reached $85 a barrel.",
    ),
}


def bench(models: Models | None = None) -> dict[str, object]:
    """Return milliseconds of CPU an article of `WORDS` words by language, and the memory of the process in MB."""
    figures: dict[str, object] = {}
    for lang in SENTENCES:
        made = [article(lang, number) for number in range(ARTICLES)]
        took = {"rules_ms": _per_article(made, RULES)}
        if models:
            took["models_ms"] = _per_article(made, models)
        figures[lang] = took
    return figures | {"words": WORDS, "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


def _per_article(made: list[Article], models: Models) -> float:
    extract(made[0], models)
    start = time.process_time()
    for one in made:
        extract(one, models)
    return round(1000 * (time.process_time() - start) / len(made), 2)


def article(lang: str, number: int) -> Article:
    """Return the *number*-th made-up article in *lang*."""
    rng = random.Random(f"{SEED} {lang} {number}")
    lines: list[str] = []
    while sum(len(line.split()) for line in lines) < WORDS:
        lines.append(rng.choice(SENTENCES[lang]))
    text = "\n\n".join(lines)
    quality = Quality(
        boilerplate_ratio=0.0, repeat_ratio=0.0, zwnj_lost_estimate=0, zwnj_inserted=0, chars=len(text), words=WORDS, is_flash=False
    )
    clean = Clean(
        text=text, title=None, lead=None, align=[], segments=[], edits={}, published=None, sources=[], quality=quality, duplicate=[], why={},
        lang_hint=LangHint(lang=lang, confidence=1.0, method="bench"), warnings=[], by=By(stage="clean", version="1"),
        fingerprint=Fingerprint(body_sha256="", simhash64="", minhash=[], version=1),
    )  # fmt: skip
    return Article(
        doc_id=f"{number:032x}",
        rev="0" * 16,
        rev_no=1,
        source=Source(id="bench.example", name="bench", domain="bench.example", country="IR", kind="site"),
        fetched_at="2022-01-28T12:00:00.000Z",
        first_seen_at="2022-01-28T12:00:00.000Z",
        declared=Declared(),
        raw_ref=RawRef(topic="articles.raw", partition=0, offset=number, content_sha256=""),
        clean=clean,
    )
