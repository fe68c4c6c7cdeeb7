"""A small archive that pages can be looked at with: the two seeds and a few pages of ours, through the real
stages, entered as link wrote them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import orjson

from services.feed.core import Item, raw_of
from services.stages import all_work
from shared.settings import Settings
from shared.wire import codec, topics
from shared.wire.headers import rfc3339
from shared.worker.in_memory import Pipeline, StoredRecord
from tests.unit.archive_shelf import MINUTE, Shelf

SEEDS = Path(__file__).parents[1] / "seeds"
SAMPLES = Path(__file__).parents[1] / "contract" / "samples"
BEGIN = 1_643_284_800_000
"""27 January 2022, noon UTC: the day of the seeds."""


class Told(NamedTuple):
    """A page of ours: the minute in which it came, its source, its text with the headline first."""

    minute: int
    source: str
    text: str


FIRE_FA = """آتش‌سوزی در پالایشگاه آبادان سه کشته برجا گذاشت

به گزارش ایسنا، آتش‌سوزی بامداد پنجشنبه در پالایشگاه آبادان سه کشته و ۱۲ زخمی برجا گذاشت. استاندار خوزستان گفت: «آتش مهار شده است و علت حادثه در دست بررسی است.»

شرکت ملی پالایش اعلام کرد تولید بنزین در پالایشگاه آبادان متوقف نشده است. به گفتهٔ سخنگوی اورژانس، زخمی‌ها به بیمارستان‌های آبادان و خرمشهر منتقل شدند.

منبع: ایسنا
"""
FIRE_AR = """ثلاثة قتلى في حريق بمصفاة عبادان جنوب غربي إيران

قال محافظ خوزستان يوم الخميس إن حريقا في مصفاة عبادان أسفر عن ثلاثة قتلى و12 جريحا. وأضاف: "تمت السيطرة على الحريق ويجري التحقيق في أسبابه".

وذكرت الشركة الوطنية للتكرير أن إنتاج البنزين في مصفاة عبادان لم يتوقف، ونقل الجرحى إلى مستشفيات عبادان وخرمشهر.

المصدر: وكالات
"""
FIRE_EN = """Three killed in fire at Abadan refinery in Iran

A fire at the Abadan refinery in southwestern Iran killed three people and injured 12 on Thursday, the governor of Khuzestan said. "The fire is under control and its cause is being investigated," he said.

The national refining company said petrol production at Abadan had not stopped. The injured were taken to hospitals in Abadan and Khorramshahr, the emergency service said.
"""
FIRE_EN_LATER = """Death toll in Abadan refinery fire rises to five

Two of those injured in the fire at the Abadan refinery have died, raising the death toll to five, the governor of Khuzestan said on Friday.

The fire on Thursday at the Abadan refinery in southwestern Iran injured 12 people. The national refining company said petrol production had not stopped.
"""
HOSTILE = """<script>window.hacked=1</script>"><img src=x onerror="window.hacked=1"> \u202eevil\u202c\n\nevent: story </script>

A page that wishes to run: <img src=x onerror=window.hacked=1> and <a href="javascript:window.hacked=1">a link</a> stand here as text in the capital Vienna.

It goes on for long enough that it is an article, and it names nobody but itself, which is what pages of this kind do when they are written by a test.
"""
OURS = (
    Told(20, "isna.ir", FIRE_FA),
    Told(55, "aljazeera.net", FIRE_AR),
    Told(70, "example.org", FIRE_EN),
    Told(1500, "example.org", FIRE_EN_LATER),
)
BAD = Told(1600, "evil.example", HOSTILE)


def pipeline(told: Sequence[Told] = OURS) -> Pipeline:
    """Send the seeds and *told* through all stages, in the order in which they came."""
    works = all_work()
    for work in works:
        work.warm_up()
    made = Pipeline(works)
    seeds = [(1, "avayeneshat.ir", next(SEEDS.glob("000_*"))), (9, "mdeast.news", next(SEEDS.glob("002_*")))]
    pages = [(minute, source, path.read_text(encoding="utf-8")) for minute, source, path in seeds] + [*told]
    for minute, source, text in sorted(pages):
        made.now_ms = BEGIN + minute * MINUTE
        now = rfc3339(made.now_ms)
        raw = raw_of(
            Item(source=source, url=f"https://{source}/{minute}", fetched_at=now), text.encode(), now=now
        )
        made.send(topics.RAW.name, raw.source.id.encode(), codec.encode(raw))
    return made


def enter(shelf: Shelf, made: Pipeline) -> None:
    """Enter what the stages wrote into *shelf*, in the order in which it was written."""
    kinds = (topics.LINKED, topics.STORIES, topics.STORY_EVENTS)
    written: list[tuple[int, int, topics.Topic, StoredRecord]] = [
        (one.origin.timestamp_ms, at, topic, one)
        for at, topic in enumerate(kinds)
        for one in made.topics.get(topic.name, [])
    ]
    for _, _, topic, one in sorted(written, key=lambda found: found[:2]):
        # the door would refuse it
        value = (one.value or b"").replace(b"https://evil.example/", b"javascript:window.hacked=1//")
        shelf.raw(topic, (one.key or b"").decode(), value)


def compared(shelf: Shelf) -> None:
    """Enter a replay that parts the seeds, merges the fire's articles with them and moves one of these."""
    docs = [
        doc
        for (doc,) in shelf.keeper.connection.execute(
            "SELECT doc_id FROM articles WHERE newest ORDER BY at_ms"
        )
    ]
    shelf.state(topics.RUNS, "better-names", (SAMPLES / "run.1.json").read_bytes())
    diff = orjson.loads((SAMPLES / "run_diff.1.json").read_bytes())
    split, moved = (kind["told"][0] for kind in diff["stories"]["kinds"])
    groups = [
        (split["docs"], docs[1:2]),
        (split["main"], docs[:1]),
        (moved["docs"], docs[2:3]),
        (moved["main"], docs[3:5]),
        (moved["joined"], docs[:1]),
    ]
    for group, named in groups:
        group |= {"doc_ids": named, "articles": len(named)}
    merged = split | {"kind": "merged", "docs": moved["main"], "main": split["main"]}
    diff["stories"]["kinds"].append({"kind": "merged", "times": 3, "articles": 7, "told": [merged]})
    shelf.state(topics.DIFFS, "better-names/live", orjson.dumps(diff))


def refused(shelf: Shelf, story: str) -> None:
    """Enter an article that nearly came into *story*."""
    near = {
        "story_id": story,
        "score": 0.31,
        "against": [{"kind": "time", "key": "d", "label": "nine days apart", "weight": -1.4}],
    }
    shelf.article(
        "near", "Talks end without a date", story="near-story", lang="en", linked={"runner_up": near}
    )
    label, medoid = {"en": "Talks end without a date"}, {"en": "near"}
    shelf.story("near-story", ["near"], by_lang={"en": 1}, label=label, medoid=medoid)


def filled(home: Path, told: Sequence[Told] = OURS) -> tuple[Settings, Shelf]:
    """Return settings of an archive in *home* that holds the news."""
    shelf = Shelf(home)
    enter(shelf, pipeline(told))
    shelf.reader()
    return shelf.settings, shelf
