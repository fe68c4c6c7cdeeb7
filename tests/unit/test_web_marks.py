"""What readers say of two articles: who may say it, from where, what is written, and where it is shown and
used.
"""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry

from services.archive.reading import gold_marks, story_page
from services.link.model import model
from services.replay.comparing.marks_kept import marks_kept
from services.web.library import Library
from services.web.serving import mark_door
from services.web.serving.mark_pass import LASTS_S, MarkPass
from services.web.serving.mark_sender import NotTaken
from services.web.serving.page_metrics import PageMetrics
from services.web.serving.site import Site
from services.workshop.judging.link.marked_pairs import kept, marked
from shared.records.mark import Mark
from shared.wire import codec, topics
from tests.unit.archive_shelf import Shelf

TOKEN = "guess-me"  # noqa: S105
GIVEN = {"first": "fa1", "second": "ar1", "same": "no", "by": "سردبیر"}


class Sent:
    """Kafka, as the door sees it."""

    marks: list[Mark]
    away = False

    def __init__(self, _: object) -> None:
        self.marks = []

    async def send(self, mark: Mark) -> None:
        if self.away:
            raise NotTaken
        self.marks.append(mark)

    async def close(self) -> None:
        pass


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    made = Shelf(tmp_path)
    made.article("fa1", "سالیوان در وین\n\nسالیوان گفت.")
    made.article("ar1", "سوليفان في فيينا\n\nقال.", lang="ar")
    made.story("s1", ["fa1", "ar1"], by_lang={"fa": 1, "ar": 1})
    made.reader()
    return made


@pytest.fixture
async def client(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TestClient]:
    monkeypatch.setattr(mark_door, "MarkSender", Sent)
    monkeypatch.setattr(mark_door, "WRONG_TOKEN_S", 0.0)
    settings = dataclasses.replace(shelf.settings, kafka="127.0.0.1:1", web_token=TOKEN)
    made = Site(settings, Library(settings), PageMetrics.create(version="1", registry=CollectorRegistry()))
    async with TestClient(TestServer(made.application())) as found:
        found.marks = made._marks._sender  # type: ignore[attr-defined]
        yield found
    shelf.close()


async def say(client: TestClient, given: dict[str, str], **headers: str) -> tuple[int, str]:
    answer = await client.post(
        "/mark",
        data=given,
        allow_redirects=False,
        headers={name.replace("_", "-"): one for name, one in headers.items()},
    )
    return answer.status, answer.headers.get("Location", "")


async def test_whoever_shows_the_token_may_mark_and_then_its_browser_for_half_a_day(
    client: TestClient,
) -> None:
    assert "/mark?first=ar1&amp;second=fa1" in await (await client.get("/story/s1")).text()
    assert 'name="token"' in await (await client.get("/mark?first=fa1&second=ar1")).text()
    status, place = await say(client, GIVEN | {"token": TOKEN})
    assert (status, parse_qs(urlsplit(place).query)) == (
        303,
        {"first": ["ar1"], "second": ["fa1"], "noted": ["no"]},
    )
    (mark,) = client.marks.marks  # type: ignore[attr-defined]
    assert (mark.first, mark.second, mark.same, mark.by, mark.together) == (
        "ar1",
        "fa1",
        False,
        "سردبیر",
        True,
    )
    text = await (await client.get(place)).text()
    assert 'name="token"' not in text
    key = text.partition('name="key" value="')[2].partition('"')[0]
    assert (await say(client, GIVEN | {"key": key}))[0] == 303
    assert (await say(client, GIVEN))[0] == 401, "a form that another site has made has no key"
    assert len(client.marks.marks) == 2  # type: ignore[attr-defined]


async def test_nobody_else_may_and_what_cannot_be_read_is_no_mark(client: TestClient) -> None:
    assert (await say(client, GIVEN))[0] == 401
    assert (await say(client, GIVEN | {"token": "another"}))[0] == 401
    assert (await say(client, GIVEN | {"token": TOKEN}, Origin="https://evil.example"))[0] == 403
    assert (await say(client, GIVEN | {"token": TOKEN}, Sec_Fetch_Site="cross-site"))[0] == 403
    assert (await say(client, GIVEN | {"token": TOKEN, "same": "maybe"}))[0] == 400
    assert (await say(client, GIVEN | {"token": TOKEN, "second": "none"}))[0] == 404
    assert (await say(client, GIVEN | {"token": TOKEN, "second": "fa1"}))[0] == 404, (
        "an article is one story with itself"
    )
    assert (
        await client.post("/mark", json=GIVEN, headers={"Authorization": f"Bearer {TOKEN}"})
    ).status == 400
    assert (await say(client, GIVEN | {"token": TOKEN, "note": "a" * 9_000}))[0] == 413
    assert client.marks.marks == []  # type: ignore[attr-defined]
    assert (await say(client, GIVEN, Authorization=f"Bearer {TOKEN}"))[0] == 303


async def test_a_mark_that_kafka_has_not_confirmed_is_not_noted(client: TestClient) -> None:
    client.marks.away = True  # type: ignore[attr-defined]
    answer = await client.post("/mark", data=GIVEN | {"token": TOKEN})
    assert answer.status == 503
    assert "Not noted" in await answer.text()


async def test_without_a_token_the_door_is_closed(shelf: Shelf) -> None:
    made = Site(
        shelf.settings, Library(shelf.settings), PageMetrics.create(version="1", registry=CollectorRegistry())
    )
    async with TestClient(TestServer(made.application())) as client:
        assert "/mark" not in await (await client.get("/story/s1")).text()
        assert "KHABAR_WEB_TOKEN_FILE" in await (await client.get("/mark?first=fa1&second=ar1")).text()
        assert (await say(client, GIVEN | {"token": ""}))[0] == 404
    shelf.close()


def test_a_pass_ends_and_is_good_for_its_own_token_and_form_alone() -> None:
    one, other = MarkPass(TOKEN), MarkPass("another")
    given = one.issued(1_000)
    assert one.good(given, 1_001)
    assert not one.good(given, 1_001 + LASTS_S)
    assert not one.good(given.replace(str(1_000 + LASTS_S), "99999999999"), 1_001), (
        "nobody else makes one that lasts"
    )
    assert not other.good(given, 1_001)
    assert not MarkPass("").good(MarkPass("").issued(1_000), 1_001)
    assert not MarkPass("").shows("")
    assert one.fits(one.key(given), given)
    assert not one.fits(one.key(given), one.issued(2_000))
    assert not one.good("٣.x", 1_001)


def test_the_archive_keeps_what_was_said_last_and_a_diff_counts_it(shelf: Shelf) -> None:
    mark = Mark(first="ar1", second="fa1", same=False, at="2026-01-01T00:00:00.000Z", together=True)
    shelf.state(topics.STORY_MARKS, mark.key, codec.encode(msgspec.structs.replace(mark, same=True)))
    shelf.state(topics.STORY_MARKS, mark.key, codec.encode(mark))
    archive = shelf.readers[0]
    assert gold_marks.marks(archive) == [mark]
    page = story_page.story(archive, "s1")
    assert page is not None
    assert page.marks == [mark]
    pair = gold_marks.pair(archive, "fa1", "ar1")
    assert pair is not None
    assert (pair.together, pair.mark) == (True, mark)
    figures = marked(shelf.settings, model())
    assert (figures["not_same"], figures["not_same_kept"], figures["articles"]) == (1, 0, 2), (
        "one headline in two languages"
    )
    other = msgspec.structs.replace(mark, second="x")
    assert marks_kept([mark, other], {"ar1": "s", "fa1": "s"}, {"ar1": "s", "fa1": "t"}) == (1, 0, 1)
    shelf.close()


def test_evaluation_counts_marks_that_the_linker_keeps() -> None:
    marks = [
        Mark(first=first, second=second, same=same, at="2026-01-01T00:00:00.000Z", together=True)
        for first, second, same in (
            ("a", "b", True),
            ("a", "c", True),
            ("b", "c", False),
            ("a", "gone", True),
        )
    ]
    figures = kept(marks, {"a": "s", "b": "s", "c": "t"})
    assert figures == {
        "same": 2,
        "same_kept": 1,
        "same_kept_then": 2,
        "not_same": 1,
        "not_same_kept": 1,
        "not_same_kept_then": 0,
        "missing": 1,
    }
