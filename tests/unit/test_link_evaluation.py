"""The figures of the linker: what is counted as right, what a cut stream keeps, and that a replay is heard when it differs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from services.cli import evaluate, show
from services.link.evaluation.calibration import Joins, reliability
from services.link.evaluation.impostors import impostors, later
from services.link.evaluation.labels import Labels, labelled
from services.link.evaluation.tape import Tape, restored
from services.link.model import model
from services.link.replay import folded, signatures
from services.link.signature import Signature
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
    joins = Joins(score={"b": 0.6, "h": 0.99, "y": 0.99, "c": 0.8}, pair={"b": "ar-fa", "h": "fa-fa", "y": "en-fa", "c": "fa-fa"})
    found = reliability(joins, STORY_OF, LABELS)
    assert found["across"]["0.5-0.7"] == {"judged": 1, "right": 1, "share": 1.0, "score": 0.6}
    assert found["across"]["0.97-1.0"]["right"] == 1
    assert found["within"] == {"0.97-1.0": {"judged": 1, "right": 0, "share": 0.0, "score": 0.99}}  # no other label says where c belongs


def test_impostors_move_inside_the_stream_and_whole_days() -> None:
    times = ["2026-05-20T23:30:00Z", "2026-05-28T01:00:00Z", "2026-06-04T00:00:00Z"]
    rows = [{"id": time, "published_at": time, "first_seen_at": time} for time in times]
    assert [row["first_seen_at"] for row in impostors(rows)] == ["2026-06-03T23:30:00Z"]
    assert later(times[0], -21) == "2026-04-29T23:30:00Z"


def articles() -> Iterator[Page]:
    for n in range(12):
        for lang, text in (("fa", "سیل در شهر شوشتر خانه‌ها را برد"), ("en", "Flood in Shushtar swept houses away")):
            yield Page(f"{lang}{n}", lang, f"{text} {n // 3}", at=f"2024-05-0{1 + n // 2}T0{n % 2}:00:00.000Z")


@pytest.fixture(scope="module")
def values() -> list[bytes]:
    return [page.value() for page in articles()]


@pytest.fixture(scope="module")
def found(values: list[bytes]) -> list[Signature]:
    return signatures(values)


def test_a_fresh_process_with_another_hash_seed_prints_the_same_hash(values: list[bytes], found: list[Signature]) -> None:
    tape = Tape()
    folded(found, model(), watch=tape)
    done = subprocess.run(
        [sys.executable, "-m", "services.link.evaluation.tape"],
        input=b"\n".join([msgspec.json.encode(model()), *values]),
        env=os.environ | {"PYTHONHASHSEED": "7"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode().strip() == tape.whole.hexdigest()


@pytest.mark.parametrize("tombstones", [False, True])
def test_a_lane_restored_from_what_its_batches_wrote_sends_the_same_bytes(found: list[Signature], *, tombstones: bool) -> None:
    tape, again = Tape(cut=12, batch=6), Tape()
    folded(found, model(), watch=tape)
    folded(found[12:], model(), state=restored(tape, tombstones=tombstones), watch=again)
    assert again.whole.digest() == tape.rest.digest()


def test_another_order_gives_another_hash(found: list[Signature]) -> None:
    tapes = [Tape(), Tape()]
    folded(found, model(), watch=tapes[0])
    folded([*found[1:], found[0]], model(), watch=tapes[1])
    assert tapes[0].whole.digest() != tapes[1].whole.digest()


@pytest.mark.parametrize("arguments", [["link"], ["clean"], ["floors"], ["clean", "--ntrex", "docs.jsonl.gz"]])
def test_nothing_to_measure_is_said_so(arguments: list[str]) -> None:
    done = CliRunner().invoke(evaluate.command, arguments)
    assert done.exit_code == show.WRONG_USE
    assert "nothing to measure" in done.output
