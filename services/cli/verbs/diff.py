"""``khabar diff``: raw and clean side by side, with the rule of every change."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

import click
import msgspec

from services.clean.page.decoding import decoded
from services.clean.side_by_side import as_html, as_terminal
from services.cli import speech
from services.feed.core import raw_of
from services.feed.reading import named
from services.feed.reading.job import Job
from services.stages import work
from shared.records import Article
from shared.wire import codec, headers, topics
from shared.worker.in_memory import Pipeline


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", "source_id", default="", help="Source id of the page.")
@click.option("--html", "html", is_flag=True, help="A page instead of terminal text.")
def command(file: Path, source_id: str, *, html: bool) -> None:
    """Show what clean makes of a page: every line kept or cut, every change, and the rule that did it.

    Example: khabar diff tests/seeds/000_3eb1ae8f6e4d07b5.txt
    """
    pages = list(islice(named.submissions([str(file)], Job(source=source_id)), 2))
    if len(pages) != 1:
        raise speech.Failure(
            f"{file} holds {'more than one page' if pages else 'no page'}",
            "give a file with one",
            code=speech.WRONG_USE,
        )
    page = pages[0]
    if page.item is None or page.refused:
        raise speech.Failure(f"{file}: {page.refused}")
    raw = raw_of(page.item, page.payload, now=headers.now())
    pipeline = Pipeline([work("clean")])
    pipeline.send(topics.RAW.name, raw.source.id.encode(), codec.encode(raw))
    made = pipeline.topics.get(topics.CLEAN.name)
    if not made:
        letter = pipeline.topics[topics.dead("clean")][0]
        raise speech.Failure(
            f"{file}: {headers.get(letter.headers, headers.REASON)}: {headers.get(letter.headers, 'khabar-detail')}"
        )
    clean = codec.decode(made[0].value or b"", Article).clean
    if clean is msgspec.UNSET:
        raise speech.Failure(f"{file}: clean gave no block")
    text = decoded(raw).text
    speech.line(as_html(text, clean) if html else as_terminal(text, clean, colour=sys.stdout.isatty()))
