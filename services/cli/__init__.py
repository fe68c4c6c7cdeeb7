"""The ``khabar`` command: verbs that load on use, one module each."""

from __future__ import annotations

import logging
import os
import sys
from importlib import import_module

import click

from shared.worker.threads import one_core

VERBS = {
    "demo": (
        "services.cli.verbs.demo",
        "See two articles in two languages become one story, on a real Kafka.",
    ),
    "run": (
        "services.cli.verbs.run",
        "Run one worker (clean, detect, extract, link, pulse), or all of them.",
    ),
    "feed": ("services.cli.verbs.feed", "Feed pages: files, folders, JSON lines, or - for stdin."),
    "try": (
        "services.cli.verbs.trial",
        "See what the engine would make of pages, in memory, without a broker.",
    ),
    "status": ("services.cli.verbs.status", "Show the whole engine on one screen, and the one thing to do."),
    "story": ("services.cli.verbs.story", "Show a story, or the newest ones."),
    "why": ("services.cli.verbs.why", "Show why an article is in its story, or why not in another."),
    "search": (
        "services.cli.verbs.search",
        "Find articles by words in any spelling and script, or by meaning.",
    ),
    "trace": ("services.cli.verbs.trace", "Show an article's way through the stages."),
    "dead": (
        "services.cli.verbs.dead",
        "List, show, acknowledge, send back or drop what could not be processed.",
    ),
    "replay": (
        "services.cli.verbs.replay",
        "Run any day again beside live, see what would change, switch, and switch back.",
    ),
    "diff": ("services.cli.verbs.diff", "Show raw and clean side by side, with the rule of every change."),
    "topics": ("services.cli.verbs.topics", "Create the topics, or check that none has drifted."),
    "broker": ("services.cli.verbs.broker", "Start, stop or look at an Apache Kafka of your own."),
    "bench": ("services.cli.verbs.bench", "Measure speed and memory on this machine."),
    "chaos": (
        "services.cli.verbs.chaos",
        "Kill, stop and poison the stages by plans from a seed; nothing may be lost.",
    ),
    "eval": ("services.cli.verbs.evaluate", "Measure quality on labelled data; one JSON object of figures."),
    "supply": (
        "services.cli.verbs.supply",
        "Say what Khabar is made of: licences, bill of materials, known holes.",
    ),
    "test": ("services.cli.verbs.test", "Run every check and test that CI runs."),
}


class Verbs(click.Group):
    """A group that imports a verb when it is used: so the command itself starts in a tenth of a second."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the verbs in the order of a user's first day."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Return the verb, imported now."""
        if cmd_name not in VERBS:
            return None
        found: click.Command = import_module(VERBS[cmd_name][0]).command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the verbs from the table, without importing any."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, text) for name, (_, text) in VERBS.items()])


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--debug", is_flag=True, help="Show the stack trace of an error.")
@click.version_option(package_name=None, version=import_module("shared.version").VERSION, prog_name="khabar")
def khabar(*, debug: bool) -> None:
    """Khabar: raw news articles go in, stories linked across languages come out, with the reasons."""
    if debug:
        os.environ["KHABAR_DEBUG"] = "1"


def main() -> None:
    """Run the command. Exit status: 0 done, 1 found something wrong, 2 wrong use, 3 the outside failed."""
    from services.cli.outside_faults import explained  # noqa: PLC0415 - the clients' errors are needed only when one happens

    one_core()
    # what a verb cannot do it says itself; a client that is shut out leaves failed tasks behind
    for library in ("aiokafka", "asyncio"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    try:
        khabar(prog_name="khabar", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if "KHABAR_DEBUG" in os.environ:
            raise
        failure = explained(error)
        failure.show()
        sys.exit(failure.exit_code)
