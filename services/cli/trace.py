"""``khabar trace``: the passport of an article."""

from __future__ import annotations

import asyncio
from typing import Any

import click
import msgspec

from services.cli import look, show, where
from services.cli.look import Seen
from services.cli.telling import language
from shared import topics


@click.command()
@click.argument("doc")
@click.option("--raw", is_flag=True, help="Also the page as it was fetched.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a stage: the headers and the record.")
def command(doc: str, *, raw: bool, as_json: bool) -> None:
    """Show an article's way through the stages: when, how long, by which version, and what each found.

    Example: khabar trace 3eb1ae8f
    """
    found = asyncio.run(look.by_document(where.connected(), doc))
    if as_json:
        for topic, all_seen in found.items():
            for seen in all_seen:
                made = {name: value.decode("utf-8", "replace") for name, value in seen.record.headers}
                show.json_line({"topic": topic, "offset": seen.record.offset, "headers": made, "record": seen.value})
        return
    show.line(f"article {next(iter(found.values()))[0].header('ce_subject')}")
    for topic, all_seen in found.items():
        for seen in all_seen:
            place = f"{topic}/{seen.record.partition}/{seen.record.offset}"
            took = f"{seen.header('ce_tookms')} ms" if topic != topics.RAW.name else ""
            show.line(f"\n{seen.header('ce_source').removeprefix('/stage/'):8s} {seen.time[:19]}  {took:8s} {place}")
            for text in _found(topic, seen, raw=raw):
                show.line(f"         {text}")
    if topics.LINKED.name not in found:
        show.line("\nIt has not reached a story yet: see ./khabar status and ./khabar dead list")


def _found(topic: str, seen: Seen, *, raw: bool) -> list[str]:
    value = seen.value
    match topic:
        case topics.RAW.name:
            text = [
                show.plain(f"{value['source']['id']}  {value.get('url', 'no url')}"),
                f"revision {value['rev']}, fetched {value['fetched_at']}",
            ]
            return text + ([show.plain(value.get("payload", "(bytes, base64)"))] if raw else [])
        case topics.CLEAN.name:
            return clean(value["clean"])
        case topics.DETECTED.name:
            return detect(value["language"])
        case topics.EXTRACTED.name:
            return extract(value["entities"])
        case _:
            linked = value["linked"]
            return [
                f"{linked['decision']} story {linked['story_id']}, probability {linked['score']:.2f}: ./khabar why {value['doc_id'][:12]}"
            ]


def clean(block: dict[str, Any]) -> list[str]:
    """Return what clean found, in words."""
    cut_lines = [segment for segment in block["segments"] if not segment["kept"]]
    kinds = ", ".join(sorted({segment["type"] for segment in cut_lines}))
    date = block["published"]
    when = f"{date['value']} (read from {show.isolate(date['raw'])})" if date else f"unknown: {block['why'].get('published', '')}"
    sources = "; ".join(f"{one['kind'].replace('_', ' ')} {show.isolate(one['name'])}" for one in block["sources"]) or "none named"
    return [
        f"title     {show.isolate(show.cut(block['title']['text'], 76)) if block['title'] else '-'}",
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
    return [f"language  {language(block['lang'])} ({block['lang']}), confidence {block['confidence']:.2f}{reason}"]


def extract(block: dict[str, Any]) -> list[str]:
    """Return what extract found, in words."""
    top = sorted(block["entities"], key=lambda one: -one["salience"])[:8]
    names = ", ".join(show.isolate(one["names_used"][0]) for one in top)
    chain = " ← ".join(show.isolate(one) for one in block["provenance"]["chain"])
    counts = [f"{len(block[what])} {what}" for what in ("mentions", "quotes", "numbers", "times")]
    return [f"found     {', '.join(counts)}", f"names     {names or '-'}", f"sources   {chain or '-'}"]


def blocks(article: object) -> dict[str, Any]:
    """Return an article record as plain values."""
    found: dict[str, Any] = msgspec.to_builtins(article)
    return found
