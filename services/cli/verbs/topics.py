"""``khabar topics``: declare them, find drift, and say who may do what with them."""

from __future__ import annotations

import asyncio
import dataclasses
import sys

import click

from services.cli import speech, which_broker
from services.stages import work
from shared.kafka import declare, forgetting
from shared.kafka.access import acl_script, granting
from shared.kafka.access.granting import Grant
from shared.settings import Settings
from shared.wire.asyncapi_document import document
from shared.wire.rights import rights
from shared.wire.topics import STAGES, TOPICS, changelog, principal, spelled


@click.group()
def command() -> None:
    """Create the topics, or check that none has drifted.

    Example: khabar topics check
    """


@command.command()
@click.option(
    "--lanes",
    type=click.IntRange(1, 1000),
    help="Lanes of clean, detect and extract (KHABAR_LANES); 12 by default.",
)
@click.option(
    "--replication",
    type=click.IntRange(0),
    help="Copies of each partition (KHABAR_REPLICATION); by default 3 where there are 3 brokers.",
)
def apply(lanes: int | None, replication: int | None) -> None:
    """Create the topics that are missing; existing ones are left alone.

    Choose the number of lanes before the first article: a topic with keys never gets more partitions.
    """
    settings = which_broker.known()
    copies = settings.replication if replication is None else replication
    settings = dataclasses.replace(settings, lanes=lanes or settings.lanes, replication=copies)
    if lanes is not None and (others := asyncio.run(declare.with_other_lanes(settings))):
        name, has = next(iter(others.items()))
        raise speech.Failure(
            f"{name} has {has} partitions and keeps them: with {lanes} a key would lie in two of them, and no lane would know all of it",
            f"more lanes for detect and extract: {declare.MORE_LANES.format(lanes)}",
        )
    made = asyncio.run(declare.apply(settings))
    speech.line(
        f"Created {len(made)} topics{': ' + ', '.join(made) if made else ''}; {len(TOPICS) - len(made)} were there."
    )


@command.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a difference.")
def check(*, as_json: bool) -> None:
    """Compare the broker with the table; exit status 1 when they differ."""
    found = asyncio.run(declare.drift(which_broker.known()))
    for difference in found:
        if as_json:
            speech.json_line(dataclasses.asdict(difference))
        else:
            speech.line(str(difference))
            speech.line(f"    {difference.advice}")
    if found:
        raise speech.Failure(f"{len(found)} differences", "each says what to do")
    if not as_json:
        speech.line(f"All {len(TOPICS)} topics are as declared.")


@command.command()
@click.argument("stage", type=click.Choice([name for name in STAGES if work(name).keeps_state]))
@click.option("--go", is_flag=True, help="Do it; without this nothing is deleted.")
def forget(stage: str, *, go: bool) -> None:
    """Let a stage go on from where it stands with nothing remembered.

    That is for a state that a new release cannot read.

    What it sent stays. clean takes documents for new that it knew, and learns its hosts anew; link begins a
    new story for what belongs to one that is open. To have neither, run the input again as a replay and
    promote that.

    Example: khabar topics forget clean --go
    """
    settings = which_broker.known()
    log = spelled(changelog(stage), settings.run)
    if not go:
        speech.line(f"This would delete all that {stage} remembers ({log}); no article is touched.")
        speech.line(f"Next: stop its workers, then ./khabar topics forget {stage} --go")
        return
    try:
        asyncio.run(forgetting.forget(settings, stage))
    except forgetting.StageRuns as error:
        raise speech.Failure(
            str(error), f"stop them first; one that was killed counts for {settings.session_ms / 1000:.0f} s"
        ) from None
    speech.line(f"{stage} remembers nothing. Next: ./khabar run {stage}")


@command.command()
def asyncapi() -> None:
    """Print the contract for other teams, an AsyncAPI 3.0 document.

    It has every topic, record, header, principal and transaction.

    Example: khabar topics asyncapi > deploy/asyncapi.json
    """
    sys.stdout.buffer.write(document())


@command.command()
@click.option(
    "--user",
    "pattern",
    default=f"User:{principal('{name}')}",
    show_default=True,
    help="How a principal is called; {name} is its name here.",
)
@click.option("--apply", "now", is_flag=True, help="Grant them now, as a user who may.")
@click.option(
    "--check", is_flag=True, help="Say what is missing on the broker; exit status 1 when something is."
)
def acl(pattern: str, *, now: bool, check: bool) -> None:
    """Write the rights of every principal, as a script of Kafka's own kafka-acls.

    One principal for each thing that runs, with what it needs and nothing else. A run has rights of its own:
    KHABAR_RUN=v2 before this.

    Example: khabar topics acl > acl.sh; sh acl.sh --bootstrap-server host:port --command-config
    admin.properties
    """
    if "{name}" not in pattern:
        raise speech.Failure(
            f"--user {pattern!r} has no {{name}} in it: all would be one principal", code=speech.WRONG_USE
        )
    if not now and not check:
        sys.stdout.write(acl_script.script(Settings.from_env().run, pattern))
        return
    settings = which_broker.connected()
    wanted = {
        granting.as_grant(right, pattern.format(name=right.principal)) for right in rights(settings.run)
    }
    if now:
        asyncio.run(granting.grant(settings, sorted(wanted)))
        speech.line(
            f"Granted {len(wanted)} rights to {len({one.user for one in wanted})} principals in run {settings.run}."
        )
    if check:
        _check(wanted, asyncio.run(granting.grants_of(settings, {one.user for one in wanted})))


def _check(wanted: set[Grant], found: set[Grant]) -> None:
    for one in sorted(wanted - found):
        speech.line(f"missing: {one}")
    for one in sorted(found - wanted):
        speech.line(f"beyond what this run needs: {one}")
    if wanted - found:
        raise speech.Failure(
            f"{len(wanted - found)} rights are missing", "grant them with: ./khabar topics acl --apply"
        )
    speech.line(f"All {len(wanted)} rights are granted.")


@command.command()
def markdown() -> None:
    """Print the table as it stands in ARCHITECTURE.md."""
    sys.stdout.write(markdown_table())


def markdown_table() -> str:
    """Return the topics as a Markdown table."""
    rows = ["| topic | key | value | partitions | kept | written by → read by |", "|---|---|---|--:|---|---|"]
    for topic in TOPICS:
        kept = ", ".join(
            ["compacted"] * topic.compacted
            + [f"{topic.retention_days} d"] * (topic.retention_days is not None)
        )
        rows.append(
            f"| `{topic.name}` | {topic.key} | {topic.record} | {topic.partitions} | {kept} | {', '.join(topic.writers)} → {', '.join(topic.readers)} |"
        )
    return "\n".join(rows) + "\n"
