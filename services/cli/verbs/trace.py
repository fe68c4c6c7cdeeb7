"""``khabar trace``: an article's way through the stages."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import click
import msgspec

from services.archive.reading import article_page
from services.cli import speech, which_broker
from services.cli.lookups import archive_lookup, shown_run
from services.cli.lookups.archive_lookup import archived
from services.cli.lookups.article_lookup import Ends, passport
from services.cli.lookups.article_lookup import ends as ends_of
from services.cli.lookups.topic_search import Look, Seen, looking
from services.cli.story_words import language
from shared.settings import Settings
from shared.wire import topics
from shared.wire.traces import PARENT


@click.command()
@click.argument("doc")
@click.option("--raw", is_flag=True, help="Also the page as it was fetched.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a stage: the headers and the record.")
def command(doc: str, *, raw: bool, as_json: bool) -> None:
    """Show an article's way through the stages: when, how long, by which version, and what each found.

    Where an archive is kept and has the article, its revisions are those that it has. Else a whole id is
    found at once, the beginning of one is searched for, and what waits or died is shown too.

    Example: khabar trace 3eb1ae8f
    """
    settings = which_broker.known()
    found = _archived(settings, doc) or asyncio.run(_passport(which_broker.connected(), doc))
    if as_json:
        for topic, all_seen in found.items():
            for seen in all_seen:
                made = {name: value.decode("utf-8", "replace") for name, value in seen.record.headers}
                speech.json_line(
                    {"topic": topic, "offset": seen.record.offset, "headers": made, "record": seen.value}
                )
        return
    last = next(reversed(found.values()))[0]
    speech.line(f"article {last.header('ce_subject')}")
    speech.line(f"trace   {speech.plain(last.header(PARENT)[3:35])}")
    for topic, all_seen in found.items():
        for seen in all_seen:
            place = f"{topic}/{seen.record.partition}/{seen.record.offset}"
            took = f"{seen.header('ce_tookms')} ms" if topic != topics.RAW.name else ""
            speech.line(
                f"\n{seen.header('ce_source').removeprefix('/stage/'):8s} {seen.time[:19]}  {took:8s} {place}"
            )
            for text in _found(topic, seen, raw=raw):
                speech.line(f"         {text}")
    if topics.LINKED.name not in found:
        speech.line("\nIt has not reached a story yet: see ./khabar status and ./khabar dead list")


def _archived(settings: Settings, doc: str) -> dict[str, list[Seen]] | None:
    """Return its way from what the archive has of it, or None.

    Each earlier record is read by its place, as far as topics still hold it.
    """
    with archived(settings) as archive:
        doc_id = None if archive is None else archive_lookup.document(archive, doc)
        kept = [] if archive is None or doc_id is None else article_page.records(archive, doc_id)
    if not kept or doc_id is None:
        return None
    ends = Ends(doc_id, [archive_lookup.record_of(doc_id, one) for one in kept])
    return asyncio.run(_passed(dataclasses.replace(settings, run=kept[-1].run), ends))


async def _passed(settings: Settings, ends: Ends) -> dict[str, list[Seen]]:
    async with looking(settings) as look:
        return await passport(look, ends)


async def _passport(settings: Settings, doc: str) -> dict[str, list[Seen]]:
    async def found(look: Look) -> tuple[Seen, dict[str, list[Seen]]]:
        passed = await passport(look, await ends_of(look, doc))
        return next(reversed(passed.values()))[-1], passed

    return await shown_run.of_article(settings, found)


def _found(topic: str, seen: Seen, *, raw: bool) -> list[str]:
    value = seen.value
    match topic:
        case topics.RAW.name:
            text = [
                speech.plain(f"{value['source']['id']}  {value.get('url', 'no url')}"),
                f"revision {value['rev']}, fetched {value['fetched_at']}",
            ]
            return text + ([speech.plain(value.get("payload", "(bytes, base64)"))] if raw else [])
        case topics.CLEAN.name:
            return clean(value["clean"])
        case topics.DETECTED.name:
            return detect(value["language"])
        case topics.EXTRACTED.name:
            return extract(value["entities"])
        case _:
            linked = value["linked"]
            return [
                f"{linked['decision']} story {linked['story_id']}, probability {linked['score']:.2f}: ./khabar why {value['doc_id']}"
            ]


def clean(block: dict[str, Any]) -> list[str]:
    """Return what clean found, in words."""
    cut_lines = [segment for segment in block["segments"] if not segment["kept"]]
    kinds = ", ".join(sorted({segment["type"] for segment in cut_lines}))
    date = block["published"]
    when = (
        f"{date['value']} (read from {speech.isolate(date['raw'])})"
        if date
        else f"unknown: {block['why'].get('published', '')}"
    )
    sources = (
        "; ".join(
            f"{one['kind'].replace('_', ' ')} {speech.isolate(one['name'])}" for one in block["sources"]
        )
        or "none named"
    )
    return [
        f"title     {speech.isolate(speech.cut(block['title']['text'], 76)) if block['title'] else '-'}",
        f"published {when}",
        f"sources   {sources}",
        (
            f"kept {block['quality']['chars']:,} characters; cut {len(cut_lines)} lines{f' ({kinds})' if kinds else ''}; "
            f"{block['quality']['zwnj_inserted']} half-spaces restored"
        ),
        *([f"warnings  {', '.join(block['warnings'])}"] if block["warnings"] else []),
    ]


def detect(block: dict[str, Any]) -> list[str]:
    """Return what detect found, in words."""
    reason = f", because {block['und_reason']}" if block.get("und_reason") else ""
    return [
        f"language  {language(block['lang'])} ({block['lang']}), confidence {block['confidence']:.2f}{reason}"
    ]


def extract(block: dict[str, Any]) -> list[str]:
    """Return what extract found, in words."""
    top = sorted(block["entities"], key=lambda one: -one["salience"])[:8]
    names = ", ".join(speech.isolate(one["names_used"][0]) for one in top)
    chain = " ← ".join(speech.isolate(one) for one in block["provenance"]["chain"])
    counts = [f"{len(block[what])} {what}" for what in ("mentions", "quotes", "numbers", "times")]
    return [f"found     {', '.join(counts)}", f"names     {names or '-'}", f"sources   {chain or '-'}"]


def blocks(article: object) -> dict[str, Any]:
    """Return an article record as plain values."""
    found: dict[str, Any] = msgspec.to_builtins(article)
    return found
