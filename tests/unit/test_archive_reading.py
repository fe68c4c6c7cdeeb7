"""What the archive answers: stories in every order and filter, the past, revisions, names in every spelling,
meaning.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from services.archive import core
from services.archive.reading import (
    archive_standing,
    article_page,
    entity_page,
    front_page,
    meaning_search,
    past_story,
    revision_changes,
    run_page,
    story_page,
    word_search,
)
from services.archive.reading.answers import SearchWanted, StoriesWanted
from services.archive.reading.opening import Archive, NoArchive
from services.archive.reading.search.nearest_vectors import Vectors
from services.archive.shelf import ageing
from services.archive.shelf.keeper import Keeper
from services.checkout import ROOT
from services.workshop.streams.archive_contents import contents
from shared.settings import Settings
from shared.wire import topics
from shared.wire.headers import rfc3339
from tests.unit.archive_shelf import MINUTE, NOON, Shelf

SAMPLES = ROOT / "tests" / "contract" / "samples"


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    yield made
    made.close()


def found(archive: Archive, text: str, **more: object) -> list[str]:
    return sorted(
        hit.article.doc_id for hit in word_search.by_words(archive, SearchWanted(text=text, **more)).hits
    )  # type: ignore[arg-type]


def test_one_query_finds_a_name_in_every_spelling_and_nothing_that_is_not_it(shelf: Shelf) -> None:
    sullivan = "e:jake-sullivan"
    shelf.article("fa", "سالیوان گفت", names=[(sullivan, "PER", "سالیوان")])
    shelf.article("ar", "قال لسوليفان", lang="ar", names=[(sullivan, "PER", "سوليفان")])
    shelf.article("ar2", "ساليفان", lang="ar", names=[("e:other", "PER", "ساليفان")])
    shelf.article("en", "said Sullivan", lang="en", names=[(sullivan, "PER", "Sullivan")])
    shelf.article("si", "Slovenia said", lang="en", names=[("iso:SI", "LOC", "Slovenia")])
    shelf.article("vi", "نشست وین", names=[("gn:1", "LOC", "وین")])
    shelf.article("vi2", "Vienna talks", lang="en", names=[("gn:1", "LOC", "Vienna")])
    archive = shelf.reader()
    for query in ("سالیوان", "سوليفان", "ساليفان", "Sullivan", "sullivan"):
        assert found(archive, query) == ["ar", "ar2", "en", "fa"], query
    assert found(archive, "Slovenia") == ["si"]
    assert found(archive, "Vienna") == found(archive, "وین") == ["vi", "vi2"], (
        "another name of the same entity"
    )
    assert found(archive, sullivan) == ["ar", "en", "fa"]
    assert found(archive, "سالیوان", lang="fa") == ["fa"]
    assert [one.entity_id for one in entity_page.entities_named(archive, "سالیوان")] == [sullivan, "e:other"]
    answer = word_search.by_words(archive, SearchWanted(text="Sullivan"))
    assert (answer.searched, answer.matching, answer.at_least) == (7, 4, False)
    assert {hit.article.doc_id: hit.found_by for hit in answer.hits} == {
        "en": "words",
        "fa": "sound",
        "ar": "sound",
        "ar2": "sound",
    }


def test_an_entity_is_sought_with_words_and_filters_in_one_walk_over_the_words(shelf: Shelf) -> None:
    iran, vienna = ("iso:IR", "LOC", "Iran"), ("gn:2761369", "LOC", "Vienna")
    shelf.article("both", "talks in Vienna", lang="en", names=[iran, vienna])
    shelf.article("iran", "talks elsewhere", lang="en", source="b", names=[iran])
    shelf.article("fa", "گفتگو", names=[iran])
    shelf.article("revised", "talks", lang="en", names=[iran])
    shelf.article("revised", "talks", lang="en", rev=2)
    archive = shelf.reader()
    assert found(archive, "iso:IR talks") == ["both", "iran"]
    assert found(archive, "iso:IR gn:2761369 talks") == found(archive, "iso:IR gn:2761369") == ["both"]
    assert found(archive, "iso:IR", lang="en") == ["both", "iran"]
    assert (
        found(archive, "iso:IR", lang="en", source="b")
        == found(archive, "iso:IR talks", source="b")
        == ["iran"]
    )
    assert found(archive, "iso:IR", lang="fa") == ["fa"]
    assert found(archive, "iso:XX talks") == []
    asked = list[str]()
    with archive.look() as db:
        db.set_trace_callback(asked.append)
    word_search.by_words(archive, SearchWanted(text="iso:IR talks"))
    (query,) = [one for one in asked if "bm25" in one]
    with archive.look() as db:
        db.set_trace_callback(None)
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}")]
    assert not any("LIST SUBQUERY" in step for step in plan), (
        "sought again for every article of the entity: minutes among 300,000"
    )


@pytest.mark.parametrize(
    ("text", "queries"),
    [
        ("گزینه‌های جایگزین", ["گزینه‌های", "گزینههای", "گزینه های", "گزینه"]),
        ("می شود گفت", ["می‌شود", "میشود", "می شود"]),
        ("گزینه های", ["گزینه‌های", "گزینههای"]),
        ("كتابٌ قديم", ["کتاب", "كتاب", "کـتاب"]),
        ("وبالوزير", ["وبالوزير"]),
        ("قال والوزير", ["وزير", "وزیر", "الوزير"]),
        ("۱۲ کشته", ["12", "۱۲", "١٢"]),
        ("مسؤول المدرسة أمس", ["مسوول", "مدرسه", "امس"]),
        ("São Paulo", ["sao", "são", "SAO paulo"]),
        ("گروه G7 و EU", ["EU", "g7"]),
        ("he said so", ['"said so"', "so said"]),
    ],
)  # fmt: skip
def test_words_are_found_however_they_are_typed(shelf: Shelf, text: str, queries: list[str]) -> None:
    shelf.article("d", text)
    shelf.article("other", "چیز دیگری")
    archive = shelf.reader()
    assert {query: found(archive, query) for query in queries} == {query: ["d"] for query in queries}
    assert found(archive, '"so said"') == []


@pytest.mark.parametrize(
    "text",
    [
        '"',
        "«",
        "AND OR NOT",
        "a* NEAR(b)",
        "words : x",
        "-",
        "",
        "'; DROP TABLE articles",
        "\x00",
        "‌",
        "iso:",
        "()" * 50,
    ],
)
def test_no_query_is_taken_for_a_command(shelf: Shelf, text: str) -> None:
    shelf.article("d", "متن")
    assert word_search.by_words(shelf.reader(), SearchWanted(text=text)).searched == 1


def test_an_excerpt_shows_what_was_found_as_it_was_written(shelf: Shelf) -> None:
    shelf.article("d", "خبر\n\n" + "واژه " * 60 + "گزینه‌های جایگزین " + "دیگر " * 60)
    (hit,) = word_search.by_words(shelf.reader(), SearchWanted(text="گزینه های")).hits
    assert [piece.text for piece in hit.excerpt if piece.hit] == ["گزینه‌های"]
    assert len("".join(piece.text for piece in hit.excerpt)) < 300


def test_stories_come_in_every_order_and_filter_and_page_by_page(shelf: Shelf) -> None:
    for n in range(40):
        last = rfc3339(NOON + n % 7 * 3_600_000)
        shelf.story(
            f"s{n:02}",
            [f"d{n}"],
            last_at=last,
            by_lang=dict.fromkeys(["fa", "ar", "en"][: n % 3 + 1], 1),
            by_source={f"source-{n % 4}": 1},
            event_date=f"2026-01-{n % 5 + 20}",
            places=["iso:IR"] if n % 2 else [],
            timeline=[{"at": last, "doc_id": "d", "novelty": "first"}] * (n % 5 + 1),
            origins={"n_independent": n % 6, "list": []},
        )
    shelf.story("gone", ["x"], status="merged", merged_into="s01")
    archive = shelf.reader()
    everything = {
        card.story_id: card for card in front_page.stories(archive, StoriesWanted(limit=100)).stories
    }
    assert len(everything) == 40
    keys = {
        "newest": lambda card: card.last_at,
        "growing": lambda card: card.heat,
        "languages": lambda card: (len(card.by_lang), card.last_at),
        "origins": lambda card: (card.independent, card.last_at),
    }
    for sort, key in keys.items():
        for filters in (
            {},
            {"lang": "ar"},
            {"place": "iso:IR", "source": "source-1"},
            {"event_from": "2026-01-21", "event_to": "2026-01-22"},
        ):
            seen, after = [], None
            while True:
                page = front_page.stories(archive, StoriesWanted(sort=sort, limit=7, after=after, **filters))  # type: ignore[arg-type]
                seen += page.stories
                if (after := page.next) is None:
                    break
            assert len({card.story_id for card in seen}) == len(seen) == page.matching, (sort, filters)
            assert [key(card) for card in seen] == sorted(map(key, seen), reverse=True), (sort, filters)
    assert len(front_page.stories(archive, StoriesWanted(lang="ar", limit=100)).stories) == sum(
        "ar" in one.by_lang for one in everything.values()
    )
    assert {
        card.event_date
        for card in front_page.stories(
            archive, StoriesWanted(event_from="2026-01-22", event_to="2026-01-22")
        ).stories
    } == {"2026-01-22"}
    assert front_page.stories(archive, StoriesWanted(since=rfc3339(NOON + 6 * 3_600_000))).matching == 5
    with pytest.raises(ValueError, match="none of ours"):
        front_page.stories(archive, StoriesWanted(after="nonsense"))
    langs = Counter(lang for card in everything.values() for lang in card.by_lang)
    assert archive_standing.choices(archive, "lang") == [(lang, langs[lang]) for lang in ("fa", "ar", "en")]
    shelf.story("s00", ["d0"], by_lang={"ckb": 1})
    shelf.story("s01", ["d1"], status="merged", merged_into="s02")
    assert archive_standing.choices(archive, "lang") == [
        ("fa", langs["fa"] - 2),
        ("ar", langs["ar"] - 1),
        ("en", langs["en"]),
        ("ckb", 1),
    ]
    shelf.story("s00", ["d0"], status="merged", merged_into="s02")
    assert [lang for lang, _ in archive_standing.choices(archive, "lang")] == ["fa", "ar", "en"]


def test_what_comes_in_one_batch_is_kept_as_what_comes_one_by_one(tmp_path: Path) -> None:
    at_ms, names = NOON + 3 * MINUTE, dict[int, str]()
    docs = (f"d{n}" for n in range(1_000))
    same = next(
        (names[number], doc)
        for doc in docs
        if names.setdefault(number := core.number(at_ms, doc, f"{doc}-1"), doc) != doc
    )

    def tell(shelf: Shelf) -> None:
        shelf.article("old", "second", rev=2, names=[("e:b", "PER", "B")])
        for doc in same:  # two articles with one number
            shelf.turn = 2
            shelf.article(doc, f"text of {doc}", names=[("e:a", "PER", "A")])
        shelf.article("new", "first", names=[("e:a", "PER", "A")])
        shelf.article("new", "second", rev=2, names=[("e:b", "PER", "B")])
        shelf.article("late", "second", rev=2)
        shelf.article("late", "first", rev=1)
        shelf.article("again", "once")
        shelf.article("again", "twice")
        shelf.article("alone", "alone", names=[("e:a", "PER", "A"), ("e:b", "PER", "B")])

    kept = []
    for name in ("apart", "together"):
        shelf = Shelf(tmp_path / name)
        shelf.article("old", "first", names=[("e:a", "PER", "A")])
        with shelf.at_once() if name == "together" else nullcontext():
            tell(shelf)
        kept.append(contents(shelf.file))
        shelf.close()
    assert kept[0] == kept[1]
    assert kept[0]["articles"].startswith("10 rows")


def test_a_story_is_shown_as_it_stood(shelf: Shelf) -> None:
    first = shelf.article("d1", "یکم", story="s1")
    shelf.article(
        "d2", "دوم", story="s2", linked={"runner_up": {"story_id": "s9", "score": 0.4, "against": []}}
    )
    second = shelf.article("d3", "سوم", story="s2")
    moved = shelf.event("moved", "s1", "s2", doc_id="d3", copies=[])
    shelf.story("s9", ["z"])
    merged = shelf.event("merged", "s2", "s1")
    shelf.story("s2", ["d2", "d1", "d3"], aliases=["s1"])
    shelf.story("s1", ["d1", "d3"], status="merged", merged_into="s2")
    archive = shelf.reader()

    def then(story: str, at_ms: int) -> tuple[str, list[str]] | None:
        found = past_story.story_at(archive, story, rfc3339(at_ms))
        return None if found is None else (found.story_id, [one.doc_id for one in found.members])

    assert then("s2", first) is None
    assert then("s1", first) == ("s1", ["d1"])
    assert then("s2", second) == ("s2", ["d2", "d3"])
    assert (then("s1", moved), then("s2", moved)) == (("s1", ["d1", "d3"]), ("s2", ["d2"]))
    assert then("s1", merged) == then("s2", merged) == ("s2", ["d1", "d2", "d3"])
    before = past_story.story_at(archive, "s2", rfc3339(second))
    assert before is not None
    assert (before.not_yet, before.gone, before.by_lang) == (["d1"], [], {"fa": 2})
    page = story_page.story(archive, "s1")
    assert page is not None
    assert (page.story.story_id, page.passed, [one.doc_id for one in page.members], page.missing) == (
        "s2",
        ["s1"],
        ["d1", "d2", "d3"],
        0,
    )
    assert [event.event.event for event in page.events] == ["moved", "merged"]
    assert [len(one.moved) for one in page.members] == [0, 0, 1]
    assert [(one.story_id, one.doc_id, one.story is not None) for one in page.refused] == [("s9", "d2", True)]
    assert past_story.moments(archive, "s2") == [rfc3339(NOON + n * MINUTE) for n in (1, 2, 3, 4, 6)]
    article = article_page.article(archive, "d3")
    assert article is not None
    assert (article.story_id, len(article.events), article.topic, article.offset) == (
        "s2",
        1,
        "articles.linked",
        3,
    )


def test_the_newest_revision_alone_is_found_and_both_are_kept(shelf: Shelf) -> None:
    shelf.article("d", "تیتر کهنه\n\n12 کشته\n\nهمان", names=[("e:x", "PER", "کهنه")])
    shelf.article("d", "تیتر تازه\n\n17 کشته\n\nهمان", rev=2, names=[("e:y", "PER", "تازه")])
    shelf.article("d", "دیرآمده", rev=1)
    archive = shelf.reader()
    assert (found(archive, "کهنه"), found(archive, "دیرآمده"), found(archive, "تازه")) == ([], [], ["d"])
    assert (entity_page.entity(archive, "e:x"), entity_page.entity(archive, "e:y") is not None) == (
        None,
        True,
    )
    assert [(one.rev, one.newest) for one in article_page.revisions(archive, "d")] == [
        ("d-1", False),
        ("d-2", True),
    ]
    shelf.article("d", "تیتر کهنه\n\n12 کشته\n\nهمان")
    changed = revision_changes.compared(archive, "d", "d-1", "d-2")
    assert changed is not None
    assert changed.title is not None
    assert [(one.before, one.after) for one in changed.paragraphs] == [
        ("تیتر کهنه", "تیتر تازه"),
        ("12 کشته", "17 کشته"),
    ]
    assert (changed.same_paragraphs, changed.numbers_gone, changed.numbers_new) == (1, ["12"], ["17"])
    assert revision_changes.compared(archive, "d", "d-1", "none") is None


def test_what_leaves_the_archive_leaves_nothing_in_its_indexes(shelf: Shelf) -> None:
    for n in range(30):
        shelf.article(f"d{n}", f"واژه{n} مشترک", story=f"s{n}", names=[("e:x", "PER", f"نام{n}")])
        shelf.story(f"s{n}", [f"d{n}"])
    archive = shelf.reader()
    assert ageing.age(shelf.keeper, since_ms=NOON + 21 * MINUTE, most_bytes=1e12) == 10
    assert ageing.age(shelf.keeper, since_ms=NOON + 21 * MINUTE, most_bytes=1e12) == 0
    assert archive_standing.standing(archive).articles == 20
    assert found(archive, "واژه5") == []
    assert word_search.by_words(archive, SearchWanted(text="مشترک")).matching == 20
    assert entity_page.entity(archive, "e:x").entity.articles == 20  # type: ignore[union-attr]
    while ageing.age(shelf.keeper, since_ms=0, most_bytes=1):
        pass
    db = sqlite3.connect(shelf.file)
    db.execute("CREATE VIRTUAL TABLE temp.v USING fts5vocab('main', 'words', 'row')")
    left = {
        table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
        for table in ("temp.v", "named", "called", "vectors", "records", "entities")
    }
    assert left == dict.fromkeys(left, 0)
    db.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    db.close()


def test_a_reader_notices_that_another_file_took_the_place(shelf: Shelf, tmp_path: Path) -> None:
    shelf.article("d", "کهنه")
    archive = shelf.reader()
    assert found(archive, "کهنه") == ["d"]
    version = archive.version()
    other = Keeper(shelf.places.file(1))
    shelf.places.swap(shelf.places.file(1))
    assert (found(archive, "کهنه"), archive_standing.standing(archive).articles) == ([], 0)
    assert archive.version() != version
    assert not shelf.places.file(0).exists()
    other.close()
    with pytest.raises(NoArchive, match="no archive"):
        Archive(Settings(home=tmp_path / "nowhere"))


def test_a_record_that_cannot_be_read_is_passed_over(shelf: Shelf) -> None:
    for value in (b"", b"{", b"[]", b'{"doc_id": 5}', b"\xff"):
        shelf.raw(topics.LINKED, "x", value)
        shelf.raw(topics.STORY_EVENTS, "x", value)
    shelf.article("d", "متن")
    assert shelf.unreadable == 10
    assert archive_standing.standing(shelf.reader()).articles == 1


def test_readme_reads_the_archive(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    section = (
        (ROOT / "README.md").read_text(encoding="utf-8").partition("## Search it\n")[2].partition("\n## ")[0]
    )
    (code,) = re.findall(r"```python\n(.*?)```", section, flags=re.DOTALL)
    shelf.article("d", "جیک سالیوان به تهران رفت")
    shelf.story("s1", ["d"])
    shelf.reader()
    monkeypatch.setenv("KHABAR_HOME", str(shelf.settings.home))
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - it is what README says
    names["archive"].close()
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("s1 1 ")
    assert said[1] == "fa جیک سالیوان به تهران رفت"


def test_meaning_finds_what_a_whole_product_finds(shelf: Shelf) -> None:
    numbers = np.random.default_rng(3)
    codes = numbers.integers(-127, 128, (300, 384), dtype=np.int8)
    shelf.article("d", "متن")
    with shelf.keeper.transaction():
        shelf.keeper.connection.executemany(
            "INSERT INTO vectors (number, model, codes) VALUES (?, 'made', ?)",
            [(n, row.tobytes()) for n, row in enumerate(codes)],
        )
    vectors, wanted = Vectors(), codes[17].astype(np.float32) + 5
    with shelf.reader().look() as db:
        vectors.refresh(db)
        vectors.refresh(db)
        near = vectors.nearest(wanted, ("made",), 10)
    cosines = (
        codes.astype(np.float64)
        @ wanted
        / np.linalg.norm(codes.astype(np.float64), axis=1)
        / np.linalg.norm(wanted)
    )
    assert [one.number for one in near if one.number < 300] == np.argsort(-cosines)[:10].tolist()
    assert near[0].score == pytest.approx(cosines[17], abs=1e-4)
    assert vectors.nearest(wanted, ("other",), 10) == []
    assert meaning_search.language_of("گفت‌وگو") == "fa"
    assert meaning_search.language_of("مدرسة أخرى") == "ar"


def test_runs_and_what_they_change_stand_in_the_place_of_what_was_known(shelf: Shelf) -> None:
    run, diff = ((SAMPLES / f"{name}.1.json").read_bytes() for name in ("run", "run_diff"))
    shelf.state(topics.RUNS, "better-names", run)
    shelf.state(topics.RUNS, "gone", run.replace(b"better-names", b"gone").replace(b"caught_up", b"dropped"))
    shelf.state(topics.DIFFS, "better-names/other", diff.replace(b'"live"', b'"other"'))
    archive = shelf.reader()
    (card,) = run_page.runs(archive).runs
    assert (card.run.name, card.against, card.split, card.merged, card.moved) == (
        "better-names",
        "other",
        1,
        0,
        1,
    )
    shelf.state(topics.DIFFS, "better-names/live", diff)
    shelf.state(topics.DIFFS, "better-names/live", b'{"run": 1}')
    assert shelf.unreadable == 1
    shelf.article("m1", "Floods in Gilan", lang="en")
    page = run_page.run(archive, "better-names")
    assert page is not None
    assert page.diff is not None
    assert (page.diff.against, page.compared_with) == ("live", ["live", "other"])
    assert [one.doc_id for one in page.articles] == ["m1"]
    shelf.state(topics.DIFFS, "better-names/live", None)
    assert run_page.run(archive, "better-names", "live") == msgspec.structs.replace(
        page, compared_with=["other"], diff=None, articles=[]
    )
    assert run_page.run(archive, "none") is None


def test_a_trace_is_of_the_run_that_the_newest_revision_is_from_whatever_the_offsets(shelf: Shelf) -> None:
    for rev in (1, 2):
        shelf.article("d", f"متن {rev}", rev=rev)
    shelf.keeper.connection.execute("UPDATE articles SET run = 'v2', \"offset\" = 1 WHERE rev = 'd-2'")
    (kept,) = article_page.records(shelf.reader(), "d")
    assert (kept.run, kept.offset, b"d-2" in kept.value, "khabar-origin" in kept.headers) == (
        "v2",
        1,
        True,
        True,
    )


def test_what_a_story_nearly_took_is_on_its_page_too(shelf: Shelf) -> None:
    near = {
        "runner_up": {
            "story_id": "s1",
            "score": 0.4,
            "against": [{"kind": "time", "key": "d", "label": "two days", "weight": -1.0}],
        }
    }
    shelf.article("d1", "نخست")
    shelf.story("s1", ["d1"])
    shelf.article("d2", "دیگر", story="s2", linked=near)
    shelf.article("d3", "باز دیگر", story="s2", linked={"runner_up": near["runner_up"] | {"score": 0.3}})
    shelf.story("s2", ["d2", "d3"])
    archive = shelf.reader()
    page = story_page.story(archive, "s1")
    assert page is not None
    (one,) = page.refused
    assert (one.story_id, one.doc_id, one.score, one.against[0].label, one.story is not None) == (
        "s2",
        "d2",
        0.4,
        "two days",
        True,
    )
    other = story_page.story(archive, "s2")
    assert other is not None
    assert [(one.story_id, one.doc_id) for one in other.refused] == [("s1", "d2")]
    shelf.event("merged", "s1", "s2")
    shelf.story("s2", [], status="merged", merged_into="s1")
    shelf.story("s1", ["d1", "d2", "d3"], aliases=["s2"])
    page = story_page.story(archive, "s1")
    assert page is not None
    assert page.refused == [], "what came in after all was not refused"
