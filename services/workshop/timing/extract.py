"""CPU time, memory and repeatability of extract on made-up news: ``bench()``; each profile in a process of
its own, on one thread.
"""

from __future__ import annotations

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from services.checkout import ROOT
from services.extract.core import RULES, extract
from services.extract.tagger.choice import models
from services.extract.tagger.interfaces import Models
from shared.encoder import load
from shared.encoder.engines import Wheel
from shared.records import Article, By, Clean, Declared, Fingerprint, Quality, RawRef, Source
from shared.records.clean import LangHint
from shared.settings import Settings
from shared.wire.codec import encode
from shared.worker.threads import ONE_THREAD

SEED = 11
WORDS = 500
POST_WORDS = 25
ARTICLES = 20
ROUNDS = 3
"""Every figure is the median of as many rounds: a shared machine disturbs one of them."""

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


def bench() -> dict[str, object]:
    """Return the figures of every profile: milliseconds of CPU an article and a short post by language, MB,
    and the vector alone.

    ``vector`` stands beside the wheel's own engine in the same process; it comes first, so that nobody else
    pays for the artefact.
    """
    return {"words": WORDS, "post_words": POST_WORDS} | {name: _apart(name) for name in PROFILES}


def full() -> dict[str, object]:
    """Return the figures of the default: the tagger on the encoder, and the vector of the whole article."""
    return _profile(models("encoder", _say, cache=Settings.from_env().folder))


def fast() -> dict[str, object]:
    """Return the figures of ``KHABAR_TAGGER=crf``: the small tagger, and the vector of the lead."""
    return _profile(models("crf", _say, cache=Settings.from_env().folder))


def rules() -> dict[str, object]:
    """Return the figures without any model."""
    return _profile(RULES)


def vector() -> dict[str, object]:
    """Return milliseconds of CPU for the vector of a short post, ours and by the wheel's own engine, and how
    often ours fits into it.
    """
    encoder, wheel = load(Settings.from_env().folder, report=_say), Wheel()
    posts = [post for lang in SENTENCES for post in _made(lang, POST_WORDS)]
    texts = [post.clean.text for post in posts if post.clean]
    ours, theirs = _each(lambda text: encoder.texts([text]), texts), _each(wheel.vector, texts)
    return {
        "engine": encoder.engine,
        "post_ms": ours,
        "wheel_post_ms": theirs,
        "times_cheaper": round(theirs / ours, 2),
    }


PROFILES: dict[str, Callable[[], dict[str, object]]] = {
    "vector": vector,
    "full": full,
    "fast": fast,
    "rules": rules,
}


def _apart(profile: str) -> dict[str, object]:
    command = [sys.executable, "-m", "services.workshop.timing.extract", profile]
    environment = os.environ | dict.fromkeys(ONE_THREAD, "1") | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)  # noqa: S603  our own module
    found: dict[str, object] = json.loads(done.stdout)
    return found


def _profile(held: Models) -> dict[str, object]:
    figures: dict[str, object] = {}
    same = True
    for lang in SENTENCES:
        articles, posts = _made(lang, WORDS), _made(lang, POST_WORDS)
        before = encode(extract(articles[0], held))
        figures[lang] = {
            "article_ms": _each(lambda one: extract(one, held), articles),
            "post_ms": _each(lambda one: extract(one, held), posts),
        }
        same = same and before == encode(extract(articles[0], held))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return figures | {"rss_mb": peak, "same_bytes": same}


def _each[T](run: Callable[[T], object], items: Sequence[T]) -> float:
    """Return milliseconds of CPU an item: the median round, after one that only warms up."""
    rounds = []
    for _ in range(ROUNDS + 1):
        start = time.process_time()
        for item in items:
            run(item)
        rounds.append(1000 * (time.process_time() - start) / len(items))
    return round(statistics.median(rounds[1:]), 2)


def _made(lang: str, words: int) -> list[Article]:
    return [article(lang, number, words) for number in range(ARTICLES)]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201  a command talks


def article(lang: str, number: int, words: int = WORDS) -> Article:
    """Return the *number*-th made-up article in *lang*, of whole sentences and no fewer than *words*."""
    rng = random.Random(f"{SEED} {lang} {number}")
    lines: list[str] = []
    while sum(len(line.split()) for line in lines) < words:
        lines.append(rng.choice(SENTENCES[lang]))
    text = "\n\n".join(lines)
    quality = Quality(
        boilerplate_ratio=0.0,
        repeat_ratio=0.0,
        zwnj_lost_estimate=0,
        zwnj_inserted=0,
        chars=len(text),
        words=words,
        is_flash=False,
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


if __name__ == "__main__":
    sys.stdout.write(json.dumps(PROFILES[sys.argv[1]]()))
