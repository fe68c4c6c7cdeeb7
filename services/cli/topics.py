"""``khabar topics``: declare them, and find drift."""

from __future__ import annotations

import asyncio
import sys

import click

from services.cli import show, where
from shared import declare
from shared.topics import TOPICS


@click.group()
def command() -> None:
    """Create the topics, or check that none has drifted.

    Example: khabar topics check
    """


@command.command()
@click.option("--replication", default=1, help="Copies of each partition; 3 on a cluster.")
def apply(replication: int) -> None:
    """Create the topics that are missing; existing ones are left alone."""
    made = asyncio.run(declare.apply(where.connected(), replication=replication))
    show.line(f"Created {len(made)} topics{': ' + ', '.join(made) if made else ''}; {len(TOPICS) - len(made)} were there.")


@command.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a difference.")
def check(*, as_json: bool) -> None:
    """Compare the broker with the table; exit status 1 when they differ."""
    found = asyncio.run(declare.drift(where.connected()))
    for difference in found:
        if as_json:
            show.json_line({"topic": difference.topic, "what": difference.what, "wants": difference.wants, "has": difference.has})
        else:
            show.line(str(difference))
    if found:
        raise show.Failure(f"{len(found)} differences", "create what is missing with: ./khabar topics apply")
    if not as_json:
        show.line(f"All {len(TOPICS)} topics are as declared.")


@command.command()
def markdown() -> None:
    """Print the table as it stands in ARCHITECTURE.md."""
    sys.stdout.write(markdown_table())


def markdown_table() -> str:
    """Return the topics as a Markdown table."""
    rows = ["| topic | key | value | partitions | kept | written by → read by |", "|---|---|---|--:|---|---|"]
    for topic in TOPICS:
        kept = ", ".join(["compacted"] * topic.compacted + [f"{topic.retention_days} d"] * (topic.retention_days is not None))
        rows.append(
            f"| `{topic.name}` | {topic.key} | {topic.record} | {topic.partitions} | {kept} | {', '.join(topic.writers)} → {', '.join(topic.readers)} |"
        )
    return "\n".join(rows) + "\n"
