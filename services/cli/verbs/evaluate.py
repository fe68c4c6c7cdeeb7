"""``khabar eval``: quality on labelled data, and the floors it must not fall below."""

from __future__ import annotations

import inspect
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Any

import click
import orjson

from services.checkout import ROOT
from services.cli import speech, workshop_door
from services.cli.verbs.bench import flat

SUBJECTS = {
    "clean": "judging.clean.subject:evaluate",
    "detect": "judging.detect.subject:evaluate",
    "extract": "judging.extract.subject:evaluate",
    "encoder": "judging.extract.encoder_vectors:evaluate_encoder",
    "link": "judging.link.subject:evaluate",
}
SLOW = {"link"}
"""Subjects that take a labelled stream of weeks through the whole engine."""

SIDE_BY_SIDE = 2

FLOORS = ROOT / "tests" / "eval" / "floors"


@click.command()
@click.argument("subject", type=click.Choice([*SUBJECTS, "floors"]))
@click.option("--data", type=click.Path(path_type=Path), help="Folder with the labelled data.")
@click.option(
    "--cache",
    type=click.Path(path_type=Path),
    help="Folder that keeps extracted articles between runs (link).",
)
@click.option(
    "--ntrex",
    type=click.Path(path_type=Path),
    help="A file of the ntrex-dev form, also without --data (link).",
)
@click.option("--orders", type=int, help="How many arrival orders to try (link).")
@click.option(
    "--twins",
    is_flag=True,
    help="Also runs that must give the same stories: spoilt, replayed, restored (link; minutes).",
)
@click.option(
    "--marks",
    is_flag=True,
    help="Also what readers of the page have said, over the archive of this machine (link).",
)
@click.option(
    "--quick",
    is_flag=True,
    help="With «floors»: leave out what reads whole streams (link; minutes), and say so.",
)
@click.option("--check", is_flag=True, help="Compare with the floors in git; exit status 1 below one.")
def command(subject: str, data: Path | None, *, check: bool, quick: bool, **options: Any) -> None:
    """Measure quality on labelled data and print one JSON object of figures.

    «floors» measures everything and compares it with the floors in git.

    Example: khabar eval clean --data ../shared/data
    """
    if data is None and (subject != "link" or not (options["ntrex"] or options["marks"])):
        raise speech.Failure(
            "nothing to measure", "give the folder of the labelled data with --data", code=speech.WRONG_USE
        )
    if data is not None and not data.exists():
        raise speech.Failure(
            f"{data} is not there", "give the folder of the labelled data with --data", code=speech.WRONG_USE
        )
    subjects = (
        [name for name in SUBJECTS if not (quick and name in SLOW)] if subject == "floors" else [subject]
    )
    below = []
    for name in sorted(SLOW & set(SUBJECTS) - set(subjects)) if quick else ():
        speech.line(
            f"SKIPPED: the floors of {name}; check them with: ./khabar eval {name} --data {data} --check"
        )
    for name, figures in _measured_side_by_side(subjects, data, options):
        speech.json_line({name: figures} if subject == "floors" else figures)
        if check or subject == "floors":
            below += [f"{name}: {what}" for what in fallen(figures, _floors(name))]
    if below:
        raise speech.Failure(f"{len(below)} figures are below their floors", "; ".join(below))


def _measured_side_by_side(
    subjects: list[str], data: Path | None, options: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each subject's figures, in order, two measured at a time: all but link use one core."""
    if len(subjects) == 1:
        yield subjects[0], _measured(subjects[0], data, options)
        return
    with ProcessPoolExecutor(SIDE_BY_SIDE, multiprocessing.get_context("spawn")) as pool:
        figures = pool.map(_measured, subjects, repeat(data), repeat(options))
        yield from zip(subjects, figures, strict=True)


def _measured(name: str, data: Path | None, options: dict[str, Any]) -> dict[str, Any]:
    run = workshop_door.subject(SUBJECTS[name])
    taken = inspect.signature(run).parameters
    return run(data, **{key: value for key, value in options.items() if value is not None and key in taken})


def _floors(name: str) -> dict[str, float]:
    path = FLOORS / f"{name}.json"
    found: dict[str, float] = orjson.loads(path.read_bytes()) if path.exists() else {}
    return found


def fallen(figures: dict[str, Any], floors: dict[str, float]) -> list[str]:
    """Return what is below its floor or not measured; where a name ends in «<» the bound is a ceiling."""
    measured = dict(flat(figures))
    found = []
    for name, bound in floors.items():
        value = measured.get(name.removesuffix("<"))
        if not isinstance(value, int | float):
            found.append(f"{name} was not measured")
        elif value > bound if name.endswith("<") else value < bound:
            found.append(f"{name} is {value}, its floor is {bound}")
    return found
