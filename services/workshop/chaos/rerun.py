"""A run beside live: one over the past that must make what live has made, or one that readers are switched to
and back while articles flow.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from aiokafka.errors import KafkaError

from services.cli.actor import actor
from services.replay import changing, planning, promotion
from services.replay.hops import hops
from services.replay.promotion import Switch
from services.stages import all_work, work
from services.workshop.chaos.faults import DONE_BY
from services.workshop.chaos.loads import Flow
from services.workshop.chaos.plan import Fault, Plan
from services.workshop.chaos.reader import Reader
from services.workshop.chaos.watching import answer, finished, progress, rests, settled, until
from services.workshop.chaos.world import RUN, World
from shared.kafka import aliases, clients, runs
from shared.records.run import Run
from shared.settings import Settings
from shared.wire import headers, topics

PAST = 30
"""Articles that live has worked off before the run begins."""

RATE = 6.0
"""Records a second that a replay may take: it lasts long enough to be struck."""

WHY = "chaos"


@dataclass(slots=True, kw_only=True)
class Beside:
    """The run of *plan*. *made*: what live had made of the past, as the ends of its topics by partition."""

    there: World
    """Live's world."""

    own: World
    plan: Plan
    run: Run
    made: dict[str, list[int]]
    say: Callable[[str], None]
    reader: Reader | None = None

    async def go_on(self, flow: Flow) -> None:
        """Let the run be struck, and readers be switched, while *flow* goes on; returns when nothing more is
        to happen to it.
        """
        if self.plan.beside == "replay":
            for fault in self.plan.strikes:
                await self._under_way(fault)
                await self._strike(flow, fault)
            return
        first, second = self.plan.strikes
        await self._strike_at_work(flow, first)
        await self._switch(
            lambda: promotion.promote(self.there.settings, RUN, by=actor(), because=WHY, go=True), RUN
        )
        await self._strike_at_work(flow, second)
        await self._switch(
            lambda: promotion.rollback(self.there.settings, by=actor(), because=WHY, go=True), topics.LIVE
        )

    async def end(self) -> None:
        """Wait until the run and its reader have everything there is for them."""
        known = await answer(partial(runs.load, self.there.settings, RUN), f"what {RUN} is")
        self.run = known or self.run
        for hop in hops(self.run):
            await until(
                partial(rests, self.there.settings, self.run, hop),
                f"{hop.stage} of {RUN} finishes {hop.source}",
            )
        if self.reader is not None:
            await self.reader.rested(topics.LINKED.name)

    def close(self) -> None:
        """End the reader and the workers in order."""
        if self.reader is not None:
            self.reader.kill()
        self.own.crew.close()

    async def _under_way(self, fault: Fault) -> None:
        """Wait until the stage of a replay has committed more, or has nothing left to do."""
        (hop,) = [one for one in hops(self.run) if one.stage == fault.stage]
        look = partial(finished, self.own.settings, fault.stage)
        before = await answer(look, f"what {fault.stage} of {RUN} has committed")

        async def more() -> bool:
            done = await look()
            return done > before or (done > 0 and await rests(self.there.settings, self.run, hop))

        await until(more, f"{fault.stage} of {RUN} commits more than {before} records")

    async def _strike_at_work(self, flow: Flow, fault: Fault) -> None:
        await progress(self.own.settings, fault.stage)
        await self._strike(flow, fault)
        if self.reader is not None:
            await self.reader.killed()

    async def _strike(self, flow: Flow, fault: Fault) -> None:
        await asyncio.sleep(fault.pause_s)
        async with self.there.brokers:
            began = time.monotonic()
            await DONE_BY[fault.kind](self.own, flow, fault)
        self.say(f"{RUN}: {fault} ({time.monotonic() - began:.0f} s)")

    async def _switch(self, switch: Callable[[], Awaitable[Switch]], to: str) -> None:
        """Switch readers to the run *to*, as an operator does who asks again when the broker was away; the
        reader has noticed it then.
        """
        began = time.monotonic()

        async def switched() -> bool:
            try:
                return bool(await switch())
            except (KafkaError, promotion.Refused):
                return (await aliases.current(self.there.settings)).newest == to

        await until(switched, f"readers are switched to {to}")
        if self.reader is not None:
            await self.reader.given_of(to)
        self.say(f"readers read {to} ({time.monotonic() - began:.0f} s)")


async def begun(there: World, flow: Flow, plan: Plan, say: Callable[[str], None]) -> Beside:
    """Feed a past, let live work it off, and begin the run: all before the first fault."""
    await flow.past(PAST)
    await settled(there.settings)
    made = await _ends(there.settings)
    follows = plan.beside == "promote"
    source = topics.BY_NAME[work(plan.from_stage).source]
    since_ms = time.time_ns() // 1_000_000 if follows else None
    wish = planning.Wish(
        name=RUN, source=source, since_ms=since_ms, follow=follows, rate=0.0 if follows else RATE
    )
    now = headers.now()
    planned = (await planning.plan(there.settings, wish, all_work(), by=actor(), at=now)).run
    await runs.save(there.settings, planned)
    await changing.prepare(there.settings, planned)
    run = await changing.put(there.settings, planned, "running", by=actor(), at=now)
    own = there.beside()
    for hop in hops(run):
        own.crew.hire(hop.stage)
    reader = await Reader.begun(there) if follows else None
    return Beside(there=there, own=own, plan=plan, run=run, made=made, say=say, reader=reader)


async def _ends(settings: Settings) -> dict[str, list[int]]:
    """Return the end of every partition of every topic of live."""
    async with clients.reader(settings) as client:
        parts = {topic.name: await clients.partitions(client, topic.name) for topic in topics.TOPICS}
        ends = await client.end_offsets([part for some in parts.values() for part in some])
    return {name: [ends[part] for part in some] for name, some in parts.items()}
