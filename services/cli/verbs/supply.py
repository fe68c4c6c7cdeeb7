"""``khabar supply``: what Khabar is made of. It reads the locks of a checkout; nothing that runs needs it."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import click

from services.cli import speech, workshop_door


@click.group()
def command() -> None:
    """Say what Khabar is made of: licences, bill of materials, known holes.

    Example: khabar supply audit
    """


@command.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a part.")
def licences(*, as_json: bool) -> None:
    """List every locked part with its licence and where it is used.

    It is part of the engine, of the broker of a laptop, or of work on the project.

    Example: khabar supply licences
    """
    parts = _of("locked_parts:parts")()
    if as_json:
        for part in parts:
            speech.json_line(
                {"name": part.name, "version": part.version, "licence": part.licence, "where": part.where}
            )
        return
    speech.table(
        ("part", "version", "where", "licence"),
        [(one.name, one.version, one.where, speech.cut(one.licence, 80)) for one in parts],
    )
    for where, counts in (
        (where, Counter(one.licence for one in parts if one.where == where))
        for where in ("engine", "broker", "work")
    ):
        speech.line(
            f"\n{where}: {', '.join(f'{speech.cut(name, 80)} {n}' for name, n in counts.most_common())}"
        )


@command.command()
def bill() -> None:
    """Write the bill of materials (CycloneDX 1.6, JSON).

    Example: khabar supply bill > khabar.cdx.json
    """
    sys.stdout.write(_of("bill:bill")(_of("locked_parts:parts")()) + "\n")


@command.command()
@click.option(
    "--database", default="", metavar="URL", help="Another OSV than the public one, such as a mirror."
)
def audit(database: str) -> None:
    """Ask a database of known holes about every locked package.

    Exit status 1: holes; 3: it could not be asked, so nothing is known.

    Example: khabar supply audit
    """
    not_asked: type[Exception] = _of("audit:NotAsked")
    try:
        asked, holes = _of("audit:audit")(database)
    except not_asked as error:
        raise speech.Failure(
            str(error), "nothing is known about holes: ask again where the database can be reached", code=3
        ) from None
    for one in holes:
        speech.line(
            f"{one.name} {one.version}: {one.id}, {'fixed in ' + ', '.join(one.fixed_in) if one.fixed_in else 'not fixed yet'}"
        )
    if holes:
        raise speech.Failure(
            f"{len(holes)} known holes in {len({one.name for one in holes})} of {asked} packages",
            "lock versions without them",
        )
    speech.line(f"No known hole in {asked} packages.")


def _of(place: str) -> Any:
    return workshop_door.subject(f"supply.{place}")
