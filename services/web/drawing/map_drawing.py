"""Draws the places of stories on a plain map: longitude to the right, latitude up, cut to the places."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from services.archive.reading.answers import MapPlace

HEIGHT_PX, EDGE_DEGREES = 220, 6.0
SMALLEST, LARGEST = 4.0, 13.0
LABELLED = 7
CLEAR_X, CLEAR_Y = 16.0, 15.0
"""A label is left out when another one stands this near, in percent of the width and in pixels."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One place: *x* in percent, *y* and *r* in pixels; *name* is empty where there is no room for it."""

    x: float
    y: float
    r: float
    name: str
    title: str
    found: MapPlace


@dataclass(frozen=True, slots=True)
class Drawn:
    """The map: meridians in percent, parallels in pixels."""

    height: int
    meridians: list[float]
    parallels: list[float]
    spots: list[Spot]


def drawn(places: Sequence[MapPlace], lang: str) -> Drawn:
    """Return the map of *places* with their names in *lang*."""
    known = [
        (one, one.place.lat, one.place.lon)
        for one in places
        if one.place.lat is not None and one.place.lon is not None
    ]
    if not known:
        return Drawn(0, [], [], [])
    south, north = _range([lat for _, lat, _ in known], -90, 90)
    west, east = _range([lon for _, _, lon in known], -180, 180)
    most = max(one.stories for one, _, _ in known)
    spots: list[Spot] = []
    for found, lat, lon in sorted(known, key=lambda one: -one[0].stories):
        x, y = 100 * (lon - west) / (east - west), HEIGHT_PX * (north - lat) / (north - south)
        title = (
            found.place.label.get(lang)
            or found.place.label.get("en")
            or next(iter(found.place.label.values()), found.place.entity_id)
        )
        free = len([one for one in spots if one.name]) < LABELLED and not any(
            one.name and abs(one.x - x) < CLEAR_X and abs(one.y - y) < CLEAR_Y for one in spots
        )
        radius = SMALLEST + (LARGEST - SMALLEST) * math.sqrt(found.stories / most)
        spots.append(Spot(round(x, 2), round(y, 1), round(radius, 1), title if free else "", title, found))
    step = 30 if east - west > 120 else 10
    meridians = [
        round(100 * (lon - west) / (east - west), 2) for lon in range(-180, 181, step) if west < lon < east
    ]
    parallels = [
        round(HEIGHT_PX * (north - lat) / (north - south), 1)
        for lat in range(-80, 81, step)
        if south < lat < north
    ]
    return Drawn(HEIGHT_PX, meridians, parallels, spots)


def _range(values: Sequence[float], least: float, most: float) -> tuple[float, float]:
    """Return the ends of what is shown: all *values* with an edge, and never less than ten degrees."""
    edge = max(EDGE_DEGREES, (max(values) - min(values)) * 0.12)
    return max(least, min(values) - edge), min(most, max(values) + edge)
