"""The figures of the linker: what is counted as right, what a cut stream keeps, and that a replay is heard
when it differs.
"""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
import orjson
import pytest
from click.testing import CliRunner

from services.cli import speech
from services.cli.verbs import evaluate
from services.link.model import model
from services.link.reading.signature import Signature
from services.workshop.judging.link.impostors import impostors, later
from services.workshop.judging.link.labels import labelled
from services.workshop.judging.link.random_seeds import drawn
from services.workshop.judging.link.reliability import Joins, false_share, reliability
from services.workshop.judging.link.subject import evaluate as evaluate_link
from services.workshop.streams.labelled_events import Labels, Seed, seeds_of
from services.workshop.streams.link_fold import Replayed, folded, signatures
from services.workshop.streams.tape import Tape
from shared.records import Raw
from tests.unit.link_articles import Page

LABELS = Labels(
    core={"flood": ["a", "b", "c"], "match": ["x", "y"]},
    lang={"a": "fa", "b": "ar", "c": "fa", "x": "fa", "y": "en"},
    pairs=[
        {"a": "a", "b": "b", "event": "flood", "why": "same_event", "langs": "ar-fa"},
        {"a": "a", "b": "c", "event": "flood", "why": "same_event", "langs": "fa-fa"},
        {"a": "a", "b": "h", "event": "flood", "why": "hard_negative", "langs": "fa-fa"},
        {"a": "a", "b": "x", "event": "flood/match", "why": "other_event_same_week", "langs": "fa-fa"},
    ],
    window=[("flood", "w"), ("match", "w")],
)
STORY_OF = {"a": "1", "b": "1", "c": "2", "h": "1", "x": "3", "y": "3", "w": "2"}


def test_links_are_counted_by_what_the_labels_say_of_them() -> None:
    found = labelled(STORY_OF, LABELS)
    assert found["recall"] == {"ar-fa": 1.0, "fa-fa": 0.0}
    assert (found["hard_negatives"], found["other_event_links"], found["window_documents"]) == (1, 0, 1)
    assert found["events_whole"] == 1


def test_a_cut_stream_keeps_what_lies_in_one_piece() -> None:
    cut = LABELS.cut({"a": 0, "b": 0, "c": 1, "h": 1, "x": 1, "y": 1, "w": 1})
    assert cut.core == {"flood/0": ["a", "b"], "flood/1": ["c"], "match/1": ["x", "y"]}
    assert [pair["langs"] for pair in cut.pairs] == ["ar-fa"]
    assert cut.window == [("flood/1", "w"), ("match/1", "w")]


def test_a_join_is_right_in_the_story_of_its_event_and_wrong_beside_an_event_it_is_no_part_of() -> None:
    joins = Joins(
        score={"b": 0.6, "h": 0.99, "y": 0.99, "c": 0.8},
        pair={"b": "ar-fa", "h": "fa-fa", "y": "en-fa", "c": "fa-fa"},
    )
    found = reliability(joins, STORY_OF, LABELS)
    assert found["across"]["0.5-0.7"] == {"judged": 1, "right": 1, "share": 1.0, "score": 0.6}
    assert found["across"]["0.97-1.0"]["right"] == 1
    # no other label says where c belongs
    assert found["within"] == {"0.97-1.0": {"judged": 1, "right": 0, "share": 0.0, "score": 0.99}}


def test_what_impostors_join_says_how_many_joins_are_false() -> None:
    story_of = {"a": "1", "b": "1", "c": "1", "x": "2", "impostor/x": "1", "impostor/y": "3"}
    pair = dict.fromkeys(story_of, "fa-fa") | {"c": "ar-fa"}
    joins = Joins(score={"b": 0.6, "c": 0.99, "impostor/x": 0.6}, pair=pair)
    found = false_share(joins, Replayed(story_of, frozenset(), {}))
    # one of two impostors, four articles, one join
    assert found["within"] == {"0.5-0.7": {"joins": 1, "impostors": 1, "false": 2.0}}
    assert found["across"] == {"0.97-1.0": {"joins": 1, "impostors": 0, "false": 0.0}}


def test_drawn_records_say_what_is_found_and_what_is_wrongly_joined() -> None:
    seeds = [
        Seed(seed="a", kind="event", same=["b", "c"], storyline=["h"], other=["x", "w"]),
        Seed(seed="x", kind="event", same=[], storyline=[], other=["y", "gone"]),
    ]
    texts = signatures(
        Page(name, "fa" if name in "ac" else "ar", "سیل در شهر شوشتر خانه‌ها را برد").value()
        for name in "abch"
    )
    found = drawn(STORY_OF, seeds, texts)
    assert (found["recall"], found["precision"], found["pairs"], found["events"]) == (0.5, 0.3333, 2, 2)
    assert (found["wrong_storyline"], found["wrong_other"]) == (1, 1)
    assert (found["macro_recall"], found["macro_precision"]) == (0.75, 0.25)
    assert found["by"]["ar-fa"]["recall"] == 1.0
    assert found["by"]["fa-fa"]["recall"] == 0.0
    assert found["by"]["unread-unread"]["wrong_other"] == 1


def test_drawn_records_without_one_happening_are_not_scored(tmp_path: Path) -> None:
    row = {
        "seed": "a",
        "kind": "event",
        "same": ["b"],
        "storyline": [],
        "unsure": [],
        "other": [],
        "readers": 2,
    }
    assert seeds_of(tmp_path) == []
    write(tmp_path / "seeds.jsonl", [row, row | {"seed": "ad", "kind": "not_news"}])
    assert [seed.seed for seed in seeds_of(tmp_path)] == ["a"]


def test_records_drawn_for_the_project_are_judged_with_those_of_the_stream() -> None:
    ours = [seed for name in ("news-dev", "news-dev2") for seed in seeds_of(Path(name))]
    assert len(ours) == 128
    assert all(seed.seed not in {*seed.same, *seed.storyline, *seed.other} for seed in ours)


def test_impostors_move_inside_the_stream_and_whole_days() -> None:
    times = ["2026-05-20T23:30:00Z", "2026-05-28T01:00:00Z", "2026-06-04T00:00:00Z"]
    rows = [{"id": time, "published_at": time, "first_seen_at": time} for time in times]
    assert [row["first_seen_at"] for row in impostors(rows)] == ["2026-06-03T23:30:00Z"]
    assert later(times[0], -21) == "2026-04-29T23:30:00Z"


def articles() -> Iterator[Page]:
    for n in range(12):
        for lang, text in (
            ("fa", "سیل در شهر شوشتر خانه‌ها را برد"),
            ("en", "Flood in Shushtar swept houses away"),
        ):
            yield Page(
                f"{lang}{n}", lang, f"{text} {n // 3}", at=f"2024-05-0{1 + n // 2}T0{n % 2}:00:00.000Z"
            )


@pytest.fixture(scope="module")
def values() -> list[bytes]:
    return [page.value() for page in articles()]


@pytest.fixture(scope="module")
def found(values: list[bytes]) -> list[Signature]:
    return signatures(values)


def test_a_fresh_process_with_another_hash_seed_prints_the_same_hash(
    values: list[bytes], found: list[Signature]
) -> None:
    tape = Tape()
    folded(found, model(), watch=tape)
    done = subprocess.run(
        [sys.executable, "-m", "services.workshop.streams.tape"],
        input=b"\n".join([msgspec.json.encode(model()), *values]),
        env=os.environ | {"PYTHONHASHSEED": "7"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode().strip() == tape.whole.hexdigest()


def test_another_order_gives_another_hash(found: list[Signature]) -> None:
    tapes = [Tape(), Tape()]
    folded(found, model(), watch=tapes[0])
    folded([*found[1:], found[0]], model(), watch=tapes[1])
    assert tapes[0].whole.digest() != tapes[1].whole.digest()


def extracted(pages: Sequence[Raw]) -> list[bytes | None]:
    """What the stages before link might make of pages, in a moment."""
    return [
        Page(
            p.doc_id,
            p.declared.lang or "fa",
            str(p.payload),
            at=p.declared.published or None,
            fetched=p.fetched_at,
        ).value()
        for p in pages
    ]


def write(path: Path, rows: Iterable[object]) -> None:
    path.write_bytes(b"\n".join(orjson.dumps(row) for row in rows))


def stream_folder(folder: Path) -> Path:
    """Two events in Persian among other news of nineteen days, labelled."""
    pages = [
        (f"{event}{n}", f"2026-05-{day:02d}T{n:02d}:00:00Z", f"{text} {n}")
        for event, day, text in EVENTS
        for n in range(3)
    ]
    pages += [
        (f"other{n}", f"2026-05-{1 + n:02d}T12:00:00Z", f"نیم‌روز {n} در روستای شماره {n} خبری نبود که نبود")
        for n in range(19)
    ]
    rows = [
        {"id": i, "source": "s", "url": f"urn:{i}", "published_at": at, "first_seen_at": at, "text": text}
        for i, at, text in pages
    ]
    folder.mkdir()
    (folder / "stream.jsonl.gz").write_bytes(gzip.compress(b"\n".join(orjson.dumps(row) for row in rows)))
    core = {event: [f"{event}{n}" for n in range(3)] for event, _, _ in EVENTS}
    write(folder / "events.jsonl", [{"event_id": event, "core": docs} for event, docs in core.items()])
    write(folder / "docs.jsonl", [{"doc_id": i, "lang": "fa"} for i, _, _ in pages])
    pair = {"a": "flood0", "b": "flood1", "event": "flood", "why": "same_event", "langs": "fa-fa"}
    write(folder / "pairs.jsonl", [pair, pair | {"b": "other3", "why": "hard_negative"}])
    write(folder / "window_neg.jsonl", [{"event_id": "flood", "doc_id": "other3"}])
    write(
        folder / "seeds.jsonl",
        [{"seed": "flood0", "kind": "event", "same": ["flood1"], "storyline": [], "other": ["other3"]}],
    )
    return folder


EVENTS = [
    ("flood", 4, "سیل در شهر شوشتر خانه‌ها را برد و پل را شکست"),
    ("match", 17, "تیم والیبال بانوان در بندر انزلی قهرمان شد"),
]


def test_a_stream_and_its_twins_are_measured(tmp_path: Path) -> None:
    stream_folder(tmp_path / "made-up")
    found = evaluate_link(tmp_path, earlier=extracted, orders=2, twins=True)["made_up"]
    assert found["arrival"]["recall"] == {"fa-fa": 1.0}
    assert found["arrival"]["drawn"]["recall"] == found["shuffled_1"]["drawn"]["precision"] == 1.0
    assert found["shuffled_1"]["change"] == {"b3": 0.0, "ceafe": 0.0, "xpair": 0.0}
    assert found["cold_weeks"]["weeks"] == 3
    assert found["impostors"]["linked"] == 8
    assert set(found["twins"]) == {"half_spaces_stripped", "fa_3_hours_later", "same_bytes"}
    assert all(found["twins"]["same_bytes"].values())
    assert found["seeds"]["others"] == 10  # the seven days from 4 May


def test_translated_documents_alone_are_enough(tmp_path: Path) -> None:
    sentences = {
        "en": ["The river rose.", "Houses fell."],
        "ar": ["ارتفع النهر.", "سقطت البيوت."],
        "fa": ["رود بالا آمد.", "خانه‌ها ریخت."],
    }
    write(
        tmp_path / "docs.jsonl",
        [{"event": "flood", "lang": lang, "sentences": text} for lang, text in sentences.items()],
    )
    found = evaluate_link(ntrex=tmp_path / "docs.jsonl", earlier=extracted)
    assert set(found) == {"ntrex", "recurrence"}
    assert set(found["ntrex"]) == {"b3", "ceafe", "pair", "xpair", "zero_shot"}


@pytest.mark.parametrize(
    "arguments", [["link"], ["clean"], ["floors"], ["clean", "--ntrex", "docs.jsonl.gz"]]
)
def test_nothing_to_measure_is_said_so(arguments: list[str]) -> None:
    done = CliRunner().invoke(evaluate.command, arguments)
    assert done.exit_code == speech.WRONG_USE
    assert "nothing to measure" in done.output
