"""``khabar feed``: pages in."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterable
from pathlib import Path

import click

from services.cli import page_sources, speech, which_broker
from services.feed.delivery import Undelivered
from services.feed.feeding import Report, feed
from services.feed.reading import named
from services.feed.reading.job import Job
from services.feed.submission import Submission
from shared.settings import Settings
from shared.wire import topics

SHOWN_FAULTS = 5
MOST_KINDS = 8


@click.command()
@click.argument("sources", nargs=-1, required=True)
@click.option(
    "--source",
    "source_id",
    help="Source id of items that name none (by default the host of their url, or a page's folder).",
)
@click.option(
    "--map",
    "mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML that says where our fields stand in your items, a line each: text: article.body[0].value",
)
@click.option(
    "--watch", is_flag=True, help="Stay, and feed the files that come into the folders, until SIGTERM."
)
@click.option("--backfill", is_flag=True, help="Old pages: they are read when the live ones leave time.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object: counts, the first ids and refusals.")
def command(
    sources: tuple[str, ...],
    source_id: str | None,
    mapping: Path | None,
    *,
    watch: bool,
    backfill: bool,
    as_json: bool,
) -> None:
    """Feed pages: files, folders of them, or - for JSON lines on stdin.

    Anything may be fed again: what is known is dropped by clean.

    \b
    .txt .html .htm .xhtml     a page each
    .jsonl .ndjson, and -      an article a line
    .json                      an article, or an array of them
    .csv .tsv                  an article a row, fields named in the header
    .warc                      the HTML pages of a web archive
    All of them also as .gz. Anything else is refused, and kept with its bytes in feed.dead;
    in a folder it is passed over.

    An article needs "text" or "html", and a "source" or a "url". Also read: publisher_code, fetched_at,
    published, lang, title, author, section, media_type, encoding, payload_b64, declared, scraper. Items of
    Scrapy, newspaper4k, news-please, Zyte, ninjs, schema.org and Media Cloud are understood as they are;
    --map says how others are.

    SIGTERM or Ctrl-C ends it when all that was read is delivered: status 0 for - and --watch, 1 when a file
    was not read to its end.

    Example: khabar feed pages.jsonl
    """  # noqa: D301 - click's mark for a block that keeps its lines
    job = page_sources.job(sources, source_id, mapping)
    folders = [Path(name) for name in sources]
    if watch and not all(folder.is_dir() for folder in folders):
        raise speech.Failure(
            "--watch is for folders", "name folders only; a stream is read with -", code=speech.WRONG_USE
        )
    settings = which_broker.connected()
    stream = named.watch(folders, job) if watch else named.submissions(sources, job)
    report = asyncio.run(_fed(settings, stream, job, topics.BACKFILL.name if backfill else topics.RAW.name))
    _tell(report, job, as_json=as_json)
    if job.cut_at and not watch:
        raise speech.Failure("stopped before the end", "feed the same again: what is known is dropped")
    if report.refused:
        raise speech.Failure(
            "some input was refused and lies in feed.dead with its bytes",
            "see it with: ./khabar dead list --stage feed",
        )
    if not as_json:
        speech.line("Next: ./khabar status, then ./khabar story")


async def _fed(settings: Settings, stream: Iterable[Submission], job: Job, topic: str) -> Report:
    """Feed *stream* until its end, or until the first signal; a second one ends it at once."""
    loop, progress, so_far = asyncio.get_running_loop(), speech.Progress("fed"), Report()

    def show(report: Report) -> None:
        nonlocal so_far
        so_far = report
        progress.show(report.accepted + report.refused.total())

    def on_signal(number: int) -> None:
        loop.remove_signal_handler(number)
        job.stop.set()
        speech.notice("delivering what was read …")

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
    try:
        return await feed(settings, stream, show, speech.notice, topic=topic, stop=job.stop)
    except (Undelivered, OSError) as error:
        advice = f"{so_far.accepted} were accepted before; feed the same again: what is known is dropped"
        raise speech.Failure(str(error), advice, code=speech.OUTSIDE_FAILED) from error
    finally:
        progress.end()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def _tell(report: Report, job: Job, *, as_json: bool) -> None:
    if as_json:
        faults = [
            {"where": where, "reason": error.reason, "detail": error.detail} for where, error in report.faults
        ]
        speech.json_line(
            {"accepted": report.accepted, "refused": dict(report.refused), "mended": report.mended}
            | {"unread": dict(report.unread), "passed_over": dict(job.passed_over)}
            | {"doc_ids": report.doc_ids, "faults": faults, "stopped_before": job.cut_at or None}
        )
        return
    speech.line(f"{report.accepted} accepted, {report.refused.total()} refused.")
    if report.mended:
        speech.line(f"  {report.mended} of them had broken characters, which became U+FFFD.")
    if report.unread:
        fields = ", ".join(f"{name} ({n})" for name, n in report.unread.most_common())
        speech.line(f"  without a field that could not be read, which the raw record keeps aside: {fields}")
    if job.passed_over:
        kinds = [f"{n} {speech.plain(what)}" for what, n in job.passed_over.most_common(MOST_KINDS)]
        others = "" if len(job.passed_over) <= MOST_KINDS else ", …"
        speech.line(f"  passed over: {', '.join(kinds)}{others}")
    if job.cut_at:
        speech.line(f"  stopped before {speech.plain(job.cut_at)}")
    for reason, n in report.refused.most_common():
        speech.line(f"  {n} {reason}")
    for where, error in report.faults[:SHOWN_FAULTS]:
        speech.line(f"  {speech.plain(where)}: {speech.plain(error.detail)} ({error.reason})")
    if report.refused.total() > SHOWN_FAULTS:
        speech.line(f"  and {report.refused.total() - SHOWN_FAULTS} more")
