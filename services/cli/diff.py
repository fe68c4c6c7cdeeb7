"""``khabar diff``: raw and clean side by side, with the rule of every change."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click
import msgspec

from services.clean.charset import decoded
from services.clean.diff import as_html, as_terminal
from services.cli import show
from services.feed.core import raw_of
from services.feed.pages import pages
from services.stages import work
from shared import codec, headers, topics
from shared.records import Article
from shared.testing import Pipeline


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", "source_id", default="", help="Source id of the page.")
@click.option("--html", "html", is_flag=True, help="A page instead of terminal text.")
def command(file: Path, source_id: str, *, html: bool) -> None:
    """Show what clean makes of a page: every line kept or cut, every change, and the rule that did it.

    Example: khabar diff tests/seeds/000_3eb1ae8f6e4d07b5.txt
    """
    (page,) = pages(str(file), source_id)
    if page.item is None or page.refused:
        raise show.Failure(f"{file}: {page.refused}")
    raw = raw_of(page.item, page.payload, now=headers.rfc3339(time.time_ns() // 1_000_000))
    pipeline = Pipeline([work("clean")])
    pipeline.send(topics.RAW.name, raw.source.id.encode(), codec.encode(raw))
    made = pipeline.topics.get(topics.CLEAN.name)
    if not made:
        letter = pipeline.topics[topics.dead("clean")][0]
        raise show.Failure(f"{file}: {headers.get(letter.headers, headers.REASON)}: {headers.get(letter.headers, 'khabar-detail')}")
    clean = codec.decode(made[0].value or b"", Article).clean
    if clean is msgspec.UNSET:
        raise show.Failure(f"{file}: clean gave no block")
    text = decoded(raw).text
    show.line(as_html(text, clean) if html else as_terminal(text, clean, colour=sys.stdout.isatty()))
