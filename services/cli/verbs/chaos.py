"""``khabar chaos``: the promise of exactly once, attacked."""

from __future__ import annotations

import random
from typing import Any

import click

from services.cli import speech, workshop_door
from services.cli.verbs.broker import downloading
from shared.settings import Settings


@click.command()
@click.option(
    "--plans",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="How many plans, of neighbouring seeds.",
)
@click.option(
    "--seed", type=click.IntRange(0), help="Seed of the first plan; a seed repeats its plan. By default any."
)
@click.option(
    "--nodes",
    type=click.Choice(["1", "3"]),
    default="1",
    show_default=True,
    help="A lone broker, or a cluster of three.",
)
@click.option(
    "--records", default=300, show_default=True, type=click.IntRange(1), help="Articles a plan, at least."
)
@click.option(
    "--lanes", default=12, show_default=True, type=click.IntRange(1, 12), help="Lanes a stage, at most."
)
@click.option(
    "--outage",
    default=30.0,
    show_default=True,
    type=click.FloatRange(1),
    help="Seconds that a broker stays away.",
)
@click.option(
    "--at-once",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="Plans side by side; each mostly waits.",
)
@click.option("--json", "as_json", is_flag=True, help="Only the JSON object.")
def command(plans: int, seed: int | None, nodes: str, *, as_json: bool, **conditions: Any) -> None:
    """Kill, stop and poison the real stages on a real Kafka, by plans drawn from a seed.

    Nothing may be lost, repeated or misremembered.

    Each plan has a broker of its own and takes a minute or two. Two of three have a run beside live, struck
    as well: a replay that must make the bytes of live, or a run that readers are switched to and back, each
    article once. Afterwards every lane's input is folded again in memory, and what lies in Kafka must be the
    same: outputs and letters byte for byte, state, counts.

    Example: khabar chaos --plans 5 --seed 1
    """
    run = workshop_door.subject("chaos.suite:run")
    first = random.randrange(1_000_000) if seed is None else seed
    say = speech.notice if as_json else speech.line
    conditions["outage_s"] = conditions.pop("outage")
    found = run(
        plans=plans,
        seed=first,
        nodes=int(nodes),
        say=say,
        progress=downloading,
        home=Settings.from_env().folder,
        **conditions,
    )
    speech.json_line(found)
    if not found["held"]:
        broken = [str(plan["seed"]) for plan in found["plans"] if not plan["held"]]
        same = f"--records {conditions['records']} --lanes {conditions['lanes']} --outage {conditions['outage_s']:g}"
        again = f"khabar chaos --seed {broken[0]} --nodes {nodes} {same}"
        raise speech.Failure(f"{len(broken)} of {plans} plans did not hold", f"again: ./{again}")
