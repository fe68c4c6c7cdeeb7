"""Money whose name several countries use: a Tunisian dinar is not an Iraqi one.

Settled by the countries that text and source name.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

from services.extract.lexicon.word_tables import table

LETTERS_OF_DOLLARS = {
    "us": "USD",
    "a": "AUD",
    "au": "AUD",
    "c": "CAD",
    "ca": "CAD",
    "hk": "HKD",
    "nt": "TWD",
    "s": "SGD",
    "nz": "NZD",
    "r": "BRL",
    "mx": "MXN",
}
"""Letters right before «$»; others leave open whose dollars they are."""
YEN_SIGN = {"ja": "JPY", "zh": "CNY"}
"""Languages in which «¥» is one money."""


WORLD_MONEY = {"dollar": "USD"}
"""Money that is counted in far from its home: dollars in Canberra may be of either, and stay open."""
DOLLAR_SIGN_OF_PESOS = frozenset({"MX", "AR", "CL", "CO", "UY", "CU", "DO"})
"""Countries that write «$» for pesos."""


def money_of_family(unit: str, lang: str, countries: AbstractSet[str]) -> str:
    """Return the money of a family («dinar» → TND) where the *countries* leave one, else the family.

    *countries* are those of the source and the text.
    """
    families: dict[str, Any] = table("units")["families"]
    family: dict[str, str] | None = families.get(unit)
    if family is None:
        return unit
    if unit == "dollar" and countries & DOLLAR_SIGN_OF_PESOS:
        return unit
    named = {family[country] for country in countries & family.keys()}
    if named:
        money = next(iter(named)) if len(named) == 1 else unit
        return unit if unit in WORLD_MONEY and money != WORLD_MONEY[unit] else money
    homes: dict[str, str] = table("units")["family_homes"].get("fa" if lang == "fa-AF" else lang, {})
    return homes.get(unit, WORLD_MONEY.get(unit, unit))


def of_sign(sign: str, letters: str, lang: str) -> str | None:
    """Return the money of a sign and the *letters* right before it («A$», «¥»); None for one of several."""
    signs: dict[str, str] = table("units")["signs"]
    if sign == "$":
        return LETTERS_OF_DOLLARS.get(letters) if letters else "dollar"
    if sign == "¥":
        return YEN_SIGN.get(lang)
    return signs.get(sign)
