"""A plan from beginning to verdict, and many of them."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil
from aiokafka.errors import KafkaError

from services.workshop.chaos import gathered, reckoning, rerun, rerun_reckoning
from services.workshop.chaos.faults import DONE_BY
from services.workshop.chaos.gathered import Evidence
from services.workshop.chaos.loads import Flow
from services.workshop.chaos.plan import OF_BROKERS, Plan, draw
from services.workshop.chaos.rerun_reckoning import Found
from services.workshop.chaos.watching import Stuck, Unfelt, progress, settled
from services.workshop.chaos.world import NO_ENCODER, RULES, World, settings_of, world
from shared.broker.installation import HOME, Progress

RECKONS = asyncio.Lock()
"""One reckoning at a time: it is work for one core, and the models that it reads with are those of this
process.
"""

FAILURES = (Stuck, Unfelt, KafkaError, OSError, psutil.Error)
"""What a plan may end with; anything else is a bug of the suite."""


@dataclass(slots=True)
class Verdict:
    """What became of a plan: it held when there is nothing *wrong*."""

    plan: Plan
    wrong: list[str] = field(default_factory=list)
    figures: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    kept: str = ""

    def described(self) -> dict[str, Any]:
        """Return it as one JSON object."""
        faults, strikes = ([str(fault) for fault in some] for some in (self.plan.faults, self.plan.strikes))
        plan = {"seed": self.plan.seed, "nodes": self.plan.nodes, "faults": faults, "held": not self.wrong}
        beside = (
            {"beside": self.plan.beside, "from_stage": self.plan.from_stage, "strikes": strikes}
            if self.plan.beside
            else {}
        )
        return (
            plan
            | beside
            | self.figures
            | {"seconds": round(self.seconds, 1), "wrong": self.wrong}
            | ({"kept": self.kept} if self.kept else {})
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What is the same for every plan: how many articles at least, lanes a stage at most, how long a broker
    stays away.
    """

    records: int
    lanes: int
    outage_s: float
    say: Callable[[str], None]
    progress: Progress
    home: Path = HOME


def run(*, plans: int, seed: int, nodes: int, at_once: int, **conditions: Any) -> dict[str, Any]:
    """Try *plans* plans of neighbouring seeds from *seed* on, so many *at_once*, under `Conditions`; all of
    them, whatever becomes of one.

    Returns one JSON object, ``held`` says whether all did. The folder of a plan that did not hold is kept:
    logs and the broker's data.
    """
    given, begun = Conditions(**conditions), time.monotonic()
    with _models_of_the_workers():
        verdicts = asyncio.run(
            _all([draw(number, nodes) for number in range(seed, seed + plans)], at_once, given)
        )
    broken = [str(one.plan.seed) for one in verdicts if one.wrong]
    figures = Counter[str]()
    for one in verdicts:
        figures.update(one.figures)
    held = f"{plans - len(broken)} of {plans} plans held" + (
        f", those of seed {', '.join(broken)} did not" if broken else ""
    )
    given.say(f"{held}; {time.monotonic() - begun:.0f} s, in all {_listed(figures)}")
    return {"held": not broken, "plans": [one.described() for one in verdicts]}


@contextmanager
def _models_of_the_workers() -> Iterator[None]:
    """Let this process read with the models of the workers, which a reckoning folds again, and with its own
    when it is done.
    """
    before = dict(os.environ)
    os.environ |= {"KHABAR_TAGGER": RULES, "KHABAR_ENCODER": NO_ENCODER, "KHABAR_DEGRADED": "yes"}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before


async def _all(plans: Sequence[Plan], at_once: int, given: Conditions) -> list[Verdict]:
    """Try all *plans*, so many *at_once*, and tell what becomes of each."""
    gate = asyncio.Semaphore(at_once)

    async def one(number: int, plan: Plan) -> Verdict:
        async with gate:
            given.say(f"{number} of {len(plans)}: {plan}")
            return await _told(plan, replace(given, say=lambda what: given.say(f"  {plan.seed}: {what}")))

    return await asyncio.gather(*(one(number, plan) for number, plan in enumerate(plans, 1)))


async def _told(plan: Plan, given: Conditions) -> Verdict:
    begun, folder = time.monotonic(), Path(tempfile.mkdtemp(prefix=f"khabar-chaos-{plan.seed}-"))
    verdict = Verdict(plan)
    try:
        await tried(verdict, folder, given)
    except Exception as error:  # noqa: BLE001 - a bug of the suite is no reason to leave the other plans out
        verdict.wrong.append(_said(error))
        (folder / "suite.txt").write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    verdict.seconds = time.monotonic() - begun
    if verdict.wrong:
        verdict.kept = str(folder)
    else:
        shutil.rmtree(folder)
    given.say(
        f"{'HELD' if not verdict.wrong else 'DID NOT HOLD'} in {verdict.seconds:.0f} s: {_listed(verdict.figures)}"
    )
    for what in verdict.wrong:
        given.say(f"- {what}")
    if verdict.kept:
        given.say(f"logs and data: {verdict.kept}")
    return verdict


def _listed(figures: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in figures.items())


async def tried(verdict: Verdict, folder: Path, given: Conditions) -> None:
    """Carry the plan of *verdict* out in *folder*, and enter what is wrong and how much was compared."""
    plan = verdict.plan
    async with world(
        plan,
        folder,
        settings_of(plan, given.home),
        outage_s=given.outage_s,
        lanes=given.lanes,
        progress=given.progress,
    ) as there:
        flow, beside = Flow(there.settings, given.records), None
        try:
            beside = await rerun.begun(there, flow, plan, given.say) if plan.beside else None
            beside_it = [beside.go_on(flow)] if beside is not None else []
            verdict.wrong += await _happening(flow, _strike(there, flow, plan, given.say), *beside_it)
            await settled(there.settings)
            if beside is not None:
                await beside.end()
        except FAILURES as error:
            verdict.wrong.append(_said(error))
        if beside is not None:
            await asyncio.to_thread(beside.close)
        await asyncio.to_thread(there.crew.close)
        verdict.wrong += [what for crew in there.crews for what in crew.wrong]
        live = await gathered.gather(there)
        own = await rerun_reckoning.gather(beside) if beside is not None else None
    async with RECKONS:
        await asyncio.to_thread(_reckon, verdict, live, own, flow.fed)


def _reckon(verdict: Verdict, live: Evidence, own: Found | None, fed: Sequence[str]) -> None:
    verdict.figures = reckoning.figures(live)
    verdict.wrong += reckoning.findings(live, fed, verdict.plan)
    if own is not None:
        verdict.figures |= rerun_reckoning.figures(own)
        verdict.wrong += rerun_reckoning.findings(own, live, fed)


async def _happening(flow: Flow, *work: Coroutine[None, None, None]) -> list[str]:
    """Let articles flow while *work*, each by itself, is done; returns what could not be done."""
    flow.begin()
    try:
        ended = await asyncio.gather(*work, return_exceptions=True)
    finally:
        await flow.end()
    if strange := [one for one in ended if one is not None and not isinstance(one, FAILURES)]:
        raise strange[0]
    return [_said(one) for one in ended if one is not None]


async def _strike(there: World, flow: Flow, plan: Plan, say: Callable[[str], None]) -> None:
    """Let the faults of live strike one after the other, each after progress was seen."""
    for fault in plan.faults:
        await progress(there.settings, fault.stage)
        await asyncio.sleep(fault.pause_s)
        async with there.brokers if fault.kind in OF_BROKERS else nullcontext():
            began = time.monotonic()
            await DONE_BY[fault.kind](there, flow, fault)
        say(f"{fault} ({time.monotonic() - began:.0f} s)")


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
