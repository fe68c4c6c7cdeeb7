"""Feeds: an hour with three hundred of them, half of which misbehave; and what a restart remembers."""

from __future__ import annotations

import gc
import random
from collections import Counter
from pathlib import Path

from services.feed.polling.host_gates import PAUSE_S
from services.feed.polling.schedule import WEEK_S
from tests.unit.feed_world import (
    HEALTHY,
    START,
    FakeDoor,
    FastClock,
    Feed,
    Flaw,
    Kind,
    World,
    link,
    opened,
    polling,
)

SPEED = 150.0
HOUR_S, PUBLISHED_FOR_S = 3_600.0, 1_800.0
ASKED_AGAIN = 3
KINDS: tuple[Kind, ...] = ("rss", "atom", "json", "sitemap")
FLAWS: tuple[Flaw, ...] = (
    "500",
    "sick",
    "slow",
    "half",
    "sometimes half",
    "busy",
    "moved",
    "loop",
    "bomb",
    "entities",
    "gone",
    "page",
    "aged",
)


def three_hundred() -> list[Feed]:
    """Return 300 feeds on 133 hosts, some with five; four of ten have something wrong with them."""
    chance, feeds = random.Random(3), list[Feed]()
    for n in range(300):
        flaw: Flaw = FLAWS[n // 2 % len(FLAWS)] if n % 5 < 2 else ""
        alone = flaw not in ("", "aged", "500", "page", "moved", "busy")
        host = f"site{n}.test" if alone else f"shared{n % 60}.test"
        at, gap_s, articles = START - 3_000.0, chance.choice([150.0, 400.0, 900.0]), list[tuple[float, int]]()
        while at < START + PUBLISHED_FOR_S:
            articles.append((at, len(articles) + 1))
            at += chance.expovariate(1 / gap_s)
        feed = Feed(f"/{n}", host, KINDS[n % 4], flaw, articles)
        if flaw == "aged":
            feed.ttl_minutes, feed.max_age_s = (10, 0) if feed.kind == "rss" else (0, 600)
        feeds.append(feed)
        if flaw == "moved":
            feeds.append(Feed(f"/{n}-new", host, feed.kind, "", articles))
    return feeds


def resident_mb() -> float:
    gc.collect()
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096 / (1 << 20)


def expected(world: World) -> set[str]:
    """Return the links of all articles that a reader of the healthy feeds can have seen."""
    own = [feed for feed in world.feeds.values() if feed.flaw in HEALTHY and feed.flaw != "moved"]
    first = {feed.path: {number for at, number in feed.articles if at <= START} for feed in own}
    return {
        link(feed, number)
        for feed in own
        for _, number in feed.articles
        if number > len(first[feed.path]) - 15
    }


async def test_an_hour_with_three_hundred_feeds() -> None:
    clock, door = FastClock(SPEED), FakeDoor(gives_up=3)
    async with opened(World(clock, three_hundred())) as world, polling(world, door) as poller:
        await clock.sleep(START + 1_200 - clock.now())
        early_mb = resident_mb()
        await clock.sleep(START + HOUR_S - clock.now())
        wanted = expected(world)
        lasting = [
            f"{feed.host}{feed.path}" for feed in world.feeds.values() if feed.flaw not in ("moved", "gone")
        ]
        for _ in range(300):  # a busy machine sees fewer polls in the hour, and none is forgotten
            if wanted <= {url for url, _, _ in door.taken} and all(
                world.asked[page] >= ASKED_AGAIN for page in lasting
            ):
                break
            await clock.sleep(30)
        late_mb, now = resident_mb(), clock.now()
        standing = Counter(state.standing for state in poller.states.values())
        assert all(not task.done() for task in poller._tasks.values()), "no feed is dead"
        assert len(poller.states) == len(poller._tasks) == 300
        assert all(state.due_ms / 1000 < now + 1.1 * WEEK_S for state in poller.states.values())
    times = Counter(url for url, _, _ in door.taken)
    assert sorted(wanted - set(times))[:9] == [], "every article of a healthy feed is delivered"
    assert max(times.values()) == 1, "and once"
    broken = {link(feed, 0)[:-1] for feed in world.feeds.values() if feed.flaw not in HEALTHY}
    assert broken.isdisjoint(url[: url.rindex("/") + 1] for url in times), "and nothing of a broken one"
    for host, visits in world.visits.items():
        assert visits.most_inside == 1, host
        assert visits.shortest_pause_s > 0.9 * PAUSE_S, host
        assert visits.came_too_early == [], host
    for feed in world.feeds.values():
        asked = world.asked[f"{feed.host}{feed.path}"]
        if feed.flaw == "moved":
            assert asked < world.asked[f"{feed.host}{feed.path}-new"], "a permanent redirect is remembered"
        elif feed.flaw != "gone":
            assert asked >= ASKED_AGAIN, (feed.flaw, "is asked again")
    assert standing["gone"] == sum(feed.flaw == "gone" for feed in world.feeds.values())
    assert world.not_modified > 200
    assert late_mb - early_mb < 20, f"{early_mb:.0f} MB after twenty minutes, {late_mb:.0f} MB at the end"
    assert all(len(state.delivered) <= 8 * 500 for state in door.notes.values())
    print(
        f"\n{len(world.visits)} hosts, {sum(world.asked.values())} requests, {world.not_modified} not modified, {len(times)} articles, {dict(standing)},",
        end=" ",
    )
    print(f"{early_mb:.0f} MB then {late_mb:.0f} MB, {(clock.now() - START) / 60:.0f} minutes")
