"""What a run changes, on topics as an engine leaves them: copies of what live made, altered by hand in known
places.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord, TopicPartition
from click.testing import CliRunner, Result

from services.cli.verbs.replay_diff import diff
from services.cli.worker_processes import Engine
from services.feed.core import item_of, raw_of
from shared.broker.node import Broker
from shared.contract import Origin
from shared.kafka import clients, declare, runs
from shared.records import Raw
from shared.records.run import Narrowed, Run
from shared.records.run_diff import RunDiff
from shared.settings import Settings
from shared.wire import codec, headers, topics
from shared.wire.topics import STAGES

EVENTS = (
    "The harbour of Rotterdam was closed on Monday after a crane fell on a container ship, and nobody was hurt, the port said.",
    "Scientists in Geneva found a new particle that lives for a billionth of a second, the laboratory announced in a long statement.",
    "وزیر امور خارجه ایران روز چهارشنبه در تهران با همتای عراقی خود دیدار کرد و درباره بازرگانی و آب و گذرگاه‌های مرزی سخن گفت.",
    "قال وزير الكهرباء العراقي إن المحطة الجديدة في البصرة ستدخل الخدمة في نهاية الشهر بعد تأخير دام عامين كاملين بسبب التمويل.",
    "A storm took the roofs of forty houses on the island of Crete, and the mayor of Chania asked the army for tents and water.",
    "The central bank of Norway left its rate unchanged and said that prices of food and power had risen less than it expected.",
    "Voters in Bolivia elected a former teacher as president, who promised cheaper bread and an end to the long strike of miners.",
    "The museum in Krakow returned eleven stolen paintings to a family in Haifa after a court had looked into the case for years.",
    "بارندگی شدید در استان گیلان راه‌های روستایی را بست و امدادگران هلال احمر به صدها خانواده گرفتار در سیل غذا و پتو رساندند.",
    "أعلنت شركة الطيران المغربية فتح خط جديد بين الدار البيضاء ونيروبي ثلاث مرات في الأسبوع ابتداء من الصيف المقبل بأسعار خاصة.",
)
NOW = "2026-01-02T00:00:00.000Z"
OUTLETS = ("alpha", "beta", "gamma")


def page(number: int, outlet: str) -> Raw:
    body = orjson.dumps(
        {
            "source": outlet,
            "url": f"https://{outlet}.example.org/{number}",
            "text": EVENTS[number],
            "title": " ".join(EVENTS[number].split()[:6]),
            "published": f"2026-01-01T{number + 1:02d}:00:00Z",
        }
    )
    return raw_of(*item_of(body, ""), now=NOW)


PAGES = [page(number, outlet) for outlet in OUTLETS for number in range(len(EVENTS))]
LATE_BODY = orjson.dumps({"source": "late", "url": "https://late.example.org/1", "text": EVENTS[0]})
LATE = raw_of(*item_of(LATE_BODY, ""), now=NOW)


class Copies:
    """What live has made, and runs that are copies of it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.ends: list[int] = []
        self.linked: list[ConsumerRecord] = []

    async def ends_of(self, topic: str) -> list[int]:
        async with clients.reader(self.settings) as client:
            ends = await client.end_offsets(await clients.partitions(client, topic))
        return [ends[part] for part in sorted(ends)]

    async def arrived(self, expected: int) -> None:
        async with asyncio.timeout(240):
            while len(await clients.read_all(self.settings, [topics.LINKED.name])) < expected:  # noqa: ASYNC110 - a broker is asked
                await asyncio.sleep(0.3)

    async def make(
        self,
        run: Run,
        edit: Callable[[dict[str, Any]], dict[str, Any] | None],
        *,
        letters: tuple[str, ...] = (),
        late: bool = False,
    ) -> None:
        """Write the topics of *run*: each record of live as *edit* gives it back, or a dead letter for the
        documents in *letters*.

        What became of stories because of the late article only if *late*.
        """
        settings = Settings(kafka=self.settings.kafka, run=run.name)
        await declare.apply(
            settings, [topics.LINKED, topics.STORY_EVENTS, topics.BY_NAME[topics.dead("extract")]]
        )
        await runs.save(self.settings, run)
        producer = AIOKafkaProducer(bootstrap_servers=self.settings.kafka)
        await producer.start()
        try:
            for record in await clients.read_all(
                self.settings, [topics.LINKED.name, topics.STORY_EVENTS.name]
            ):
                value = orjson.loads(record.value)
                given = list(record.headers)
                if record.topic == topics.STORY_EVENTS.name and not late:
                    continue
                if record.topic == topics.LINKED.name and value["doc_id"] in letters:
                    died = [*given, (headers.REASON, b"timeout")]
                    await producer.send_and_wait(
                        topics.spelled(topics.dead("extract"), run.name),
                        record.value,
                        key=record.key,
                        headers=died,
                    )
                elif (made := edit(value) if record.topic == topics.LINKED.name else value) is not None:
                    spelled = topics.spelled(record.topic, run.name)
                    await producer.send_and_wait(
                        spelled, orjson.dumps(made), key=record.key, headers=given, partition=record.partition
                    )
        finally:
            await producer.stop()

    def run(self, name: str, **more: Any) -> Run:
        """Return a run of all that was in ``articles.raw`` before the late article, the first pages of every
        partition to warm up.
        """
        plan = {
            "source": topics.RAW.name,
            "from_stage": "clean",
            "starts": [0] * len(self.ends),
            "ends": self.ends,
        }
        plan |= {
            "since": [0] * len(self.ends),
            "state": "caught_up",
            "by": "test",
            "at": "2026-01-01T00:00:00Z",
        }
        return Run(name=name, **(plan | more))


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copies]:
    folder = tmp_path_factory.mktemp("live")
    with Broker(folder / "kafka") as broker:
        settings = Settings(kafka=broker.bootstrap, tagger="rules")
        found = Copies(settings)
        asyncio.run(declare.apply(settings))
        engine = Engine(settings, folder / "logs")
        engine.start(STAGES)
        try:
            asyncio.run(_fed(found))
        finally:
            engine.stop()
        asyncio.run(
            found.make(found.run("copy"), lambda value: None if value["source"]["id"] == "late" else value)
        )
        yield found


async def _fed(copies: Copies) -> None:
    await _sent(copies.settings, PAGES)
    await copies.arrived(len(PAGES))
    copies.ends = await copies.ends_of(topics.RAW.name)
    await _sent(copies.settings, [LATE])
    await copies.arrived(len(PAGES) + 1)
    copies.linked = await clients.read_all(copies.settings, [topics.LINKED.name])
    await _merged_since(copies)


async def _sent(settings: Settings, pages: Sequence[Raw]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka)
    await producer.start()
    for raw in pages:
        await producer.send_and_wait(topics.RAW.name, codec.encode(raw), key=raw.source.id.encode())
    await producer.stop()


async def _merged_since(copies: Copies) -> None:
    """Let live say that because of the late article two stories of the others are one."""
    assert await clients.read_all(copies.settings, [topics.STORY_EVENTS.name]) == []
    (late,) = [record for record in copies.linked if orjson.loads(record.value)["source"]["id"] == "late"]
    into, gone = (articles(copies, event)[0]["linked"]["story_id"] for event in (1, 5))
    told = {"event": "merged", "story_id": into, "other_id": gone, "detail": {"score": 0.9, "evidence": []}}
    producer = AIOKafkaProducer(bootstrap_servers=copies.settings.kafka)
    await producer.start()
    await producer.send_and_wait(
        topics.STORY_EVENTS.name, orjson.dumps(told), key=into.encode(), headers=list(late.headers)
    )
    await producer.stop()


@pytest.fixture
def say(copies: Copies, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("KHABAR_KAFKA", copies.settings.kafka)

    def run(*arguments: str, code: int) -> Result:
        result = CliRunner().invoke(diff, arguments)
        assert result.exit_code == code, f"{result.output}\n{result.exception!r}"
        return result

    return run


def articles(copies: Copies, event: int) -> list[dict[str, Any]]:
    """Return what live linked of one event, without the late article."""
    found = [orjson.loads(record.value) for record in copies.linked]
    return sorted(
        (
            one
            for one in found
            if one.get("url", "").endswith(f".example.org/{event}") and one["source"]["id"] != "late"
        ),
        key=_source,
    )


def first_of_its_partition(record: ConsumerRecord) -> bool:
    return Origin.parse(headers.get(record.headers, headers.ORIGIN) or "").offset == 0


def _source(article: dict[str, Any]) -> str:
    return str(article["source"]["id"])


def test_live_told_each_event_in_one_story(copies: Copies) -> None:
    grouped = [{one["linked"]["story_id"] for one in articles(copies, event)} for event in range(len(EVENTS))]
    assert [len(stories) for stories in grouped] == [1] * len(EVENTS)
    assert len(set.union(*grouped)) == len(EVENTS)


def test_an_exact_copy_differs_in_nothing_whatever_live_has_done_since(say: Callable[..., Result]) -> None:
    found = orjson.loads(say("copy", "--json", code=0).stdout)
    assert (found["differences"], found["articles"]["same"], found["trusted"], found["same_makers"]) == (
        0,
        len(PAGES),
        True,
        True,
    )
    assert (found["stories"]["stories"], found["stories"]["pairs"]["f1"]) == ([len(EVENTS), len(EVENTS)], 1.0)
    said = say("copy", code=0).stdout.splitlines()
    assert said[0] == "copy against live: nothing differs"
    assert said[-1] == "Next: ./khabar replay promote copy --because …"


def test_a_copy_of_a_later_topic_differs_in_nothing_too(copies: Copies, say: Callable[..., Result]) -> None:
    ends = asyncio.run(copies.ends_of(topics.EXTRACTED.name))
    run = copies.run("later", source=topics.EXTRACTED.name, from_stage="link", starts=[0], ends=ends)
    asyncio.run(copies.make(run, lambda value: value, late=True))
    found = orjson.loads(say("later", "--json", code=0).stdout)
    assert (found["articles"]["same"], found["stories"]["stories"]) == (
        len(PAGES) + 1,
        [len(EVENTS) - 1] * 2,
    ), "both have merged two"
    assert orjson.loads(say("later", "--json", "--against", "copy", code=0).stdout)["articles"][
        "same"
    ] == len(PAGES)


def test_a_moved_date_two_split_stories_and_one_death_are_found_and_nothing_else(
    copies: Copies, say: Callable[..., Result]
) -> None:
    moved = articles(copies, 2)[0]
    parted = {articles(copies, 4)[2]["doc_id"]: "part of 4", articles(copies, 9)[1]["doc_id"]: "part of 9"}
    died = articles(copies, 6)[1]

    def edit(value: dict[str, Any]) -> dict[str, Any] | None:
        if value["source"]["id"] == "late":
            return None
        if value["doc_id"] == moved["doc_id"]:
            value["clean"]["published"]["value"] = "2026-02-01T10:00:00.000Z"
        value["linked"]["story_id"] = parted.get(value["doc_id"], value["linked"]["story_id"])
        value["linked"]["by"]["version"] = "of the run"
        return value

    asyncio.run(copies.make(copies.run("changed"), edit, letters=(died["doc_id"],)))
    found = orjson.loads(say("changed", "--json", code=1).stdout)
    assert (found["differences"], found["trusted"], found["same_makers"]) == (4, True, False)
    assert found["makers"]["link"][1][0] == found["makers"]["link"][0][0].replace(", 1", ", of the run")
    assert found["makers"]["link"][0] != found["makers"]["link"][1]
    assert (found["articles"]["same"], found["articles"]["differ"]) == (len(PAGES) - 2, 1)
    assert found["articles"]["missing"] == {"live": {}, "changed": {"died in extract (timeout)": 1}}
    assert [one["doc_id"] for one in found["articles"]["missing_named"]["changed"]] == [died["doc_id"]]
    (field,) = found["fields"]
    assert (field["path"], field["articles"], field["changed"], field["lost"], field["gained"]) == (
        "clean.published.value",
        1,
        1,
        0,
        0,
    )
    assert (field["languages"], field["sources"]) == ({"fa": 1}, {"alpha": 1})
    (example,) = field["examples"]
    assert (example["doc_id"], example["was"], example["now"]) == (
        moved["doc_id"],
        "2026-01-01T03:00:00.000Z",
        "2026-02-01T10:00:00.000Z",
    )
    assert (
        found["stories"]["stories"],
        found["stories"]["moved"]["times"],
        found["stories"]["merged"]["times"],
    ) == ([10, 12], 0, 0)
    split = found["stories"]["split"]
    assert (split["times"], split["articles"]) == (2, 2)
    assert {doc for one in split["told"] for doc in one["doc_ids"]} == set(parted)
    assert found["stories"]["pairs"] == {
        "precision": 1.0,
        "recall": pytest.approx((28 - 4) / 28),
        "f1": pytest.approx(2 * 24 / 52),
    }
    text = say("changed", code=1).stdout
    assert text.startswith("changed against live: 4 differences\n  link: ")
    assert "only in live: 1; in changed: 1 died in extract (timeout)" in text
    assert "2 splits, of 2 articles" in text
    assert len(text.splitlines()) <= 40
    assert max(map(len, text.splitlines())) <= 160
    assert text.splitlines()[-1].startswith("Next: ./khabar replay diff changed --examples 5 ")
    assert say("changed", "--keep", code=1).stdout == text
    (kept,) = asyncio.run(clients.read_all(copies.settings, [topics.DIFFS.name]))
    diff_of = codec.decode(kept.value, RunDiff)
    assert (kept.key, diff_of.differences, diff_of.trusted, diff_of.finished) == (
        b"changed/live",
        4,
        True,
        True,
    )
    assert diff_of.stories is not None
    (shown,) = diff_of.stories.kinds
    assert (shown.kind, shown.times, shown.articles) == ("split", 2, 2)
    assert {doc for one in shown.told for doc in one.docs.doc_ids} == set(parted)
    assert (
        [len(one.main.doc_ids) for one in shown.told] == [one.main.articles for one in shown.told] == [2, 2]
    )
    back = orjson.loads(say("copy", "--against", "changed", "--json", code=1).stdout)
    assert (back["stories"]["merged"]["times"], back["stories"]["split"]["times"]) == (2, 0)
    assert back["articles"]["missing"] == {"changed": {"died in extract (timeout)": 1}, "copy": {}}


def test_the_same_code_that_differs_is_not_to_be_trusted(copies: Copies, say: Callable[..., Result]) -> None:
    odd = articles(copies, 1)[1]["doc_id"]

    def edit(value: dict[str, Any]) -> dict[str, Any] | None:
        if value["doc_id"] == odd:
            value["linked"]["score"] += 1e-9
        return None if value["source"]["id"] == "late" else value

    asyncio.run(copies.make(copies.run("odd"), edit))
    found = orjson.loads(say("odd", "--json", code=1).stdout)
    assert (found["trusted"], found["differences"], [one["path"] for one in found["fields"]]) == (
        False,
        1,
        ["linked.score"],
    )
    assert say("odd", code=1).stdout.startswith(
        "odd against live: same code and models, but 1 difference\n  the lanes did not begin"
    )


def test_what_only_warmed_up_may_differ(copies: Copies, say: Callable[..., Result]) -> None:
    since = [min(1, end) for end in copies.ends]
    early = {
        record.key
        for record in copies.linked
        if first_of_its_partition(record) and orjson.loads(record.value)["source"]["id"] != "late"
    }
    assert early

    def edit(value: dict[str, Any]) -> dict[str, Any] | None:
        if value["doc_id"].encode() in early:
            value["linked"] |= {"score": 0.0, "story_id": "cold"}
        return None if value["source"]["id"] == "late" else value

    asyncio.run(copies.make(copies.run("warm", since=since), edit))
    found = orjson.loads(say("warm", "--json", code=0).stdout)
    assert found["articles"]["same"] == len(PAGES) - len(early)


def test_a_narrowed_run_is_compared_over_what_it_took_and_its_stories_are_not(
    copies: Copies, say: Callable[..., Result]
) -> None:
    run = copies.run("narrow", narrowed=Narrowed(sources=["beta"]))
    asyncio.run(copies.make(run, lambda value: value if value["source"]["id"] == "beta" else None))
    found = orjson.loads(say("narrow", "--json", code=0).stdout)
    assert (found["articles"]["same"], found["stories"], found["narrowed"]) == (len(EVENTS), None, True)
    assert "stories: not compared" in say("narrow", code=0).stdout


def test_a_run_that_has_not_finished_says_so_and_one_that_is_not_there_too(
    copies: Copies, say: Callable[..., Result]
) -> None:
    asyncio.run(
        copies.make(
            copies.run("half", state="running"),
            lambda value: value if value["source"]["id"] == "alpha" else None,
        )
    )
    asyncio.run(_committed(copies, "half"))
    found = orjson.loads(say("half", "--json", code=1).stdout)
    assert found["articles"]["on_their_way"] == {"live": 0, "half": 2 * len(EVENTS)}
    assert found["differences"] == 0
    text = say("half", code=1).stdout.splitlines()
    assert text[0] == "half against live: not finished; so far 0 differences"
    assert text[-1].startswith("Next: let it finish")
    asyncio.run(runs.save(copies.settings, copies.run("never", state="planned")))
    assert "never has no linked articles" in say("never", code=1).output
    assert "there is no run nobody" in say("nobody", code=2).output
    assert "the same on both sides" in say("live", code=2).output


async def _committed(copies: Copies, run: str) -> None:
    """Commit for the first stage of *run* that it has read the pages of the first outlet."""
    async with clients.reader(copies.settings) as client:
        parts = await clients.partitions(client, topics.RAW.name)
    read: dict[TopicPartition, int] = dict.fromkeys(parts, 0)
    for record in await clients.read_all(copies.settings, [topics.RAW.name]):
        part = TopicPartition(record.topic, record.partition)
        if record.key == b"alpha":
            read[part] = max(read[part], record.offset + 1)
    producer = clients.transactional(copies.settings, transactional_id=run)
    await producer.start()
    async with producer.transaction():
        await producer.send_offsets_to_transaction(read, topics.group("clean", run))
    await producer.stop()
