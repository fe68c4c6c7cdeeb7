"""``khabar replay promote`` and ``rollback``: which run readers see."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Awaitable, Callable

import click

from services.cli import speech, which_broker
from services.cli.actor import actor
from services.replay import promotion
from services.replay.control import ShutOut
from services.replay.promotion import Switch
from shared.settings import Settings
from shared.wire import headers, topics


@click.command()
@click.argument("run")
@click.option("--because", default="", help="Why; the audit keeps it.")
@click.option("--go", is_flag=True, help="Do it. Without this nothing is changed.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def promote(run: str, *, because: str, go: bool, as_json: bool) -> None:
    """Show readers what RUN has made, from the time it was asked for on; refuses while it is behind.

    Readers that are at work lose nothing and see nothing twice; what they have read already stays read.

    Example: khabar replay promote better-names --because "names of Iraqi places are found"
    """
    if not because.strip():
        raise speech.Failure("say why", "with --because …: the audit keeps it", code=speech.WRONG_USE)
    switch = _done(
        lambda settings: promotion.promote(settings, run, by=actor(), because=because.strip(), go=go)
    )
    if as_json:
        speech.json_line(_object(switch, dry_run=not go))
        return
    speech.line(f"{'Promoted' if go else 'Would promote'}: {run}, instead of {switch.leaving}.\n")
    speech.line(
        f"Readers {'see' if go else 'would see'} its {_articles(switch)}: {', '.join(switch.topics)}."
    )
    speech.line("What came in before stays as it was. Stories are those of the run.")
    if switch.to_come:
        speech.line(
            f"Readers wait for what came after its end (at most {switch.to_come:,} records): its workers make that next."
        )
    if go:
        speech.line(
            f"\nNext: keep its workers running, it follows the live head now: KHABAR_RUN={run} ./khabar run all"
        )
        speech.line('Back: ./khabar replay rollback --because "…"')
    else:
        _next("promote", run, "--because", because.strip(), "--go")


@click.command()
@click.option("--because", default="", help="Why; the audit keeps it.")
@click.option("--go", is_flag=True, help="Do it. Without this nothing is changed.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def rollback(*, because: str, go: bool, as_json: bool) -> None:
    """Take the last promotion back: readers see what they saw before it.

    Possible until the run they saw then is dropped.

    Example: khabar replay rollback --because "it merges too much"
    """
    switch = _done(lambda settings: promotion.rollback(settings, by=actor(), because=because.strip(), go=go))
    if as_json:
        speech.json_line(_object(switch, dry_run=not go))
        return
    speech.line(f"{'Rolled back' if go else 'Would roll back'}: from {switch.leaving} to {switch.coming}.\n")
    speech.line(
        f"Readers {'see' if go else 'would see'} what {switch.coming} has made again, {_articles(switch)}: {', '.join(switch.topics)}."
    )
    if not go:
        _next("rollback", *(["--because", because.strip()] if because.strip() else []), "--go")
        return
    workers = (
        "./khabar run all" if switch.coming == topics.LIVE else f"KHABAR_RUN={switch.coming} ./khabar run all"
    )
    speech.line(f"\nNext: see that the workers of {switch.coming} run: {workers}")
    speech.line(f'Forward again: ./khabar replay promote {switch.leaving} --because "…"')


def _done(work: Callable[[Settings], Awaitable[Switch]]) -> Switch:
    """Return what *work* gives; raises Failure with what to do when it was refused or shut out."""
    settings = which_broker.connected()

    async def run() -> Switch:
        return await work(settings)

    try:
        return asyncio.run(run())
    except promotion.Refused as error:
        raise speech.Failure(str(error), error.advice) from error
    except ShutOut as error:
        raise speech.Failure(
            "another operator has begun on the runs and shut this command out: nothing was changed by it",
            "see what there is now with: ./khabar replay status",
        ) from error


def _articles(switch: Switch) -> str:
    n = f"{switch.articles:,} {'article' if switch.articles == 1 else 'articles'}"
    return n + (f" of what came in since {headers.rfc3339(switch.since_ms)[:16]}Z" if switch.since_ms else "")


def _next(*words: str) -> None:
    speech.line(f"\nNothing has been changed. Next:\n  ./khabar replay {shlex.join(words)}")


def _object(switch: Switch, *, dry_run: bool) -> dict[str, object]:
    return {
        "verb": switch.verb,
        "dry_run": dry_run,
        "before": switch.leaving,
        "after": switch.coming,
        "epoch": switch.alias.epoch,
        "segments": switch.alias.segments,
        "topics": switch.topics,
        "since": headers.rfc3339(switch.since_ms) if switch.since_ms else None,
        "articles": switch.articles,
        "to_come": switch.to_come,
    }
