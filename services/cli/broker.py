"""``khabar broker``: an Apache Kafka for a developer's laptop."""

from __future__ import annotations

import shutil
import sys

import click

from services.cli import show, where
from shared import broker
from shared.settings import Settings


@click.group()
def command() -> None:
    """Start, stop or look at an Apache Kafka of your own; its data stays between starts.

    Example: khabar broker start
    """


@command.command()
@click.option("--port", default=0, help="Port to listen on; 0 takes any free one.")
def start(port: int) -> None:
    """Start it; it stays when this command ends."""
    settings = Settings.from_env()
    standing = broker.start_detached(where.laptop_folder(settings), port=port, home=settings.folder, progress=downloading)
    show.line(f"Kafka answers at {standing.bootstrap}; its log: {standing.log}")
    show.line("Next: ./khabar topics apply && ./khabar run all")


@command.command()
def stop() -> None:
    """Stop it in order."""
    found = broker.stop(where.laptop_folder(Settings.from_env()))
    show.line("Kafka is stopped." if found else "No Kafka was running.")


@command.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def status(*, as_json: bool) -> None:
    """Say whether it runs."""
    standing = broker.status(where.laptop_folder(Settings.from_env()))
    if as_json:
        show.json_line({"running": standing is not None, "kafka": standing.bootstrap if standing else None})
    elif standing is None:
        show.line("No Kafka is running. Start one with: ./khabar broker start")
    else:
        show.line(f"Kafka runs at {standing.bootstrap} ({'answers' if standing.answers else 'does not answer'}); its log: {standing.log}")


@command.command()
@click.option("--go", is_flag=True, help="Do it; without this nothing is deleted.")
def wipe(*, go: bool) -> None:
    """Delete its data."""
    folder = where.laptop_folder(Settings.from_env())
    if not go:
        show.line(f"Would stop Kafka and delete {folder}. Do it with: ./khabar broker wipe --go")
        return
    broker.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)
    show.line(f"Deleted {folder}.")


def downloading(what: str, done: int, total: int) -> None:
    """Say on stderr how far a download is: redrawn on a terminal, its begin and end elsewhere."""
    live = sys.stderr.isatty()
    if total and not live and 0 < done < total:
        return
    size = f": {done / 1e6:.0f} of {total / 1e6:.0f} MB" if total else " …"
    click.echo(f"{'\r\033[K' if live and total else ''}  {what}{size}", err=True, nl=not (live and total and done < total))
