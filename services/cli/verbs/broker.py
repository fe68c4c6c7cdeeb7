"""``khabar broker``: an Apache Kafka for a developer's laptop."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
import sys

import click
from aiokafka.errors import KafkaConnectionError

from services.cli import speech, which_broker
from shared.broker import node
from shared.kafka import clients
from shared.kafka.transactions import lost_markers
from shared.settings import LARGEST_PORT, Settings


@click.group()
def command() -> None:
    """Start, stop or look at an Apache Kafka of your own; its data stays between starts.

    Example: khabar broker start
    """


@command.command()
@click.option(
    "--port",
    type=click.IntRange(0, LARGEST_PORT),
    help="Port to listen on, 0 for any free one; by default that of last time.",
)
def start(port: int | None) -> None:
    """Start it; it stays when this command ends."""
    settings = Settings.from_env()
    standing = node.start_detached(
        which_broker.laptop_folder(settings), port=port, home=settings.folder, progress=downloading
    )
    _mend(dataclasses.replace(settings, kafka=standing.bootstrap))  # before a worker finds it
    speech.line(f"Kafka answers at {standing.bootstrap}; its log: {standing.log}")
    if settings.kafka:
        speech.notice(
            f"KHABAR_KAFKA={settings.kafka} is set: the other verbs speak to that Kafka, not to this one"
        )
    speech.line("Next: ./khabar topics apply && ./khabar run all")


@command.command()
def stop() -> None:
    """Stop it in order."""
    found = node.stop(which_broker.laptop_folder(Settings.from_env()))
    speech.line("Kafka is stopped." if found else "No Kafka was running.")


@command.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def status(*, as_json: bool) -> None:
    """Say whether it runs, or whether the one in KHABAR_KAFKA answers."""
    settings = Settings.from_env()
    standing = node.status(which_broker.laptop_folder(settings))
    if settings.kafka:
        answers = asyncio.run(_answers(settings))
        if as_json:
            speech.json_line({"running": answers, "kafka": settings.kafka})
            return
        speech.line(
            f"Kafka at {settings.kafka} (KHABAR_KAFKA) {'answers' if answers else 'does not answer'}."
        )
        if standing is not None and standing.bootstrap != settings.kafka:
            speech.line(
                f"Your own at {standing.bootstrap} runs too; nothing speaks to it while KHABAR_KAFKA is set."
            )
    elif as_json:
        speech.json_line(
            {
                "running": standing is not None and standing.answers,
                "kafka": standing.bootstrap if standing else None,
            }
        )
    elif standing is None:
        speech.line("No Kafka is running. Start one with: ./khabar broker start")
    else:
        speech.line(
            f"Kafka runs at {standing.bootstrap} ({'answers' if standing.answers else 'does not answer'}); its log: {standing.log}"
        )


async def _answers(settings: Settings) -> bool:
    try:
        async with clients.admin(settings):
            return True
    except KafkaConnectionError:
        return False


@command.command()
@click.option("--go", is_flag=True, help="Do it; without this nothing is written.")
def repair(*, go: bool) -> None:
    """End transactions that are over but left open: what readers stand still before.

    A node that was killed can lose the marks that end a transaction. Kafka's own log of transactions says how
    each of them ended, and that end is written. Stop the workers first: one that writes in the same moment
    could end the transaction in its own way.

    Example: khabar broker repair
    """
    settings = which_broker.known()
    found = asyncio.run(lost_markers.find(settings))
    if not found:
        speech.line("No transaction was left open. Nothing to repair.")
        return
    rows = [
        (
            one.open.part.topic,
            one.open.part.partition,
            one.open.start,
            one.transactional_id,
            _END[one.committed],
        )
        for one in found
    ]
    speech.table(("topic", "partition", "from offset", "transaction of", "it was"), rows)
    if not go:
        speech.line("\nEnd them as they were decided with: ./khabar broker repair --go")
        return
    asyncio.run(lost_markers.write(settings, found))
    told = [one for one in found if one.committed is not None]
    speech.line(f"\nEnded {len(told)} of {len(found)}.")
    if len(told) < len(found):
        advice = "what their records are worth is yours to judge: kafka-transactions.sh abort takes them back"
        raise speech.Failure("the log no longer says how the others ended", advice)


_END = {True: "committed", False: "taken back", None: "not known any more"}


def _mend(settings: Settings) -> None:
    """Write what a node that was killed has lost, and say so."""
    found = [one for one in asyncio.run(lost_markers.find(settings)) if one.committed is not None]
    asyncio.run(lost_markers.write(settings, found))
    if found:
        speech.notice(
            f"Ended transactions that were left open when Kafka was killed: in {len(found)} partitions."
        )


@command.command()
@click.option("--go", is_flag=True, help="Do it; without this nothing is deleted.")
def wipe(*, go: bool) -> None:
    """Delete its data."""
    folder = which_broker.laptop_folder(Settings.from_env())
    if not go:
        speech.line(f"Would stop Kafka and delete {folder}. Do it with: ./khabar broker wipe --go")
        return
    node.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)
    speech.line(f"Deleted {folder}.")


def downloading(what: str, done: int, total: int) -> None:
    """Say on stderr how far a download is: redrawn on a terminal, its begin and end elsewhere."""
    live = sys.stderr.isatty()
    if total and not live and 0 < done < total:
        return
    size = f": {done / 1e6:.0f} of {total / 1e6:.0f} MB" if total else " …"
    click.echo(
        f"{'\r\033[K' if live and total else ''}  {what}{size}",
        err=True,
        nl=not (live and total and done < total),
    )
