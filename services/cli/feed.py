"""``khabar feed``: pages in."""

from __future__ import annotations

import asyncio
from itertools import chain

import click

from services.cli import show, where
from services.feed.pages import pages
from services.feed.send import Report, feed


@click.command()
@click.argument("sources", nargs=-1, required=True)
@click.option("--source", "source_id", default="", help="Source id of items that name none (for a bare page: its folder's name).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with the counts.")
def command(sources: tuple[str, ...], source_id: str, *, as_json: bool) -> None:
    """Feed pages: files, folders, JSON lines, or - for stdin. A page fed before is not fed again.

    A JSON line needs "text" or "html" and a "source"; url, publisher_code, fetched_at, declared and scraper may be there.

    Example: khabar feed pages.jsonl
    """
    settings = where.connected()
    progress = show.Progress("fed")
    stream = chain.from_iterable(pages(source, source_id) for source in sources)
    report = asyncio.run(feed(settings, stream, lambda so_far: progress.show(_seen(so_far))))
    if as_json:
        show.json_line({"accepted": report.accepted, "known": report.known, "refused": dict(report.refused), "doc_ids": report.doc_ids})
    else:
        show.line(f"{report.accepted} accepted, {report.known} already known, {report.refused.total()} refused.")
        for reason, n in report.refused.most_common():
            show.line(f"  {n} {reason}")
    if report.refused:
        raise show.Failure("some input was refused and lies in feed.dead with its bytes", "see it with: ./khabar dead list")
    if not as_json:
        show.line("Next: ./khabar status, then ./khabar story")


def _seen(report: Report) -> int:
    return report.accepted + report.known + report.refused.total()
