"""The pages over HTTP on a small archive: each with its JSON, its headers, its failures; what is hostile
stays text.
"""

from __future__ import annotations

import asyncio
import base64
import csv
import dataclasses
import io
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote
from xml.etree import ElementTree as ET

import hypothesis
import jsonschema
import orjson
import pytest
import requests
import schemathesis
from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.archive.reading import front_page, story_page
from services.archive.reading.answers import StoriesWanted
from services.web import library
from services.web.exports import members_csv
from services.web.library import Library
from services.web.serving.event_stream import MOST_WAITING, EventStream, Follower
from services.web.serving.page_metrics import PageMetrics
from services.web.serving.site import Site
from shared.encoder import EncoderMissing
from shared.settings import Settings
from shared.wire import topics
from tests.unit.archive_shelf import Shelf

HOSTILE = '<script>hacked()</script>"><img src=x onerror=hacked()> \u202eevil\u202c </script>'
NAMES = [("e:jake-sullivan", "PER", "سالیوان"), ("gn:2761369", "LOC", "وین")]


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[TestClient]:
    shelf = Shelf(tmp_path)
    shelf.article("fa1", "سالیوان در وین\n\nسالیوان گفت.", names=NAMES, source="avaye-neshat")
    shelf.article(
        "ar1",
        "سوليفان في فيينا\n\nقال.",
        lang="ar",
        names=[("e:jake-sullivan", "PER", "سوليفان")],
        source="middle-east",
    )
    shelf.story("s1", ["fa1", "ar1"], by_lang={"fa": 1, "ar": 1})
    shelf.article("a/b.json", HOSTILE, story="s2", lang="en", source="evil.example")
    shelf.raw(topics.LINKED, orjson.loads(SAMPLE)["doc_id"], SAMPLE)
    shelf.story("s2", ["a/b.json"], by_lang={"en": 1}, label={"en": HOSTILE}, medoid={"en": "a/b.json"})
    shelf.state(topics.RUNS, "better-names", (SAMPLES / "run.1.json").read_bytes())
    shelf.state(
        topics.DIFFS,
        "better-names/live",
        (SAMPLES / "run_diff.1.json").read_bytes().replace(b'"m1"', b'"ar1"'),
    )
    shelf.reader()
    async with site(shelf.settings) as made:
        yield made
    shelf.close()


def site(settings: Settings) -> TestClient:
    return TestClient(
        TestServer(
            Site(
                settings, Library(settings), PageMetrics.create(version="1", registry=CollectorRegistry())
            ).application()
        )
    )


SAMPLES = Path(__file__).parents[1] / "contract" / "samples"
SAMPLE = (SAMPLES / "article.1.json").read_bytes()
PAGES = (
    "/",
    "/story/s1",
    f"/article/{orjson.loads(SAMPLE)['doc_id']}",
    "/entity/e:jake-sullivan",
    "/search?q=سالیوان",
    "/search",
    "/mark?first=fa1&second=ar1",
    "/runs",
    "/runs/better-names",
    "/ops",
)


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_stands_in_each_language_with_its_json_and_without_a_way_in_for_scripts(
    path: str, client: TestClient
) -> None:
    for tongue, direction in (("en", "ltr"), ("fa", "rtl"), ("ar", "rtl")):
        answer = await client.get(path, headers={"Accept-Language": tongue})
        text = await answer.text()
        assert answer.status == 200, text[-2000:]
        assert f'<html lang="{tongue}" dir="{direction}">' in text
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert " style=" not in text
        assert "<script>" not in text
    head, _, query = path.partition("?")
    answer = await client.get(f"{'/index' if head == '/' else head}.json?{query}")
    assert answer.content_type == "application/json"
    orjson.loads(await answer.read())


async def test_what_is_hostile_is_text(client: TestClient) -> None:
    for path in ("/", "/story/s2", "/article/a%2Fb.json", "/article/a/b.json"):
        text = await (await client.get(path)).text()
        assert "&lt;script&gt;hacked()" in text, path
        assert "<script>" not in text, path
        assert "<img" not in text, path


async def test_a_replay_shows_its_stories_side_by_side_and_says_what_the_archive_does_not_have(
    client: TestClient,
) -> None:
    text = await (await client.get("/runs/better-names")).text()
    assert text.count('class="side"') == 4
    assert "سوليفان في فيينا" in text
    assert "سیل در گیلان" in text
    assert text.count('class="moved"') == 2 * (2 + 1)
    assert (await client.get("/runs/none")).status == 404
    assert (
        "./khabar replay diff better-names --keep"
        in await (await client.get("/runs/better-names?against=other")).text()
    )


async def test_whoever_leafs_through_a_search_keeps_what_it_was_narrowed_by(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for n in range(25):
        shelf.article(f"d{n}", "سالیوان در وین", source="avaye-neshat")
    shelf.reader()
    async with site(shelf.settings) as client:
        text = await (await client.get("/search?q=سالیوان&lang=fa&source=avaye-neshat&skip=20")).text()
        assert f'href="/search?q={quote("سالیوان")}&amp;lang=fa&amp;source=avaye-neshat"' in text, (
            "back to the first page"
        )
        assert f'href="/search?q={quote("سالیوان")}&amp;source=avaye-neshat"' in text, "without the language"
        text = await (await client.get("/search?q=سالیوان&lang=fa&source=avaye-neshat")).text()
        assert f'href="/search?q={quote("سالیوان")}&amp;lang=fa&amp;source=avaye-neshat&amp;skip=20"' in text
        assert (await client.get("/search?q=x&by=smell")).status == 400
    shelf.close()


class Encoding:
    """The encoder, as the search sees it: whatever is asked means what one article does."""

    def __init__(self, shelf: Shelf, doc: str) -> None:
        query = "SELECT model, codes FROM vectors JOIN articles USING (number) WHERE doc_id = ?"
        self.model_sha256, codes = shelf.keeper.connection.execute(query, (doc,)).fetchone()
        self.lead_sha256, self._vector = "", SimpleNamespace(data=base64.b64encode(codes))

    def texts(self, texts: list[str]) -> list[str]:
        return texts

    def vector(self, _: str, lang: str) -> SimpleNamespace:
        assert lang == "en"
        return self._vector


async def test_a_search_by_meaning_loads_the_encoder_once_and_says_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(tmp_path)
    shelf.article("a", "سیل در گیلان")
    shelf.reader()
    loaded: list[Path] = []

    def load(folder: Path) -> Encoding:
        loaded.append(folder)
        if len(loaded) == 1:
            raise EncoderMissing("no weights here")
        return Encoding(shelf, "a")

    monkeypatch.setattr(library, "load", load)
    async with site(shelf.settings) as client:
        assert (await client.get("/search?q=floods")).status == 200
        assert loaded == [], "nobody who searches by words pays for it"
        answer = await client.get("/search?q=floods&by=meaning")
        assert (answer.status, "Search by words" in await answer.text()) == (503, True)
        answers = await asyncio.gather(*(client.get("/search.json?q=floods&by=meaning") for _ in range(3)))
        found = [orjson.loads(await one.read()) for one in answers]
        assert [one["hits"][0]["article"]["doc_id"] for one in found] == ["a"] * 3
        assert len(loaded) == 2
        assert (
            'aria-current="true">by meaning' in await (await client.get("/search?q=floods&by=meaning")).text()
        )
    shelf.close()


async def test_an_id_may_hold_anything_and_its_json_is_beside_it(client: TestClient) -> None:
    answer = await client.get("/article/a%2Fb.json.json")
    assert orjson.loads(await answer.read())["article"]["doc_id"] == "a/b.json"


async def test_a_failure_is_a_page_in_the_readers_language_or_a_problem_in_json(client: TestClient) -> None:
    assert (await client.get("/story/none")).status == 404
    answer = await client.get("/story/none.json")
    assert (answer.status, answer.content_type) == (404, "application/problem+json")
    answer = await client.get("/?sort=best", headers={"Accept-Language": "fa"})
    assert answer.status == 400
    assert "این نشانی خوانده نمی‌شود" in await answer.text()
    assert (await client.get("/?event_from=yesterday")).status == 400
    assert (await client.get("/search?q=" + "a" * 500)).status == 400
    assert (await client.post("/")).status == 405
    assert (await client.get("/static/../site.py")).status == 404


async def test_the_chosen_language_is_kept(client: TestClient) -> None:
    await client.get("/?ui=ar")
    assert '<html lang="ar"' in await (await client.get("/ops")).text()


async def test_the_name_of_somebody_else_is_refused_on_this_machine(client: TestClient) -> None:
    assert (await client.get("/", headers={"Host": "evil.example:8118"})).status == 421


async def test_without_an_archive_it_says_how_to_get_one(tmp_path: Path) -> None:
    async with site(Settings(home=tmp_path)) as made:
        answer = await made.get("/")
        assert answer.status == 503
        assert answer.headers["Retry-After"]
        assert "./khabar run archive" in await answer.text()
        assert (await made.get("/static/khabar.css")).status == 200


async def test_a_story_that_changes_is_told_to_whoever_follows(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.article("a", "one")
    shelf.story("s1", ["a"], version=1)
    shelf.reader()
    made = site(shelf.settings)
    async with made:
        async with made.get("/events") as stream:
            assert stream.content_type == "text/event-stream"
            await stream.content.readuntil(b"\n\n")
            await _changed(shelf, stream_ready=made.session)
            frame = await stream.content.readuntil(b"\n\n")
            lines = frame.decode().splitlines()
            name = lines[0].removeprefix("id: ")
            assert lines[1] == "event: story"
            assert orjson.loads(lines[2].removeprefix("data: "))["version"] == 2
        async with made.get("/events", headers={"Last-Event-ID": "long-ago"}) as stream:
            await stream.content.readuntil(b"\n\n")
            assert await stream.content.readuntil(b"\n\n") == b"event: reload\ndata: {}\n\n"
        assert name
    shelf.close()


async def _changed(shelf: Shelf, *, stream_ready: ClientSession) -> None:
    assert not stream_ready.closed
    await asyncio.sleep(1.5)  # the first look has passed
    shelf.article("b", "two")
    shelf.story("s1", ["a", "b"], version=2, label={"fa": "x\n\nevent: story"})


async def test_who_does_not_read_is_dropped_and_the_others_are_told_all_at_once(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.story("s1", ["a"])
    card = front_page.stories(shelf.reader(), StoriesWanted()).stories[0]
    metrics = PageMetrics.create(version="1", registry=CollectorRegistry())
    stream, seen = EventStream(Library(shelf.settings), metrics), list[Follower]()

    async def never_reads() -> None:
        seen.append(Follower())
        stream._followers.add(seen[0])
        await asyncio.sleep(60)

    task = asyncio.create_task(never_reads())
    await asyncio.sleep(0)
    for _ in range(MOST_WAITING):
        stream._tell(card)
    assert seen[0].taken().count(b"event: story") == MOST_WAITING
    for _ in range(MOST_WAITING + 1):
        stream._tell(card)
    assert seen[0].dropped
    with pytest.raises(asyncio.CancelledError):
        await task
    shelf.close()


async def test_reached_from_outside_its_own_name_is_taken(tmp_path: Path) -> None:
    settings = dataclasses.replace(Settings(home=tmp_path), base_url="https://news.example.org")
    async with site(settings) as made:
        assert (await made.get("/ops", headers={"Host": "news.example.org"})).status == 503


async def test_a_story_can_be_taken_along_in_each_form_and_hostile_words_stay_words(
    client: TestClient,
) -> None:
    answer = await client.get("/story/s2.csv")
    rows = list(csv.reader(io.StringIO((await answer.read()).decode("utf-8-sig"))))
    assert rows[1][0] == "a/b.json"
    linked = orjson.loads(await (await client.get("/story/s2.jsonld")).read())
    assert linked["hasPart"][0]["headline"].startswith("<script>")
    news = orjson.loads(await (await client.get("/story/s1.ninjs")).read())
    assert len(news["associations"]) == 2
    for path in (
        "/story/s1.rss",
        "/story/s2.rss",
        "/stories.rss?lang=en",
        "/search.rss?q=سالیوان",
        "/entity/e:jake-sullivan.rss",
    ):
        answer = await client.get(path)
        assert answer.content_type == "application/rss+xml"
        channel = ET.fromstring(await answer.read()).find("channel")  # noqa: S314 - of our own making
        assert channel is not None
        assert channel.findall("item") or "entity" in path, path
        assert all(one.findtext("link", "").startswith("http://127.0.0.1") for one in channel.findall("item"))
    assert (await client.get("/search.rss")).status == 400


async def test_its_openapi_document_is_one_and_the_pages_keep_to_it(client: TestClient) -> None:
    made = orjson.loads(await (await client.get("/openapi.json")).read())
    schemathesis.openapi.from_dict(made).validate()
    there = {
        "/story/{name}.json": "s1",
        "/article/{name}.json": orjson.loads(SAMPLE)["doc_id"],
        "/entity/{name}.json": "e:jake-sullivan",
    }
    there["/runs/{name}.json"] = "better-names"
    checked = 0
    for path, operation in made["paths"].items():
        if not path.endswith(".json"):
            continue
        query = "?first=fa1&second=ar1" if path == "/mark.json" else ""
        answer = await client.get(path.replace("{name}", there.get(path, "")) + query)
        shape = operation["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        validator = jsonschema.Draft202012Validator({**shape, "components": made["components"]})
        validator.validate(orjson.loads(await answer.read()))
        checked += 1
    assert checked == 9


async def test_whatever_is_asked_the_pages_answer_as_their_document_says(client: TestClient) -> None:
    described = schemathesis.openapi.from_dict(orjson.loads(await (await client.get("/openapi.json")).read()))
    described.config.update(base_url=str(client.make_url("")).rstrip("/"))
    given = {"s1", orjson.loads(SAMPLE)["doc_id"], "e:jake-sullivan", "better-names"}

    def check(session: requests.Session, path: str, method: str) -> None:
        strategy = described[path][method].as_strategy(generation_mode=GenerationMode.POSITIVE)

        @hypothesis.given(case=strategy, name=st.none() | st.sampled_from(sorted(given)))
        @hypothesis.settings(
            max_examples=6,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: Case, name: str | None) -> None:
            if name is not None and "name" in case.path_parameters:
                case.path_parameters["name"] = name
            checks = [
                not_a_server_error,
                status_code_conformance,
                content_type_conformance,
                response_schema_conformance,
            ]
            # the first search by meaning loads the encoder
            case.call_and_validate(session=session, checks=checks, timeout=120)

        ask()

    def check_all() -> None:
        with requests.Session() as session:
            for path, operation in described.raw_schema["paths"].items():
                if path != "/events":
                    check(session, path, next(iter(operation)).upper())

    await asyncio.to_thread(check_all)


def test_a_cell_that_a_spreadsheet_would_run_is_text(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.article("x", '=HYPERLINK("http://evil.example")')
    shelf.story("s1", ["x"])
    page = story_page.story(shelf.reader(), "s1")
    assert page is not None
    assert "'=HYPERLINK" in members_csv.text(page)
    shelf.close()
