"""The languages of the interface: its words, its digits, how it writes days and counts.

Texts of articles are none of its business.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from shared.text.calendars import date_to_jalali
from shared.text.directions import tag_direction
from shared.text.moments import milliseconds

DATA = Path(__file__).parent / "data"
TONGUES = ("en", "fa", "ar")
ZERO = {"fa": "۰", "ar": "٠"}
SEPARATORS = {"fa": ("٬", "٫"), "ar": ("٬", "٫")}


_APART = re.compile(
    r"(?P<up>up to )?(?:(?P<least>\d+)(?: (?P<unit>minutes?|hours?))? to )?(?P<most>\d+) (?P<greater>minutes?|hours?) apart"
)
"""How link tells the time between articles (`services.link.reasons.evidence`)."""


def _plural_arabic(n: int) -> str:
    """Return the category of *n* by CLDR's rules for Arabic."""
    if n < 3:
        return ("zero", "one", "two")[n]
    rest = n % 100
    return "few" if 3 <= rest <= 10 else "many" if rest >= 11 else "other"


PLURALS: dict[str, Callable[[int], str]] = {"ar": _plural_arabic}


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language of the interface."""

    lang: str
    words: Mapping[str, Any] = field(repr=False)

    @property
    def dir(self) -> str:
        """Which way the interface runs."""
        return tag_direction(self.lang)

    def say(self, key: str, **values: object) -> str:
        """Return the words of *key* with *values* put in; raises KeyError where the language lacks it."""
        said: str = self.words[key]
        return said.format(**values) if values else said

    def name(self, kind: str, key: str) -> str:
        """Return the word for *key* of a closed list (``languages``, ``evidence`` …), or *key* itself."""
        found: Mapping[str, str] = self.words[kind]
        return found.get(key) or found.get(key.partition("-")[0]) or key

    def count(self, key: str, n: int) -> str:
        """Return «12 articles»: *n* with the form of *key* that its number wants."""
        forms: Mapping[str, str] = self.words["counts"][key]
        category = PLURALS[self.lang](n) if self.lang in PLURALS else "one" if n == 1 else "other"
        return forms.get(category, forms["other"]).format(n=self.number(n))

    def reason(self, label: str) -> str:
        """Return what link says of a reason in this language («2 to 5 hours apart»), or *label*."""
        said, of = self.words["reasons"], _APART.fullmatch(label)
        if of is not None:
            least, unit, most, greater = of["least"], of["unit"], of["most"], of["greater"]
            last = self.count(_many(greater), int(most))
            first = self.count(_many(unit), int(least)) if unit else self.digits(least or "")
            span = (
                said["between"].format(least=first, most=last)
                if least
                else said["up_to"].format(most=last)
                if of["up"]
                else last
            )
            return str(said["apart"].format(span=span))
        english: Mapping[str, str] = tongue("en").words["reasons"]
        return next((str(said[key]) for key, words in english.items() if words == label), label)

    def form(self, label: str) -> tuple[str, str]:
        """Return «the same words, but» in this language and the names after it, or "" and *label*.

        The names stay in their own language, which runs its own way.
        """
        english = str(tongue("en").words["reasons"]["form"])
        if not label.startswith(english):
            return "", label
        return f"{self.words['reasons']['form']} ", label.removeprefix(english).strip()

    def number(self, n: float, digits: int = 0) -> str:
        """Return *n* in the digits of the interface, with *digits* decimals."""
        text = f"{n:,.{digits}f}"
        if self.lang in SEPARATORS:
            thousands, decimal = SEPARATORS[self.lang]
            text = text.replace(",", "\0").replace(".", decimal).replace("\0", thousands)
        return self.digits(text)

    def digits(self, text: str) -> str:
        """Return *text* with its digits as the interface writes them."""
        zero = ZERO.get(self.lang)
        return text if zero is None else text.translate({ord("0") + i: chr(ord(zero) + i) for i in range(10)})

    def day(self, moment: str) -> str:
        """Return the day of an RFC 3339 moment or of ``2022-01-26`` in the calendar of the interface.

        What is less than a day stays as it is.
        """
        found = _date(moment)
        if found is None:
            return self.digits(moment)
        return self._jalali(found) if self.lang == "fa" else self._gregorian(found)

    def other_day(self, moment: str) -> str:
        """Return the same day in the other calendar: Gregorian for Persian readers, Jalali for all others."""
        found = _date(moment)
        if found is None:
            return ""
        return self._gregorian(found) if self.lang == "fa" else self._jalali(found)

    def moment(self, moment: str, *, seconds: bool = False) -> str:
        """Return day and clock of an RFC 3339 moment, which is in UTC."""
        return f"{self.day(moment)} · {self.clock(moment, seconds=seconds)}"

    def clock(self, moment: str, *, seconds: bool = False) -> str:
        """Return the clock of an RFC 3339 moment, to the minute or to the second."""
        at = dt.datetime.fromtimestamp(milliseconds(moment) / 1000, dt.UTC)
        return f"{self.digits(f'{at:%H:%M:%S}' if seconds else f'{at:%H:%M}')} UTC"

    def _gregorian(self, day: dt.date) -> str:
        return (
            f"{self.digits(str(day.day))} {self.words['months'][day.month - 1]} {self.digits(str(day.year))}"
        )

    def _jalali(self, day: dt.date) -> str:
        year, month, number = date_to_jalali(day)
        return f"{self.digits(str(number))} {self.words['jalali_months'][month - 1]} {self.digits(str(year))}"


def _date(moment: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(moment[:10])
    except ValueError:
        return None


def _many(unit: str) -> str:
    return f"{unit.removesuffix('s')}s"


@cache
def tongue(lang: str) -> Tongue:
    """Return an interface language by its tag."""
    return Tongue(lang, yaml.safe_load((DATA / f"words.{lang}.yml").read_text(encoding="utf-8")))


def chosen(asked: str | None, kept: str | None, accepted: str) -> str:
    """Return the interface's language: the one asked by the address, else kept, else the first accepted.

    Only languages that there are count.
    """
    for one in (asked, kept, *(part.partition(";")[0].strip().lower()[:2] for part in accepted.split(","))):
        if one in TONGUES:
            return str(one)
    return TONGUES[0]
