"""Which letters are meant, what can become of each, and what goes back."""

from __future__ import annotations

import hashlib
import shlex
from typing import Any

import pytest
from click.testing import CliRunner

from services.cli import khabar
from services.cli.letters import letter_filters
from services.cli.speech import Failure
from services.dead.letter import Letter
from services.dead.selection import Selection
from services.dead.sent_back import sent_back
from services.dead.standing import Counts, Judge
from shared.contract import Origin, Reject
from shared.errors import Reason
from shared.wire import headers, topics
from shared.wire.topics import STAGES

ALL = {topic.name: topic.partitions for topic in topics.TOPICS}
CHOSEN: dict[str, Any] = {"stage": (), "reason": (), "source": "", "doc": "", "since": "", "until": ""}


def letter(
    stage: str = "clean", offset: int = 17, *, run: str = "live", topic: str = "articles.raw", **other: Any
) -> Letter:
    given: list[tuple[str, bytes]] = other.pop("headers", [("ce_subject", b"d41f"), ("foreign", b"\xff\x00")])
    reason: Reason = other.pop("reason", "empty_text")
    maker = headers.RecordMaker(stage=stage, version="1", model_sha256="", run=run, instance="")
    cause = headers.Cause(given, Origin(topics.spelled(topic, run), 5, 99, 1_000), 0, "")
    fields = {
        "key": b"outlet",
        "value": b'{"doc_id": "d41f", "source": {"id": "outlet"}}',
        "timestamp_ms": 2_000,
    } | other
    made = headers.dead_letter_headers(Reject(reason, "nothing"), maker, cause, 1)
    return Letter(
        stage=stage,
        topic=topics.spelled(topics.dead(stage), run),
        partition=0,
        offset=offset,
        headers=made,
        **fields,
    )


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ({}, True),
        ({"stages": ("detect",)}, False),
        ({"names": frozenset(["clean/17"])}, True),
        ({"names": frozenset(["clean/18"])}, False),
        ({"reasons": frozenset(["empty_text", "bug"])}, True),
        ({"reasons": frozenset(["bug"])}, False),
        ({"source": "outlet"}, True),
        ({"source": "out"}, False),
        ({"document": "d4"}, True),
        ({"document": "e"}, False),
        ({"since_ms": 2_000}, True),
        ({"since_ms": 2_001}, False),
        ({"until_ms": 2_001}, True),
        ({"until_ms": 2_000}, False),
        ({"source": "outlet", "reasons": frozenset(["bug"])}, False),
    ],
)
def test_a_selection_takes_what_fits_all_of_it(given: dict[str, Any], taken: bool) -> None:
    assert Selection(**({"stages": ("feed", *STAGES)} | given)).takes(letter()) is taken


def test_source_and_document_are_found_where_they_stand() -> None:
    assert letter(value=b"broken").source == "outlet", "the key of a raw record is its source"
    assert letter("detect", topic="articles.clean", key=b"d41f", value=b"broken").source == ""
    assert letter(headers=[], value=b'{"doc_id": "77"}').document == "77"
    assert letter("feed", key=None, value=b'{"source": "outlet", "text": "x"}', headers=[]).source == "outlet"
    assert letter(headers=[], value=b"[1, 2]", key=b"\xff").document == ""


def standing(
    one: Letter,
    verb: Any = "redrive",
    *,
    marked: tuple[str, ...] = (),
    state: str = "dropped",
    run: str = "live",
) -> str:
    return Judge(marked=dict.fromkeys(marked, state), partitions=ALL, run=run).standing(one, verb)


@pytest.mark.parametrize(
    ("stage", "topic"),
    [("clean", "articles.raw"), ("detect", "articles.clean"), ("extract", "articles.detected"), ("link", "articles.extracted"),
     ("pulse", "articles.linked")],
)  # fmt: skip
def test_each_stage_has_its_letters_back(stage: str, topic: str) -> None:
    assert standing(letter(stage, topic=topic)) == "goes"
    assert standing(letter(stage, topic=topic, run="v2"), run="v2") == "goes"


@pytest.mark.parametrize(
    "topic",
    [one.name for one in topics.TOPICS if one.name != "articles.raw"]
    + ["somebody.else", "", "articles.raw/"],
)
def test_no_letter_of_clean_goes_anywhere_but_to_what_clean_reads(topic: str) -> None:
    assert standing(letter(topic=topic)) == "foreign"


def test_a_run_never_writes_into_another() -> None:
    assert standing(letter(), run="v2") == "foreign", (
        "the first stage of a replay reads live topics, and they are not its own"
    )
    assert standing(letter(run="v2"), run="live") == "foreign"


def test_what_stays_says_why() -> None:
    assert standing(letter(), marked=("clean.dead/0/17",)) == "marked"
    assert standing(letter(), "drop", marked=("clean.dead/0/17",)) == "marked"
    known: dict[str, Any] = {"marked": ("clean.dead/0/17",), "state": "acknowledged"}
    verbs = ("redrive", "edit", "drop", "ack")
    assert [standing(letter(), verb, **known) for verb in verbs] == ["goes", "goes", "goes", "marked"], (
        "it is known, not decided on"
    )
    assert standing(letter("feed", topic="pages.jsonl:7"), "ack") == "goes"
    assert standing(letter("feed", topic="pages.jsonl:7")) == "refused_at_a_door"
    assert standing(letter("feed", topic="pages.jsonl:7"), "drop") == "goes"
    rests = letter(headers=[("khabar-redriven", b"3")])
    assert (standing(rests), standing(rests, "edit"), standing(rests, "drop")) == ("rests", "goes", "goes")
    assert standing(letter(key=None, value=None)) == "empty"
    assert standing(letter(value=b"x" * (topics.MAX_MESSAGE_BYTES - 100))) == "too_large"
    assert Judge(marked={}, partitions={}, run="live").standing(letter(), "redrive") == "topic_missing"


def test_a_letter_without_our_headers_is_foreign_and_breaks_nothing() -> None:
    bare = Letter(
        stage="clean",
        topic="clean.dead",
        partition=0,
        offset=1,
        timestamp_ms=1,
        key=None,
        value=b"?",
        headers=[],
    )
    assert standing(bare) == "foreign"
    assert (bare.reason, bare.came_from, bare.origin, bare.document, bare.source) == (
        "unknown",
        None,
        None,
        "",
        "",
    )


def test_key_value_and_headers_go_back_byte_for_byte_with_one_more_return() -> None:
    one = letter()
    first = sent_back(one, 12)
    assert (first.topic, first.partition, first.key, first.value) == ("articles.raw", 5, one.key, one.value)
    assert first.headers == [*one.headers, ("khabar-redriven", b"1")]
    second = sent_back(letter(headers=first.headers), 12)
    assert [value for name, value in second.headers if name == "khabar-redriven"] == [b"2"]
    assert ("foreign", b"\xff\x00") in second.headers


def test_a_partition_that_is_no_more_is_not_asked_for() -> None:
    assert sent_back(letter(), 5).partition is None


def test_an_edited_record_names_the_digest_of_what_it_was() -> None:
    one = letter(headers=[("khabar-edited", b"0" * 64)])
    made = sent_back(one, 12, b"mended")
    assert made.value == b"mended"
    assert [value for name, value in made.headers if name == "khabar-edited"] == [
        hashlib.sha256(one.value or b"").hexdigest().encode()
    ]
    assert [value for name, value in made.headers if name == "khabar-redriven"] == [b"1"]
    assert ("khabar-edited", b"0" * 64) in sent_back(one, 12).headers, (
        "sent back as it is, it stays an edited one"
    )


def test_counts_part_what_goes_from_what_stays() -> None:
    counts = Counts()
    for one in (letter(), letter(), letter(reason="bug"), letter("feed")):
        counts.enter(one, "refused_at_a_door" if one.stage == "feed" else "goes", "redrive")
    assert counts.goes == {("clean", "empty_text", "articles.raw"): 2, ("clean", "bug", "articles.raw"): 1}
    assert counts.stays == {("feed", "refused_at_a_door"): 1}
    dropped = Counts()
    for line in range(3):
        dropped.enter(letter("feed", topic=f"pages.jsonl:{line}"), "goes", "drop")
    assert dropped.goes == {("feed", "empty_text", ""): 3}, "a row a reason, not a row a line"


def test_the_next_command_means_the_same() -> None:
    chosen = CHOSEN | {
        "stage": ("clean",),
        "reason": ("bug", "empty_text"),
        "source": "the outlet",
        "doc": "d4",
        "since": "3d",
    }
    wanted = letter_filters.narrowed(chosen, [])
    verb, *words = shlex.split(letter_filters.again("redrive", wanted).removeprefix("./khabar dead "))
    redrive = khabar.get_command(None, "dead").get_command(None, verb)  # type: ignore[arg-type, union-attr]
    given = redrive.make_context("redrive", words).params
    assert letter_filters.meant({name: given[name] for name in CHOSEN}, given["letters"]) == wanted


def test_the_next_command_names_what_was_named() -> None:
    assert (
        letter_filters.again("drop", letter_filters.narrowed(CHOSEN, ["clean/17"]), "--go")
        == "./khabar dead drop clean/17 --go"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["redrive"], "say which letters"),
        (["redrive", "--go"], "say which letters"),
        (["drop", "--because", "x"], "say which letters"),
        (["ack", "--go"], "say which letters"),
        (["drop", "clean/1", "--because", " "], "say why"),
        (["redrive", "clean/1", "--edit"], "say why"),
        (["redrive", "clean/1", "clean/2", "--edit", "--because", "x"], "takes one letter"),
        (["redrive", "--stage", "clean", "--edit", "--because", "x"], "takes one letter"),
        (["redrive", "nonsense"], "is not a letter"),
        (["redrive", "--since", "yesterday"], "no moment"),
        (["redrive", "--stage", "clean", "--rate", "0"], "is no rate"),
        (["redrive", "--stage", "nonsense"], "is not one of"),
    ],
)
def test_wrong_use_is_said_before_anything_is_done(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KHABAR_KAFKA", "127.0.0.1:1")
    result = CliRunner().invoke(khabar, ["dead", *arguments])
    assert (result.exit_code, said in result.output) == (2, True), result.output


def test_times_are_moments_or_so_long_ago() -> None:
    given = letter_filters.meant(CHOSEN | {"since": "2022-01-27T10:32:00Z", "until": "2d"})
    assert given.since_ms == 1_643_279_520_000
    assert given.until_ms is not None
    with pytest.raises(Failure):
        letter_filters.meant(CHOSEN | {"since": "3 weeks"})
