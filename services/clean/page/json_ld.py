"""Reads the articles that a page describes in JSON-LD, with common slips; of several the page's own."""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson

from services.clean.page.tree import HtmlPage
from services.clean.prepared_page import Claim
from shared.text import epochs
from shared.text.match_key import match_key

LONGEST_CLAIM = 500
"""Code points kept of what a page says of its article."""
DEEPEST = 5
"""Levels of a document that are looked at."""
MOST_THINGS = 50
"""Things of a list, and documents of a script, that are looked at."""
_ARTICLE_TYPES = re.compile(r"(?:article|posting|report|newsitem)$", re.IGNORECASE)
_PAGE_TYPES = re.compile(r"webpage$", re.IGNORECASE)
_WRAPPING = re.compile(r"\A[\s;/*]*(?:<!\[CDATA\[|<!--)?[\s/*]*|[\s;/*]*(?:\]\]>|-->)?[\s;/*]*\Z")
_STRING_OR_SLIP = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/|,(?:\s*,)*(?=\s*[}\]])', re.DOTALL)
_DOCUMENT = re.compile(r"[\[{]")
_BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})')
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_ROLES = {"headline": "title", "datePublished": "published", "dateModified": "modified", "description": "description", "author": "author",
         "dateCreated": "created", "publisher": "site_name", "articleSection": "section", "inLanguage": "locale", "sourceOrganization": "source", "isBasedOn": "source"}  # fmt: skip
_DATES = frozenset({"published", "created", "modified"})
_LOOSE_DATE = {
    role: re.compile(
        rf"""(?<![\w:.])["']?(?:schema:)?{key}["']?\s*:\s*(?:["']([^"'<>{{}}]{{4,60}})["']|(\d{{10,13}})(?![\d.]))"""
    )
    for role, key in (("published", "datePublished"), ("modified", "dateModified"))
}
"""A date in a script that is no JSON: without commas or marks, or cut."""
_ARTICLE_NAMED = re.compile(
    r"""["']?@type["']?\s*:\s*\[?\s*["'](?:[^"']*[/:])?\w*(?:Article|Posting|Report)["']"""
)
_DATE_DIGITS = (8, 12, 14)
"""Digits of a date that is written without signs: to the day, the minute, the second."""


class Script(NamedTuple):
    """The text of a script, and where it stands."""

    text: str
    span: tuple[int, int]


class Description(NamedTuple):
    """An article as a script describes it, and where the script stands."""

    thing: dict[str, Any]
    span: tuple[int, int]


def claims(page: HtmlPage, address: str, headline: str) -> Iterator[tuple[str, Claim]]:
    """Yield what the page's own article says of itself; *address* and *headline* tell it from others."""
    descriptions: list[Description] = []
    broken: list[Script] = []
    for script in _scripts(page):
        parsed = documents(script.text)
        if not parsed:
            broken.append(script)
        things = (thing for document in parsed for thing in _articles_in(document, 0))
        descriptions += [Description(thing, script.span) for thing in things]
    if not descriptions:
        yield from _loose_dates(broken)
    for thing, (start, end) in _of_this_page(descriptions, address, headline):
        for key, role in _ROLES.items():
            value = _as_text(thing.get(key))
            text = " ".join(html.unescape(html.unescape(value)).split())[:LONGEST_CLAIM]
            if text:
                at = page.source.find(value, start, end)
                span = (at, at + len(value)) if at >= 0 else (start, end)
                yield role, Claim(date_text(text) if role in _DATES else text, *span)


def _scripts(page: HtmlPage) -> Iterator[Script]:
    for script in page.all("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text:
            start = page.behind(script)
            yield Script(script.text, (start, min(len(page.source), start + len(script.text))))


def _loose_dates(scripts: list[Script]) -> Iterator[tuple[str, Claim]]:
    """Yield the dates of broken *scripts*, where one article alone is described, each date once."""
    if sum(len(_ARTICLE_NAMED.findall(script.text)) for script in scripts) != 1:
        return
    for role, pattern in _LOOSE_DATE.items():
        spans = {
            match[1] or match[2]: script.span for script in scripts for match in pattern.finditer(script.text)
        }
        if len(spans) == 1:
            text, span = next(iter(spans.items()))
            yield role, Claim(date_text(text.strip()), *span)


def documents(script: str) -> list[Any]:
    """Return the JSON documents in *script*, strict ones as they are, else without CDATA and comments."""
    try:
        return [orjson.loads(script)]
    except orjson.JSONDecodeError:
        pass
    text = _WRAPPING.sub("", script)
    if '"' not in text and "&quot;" in text:
        text = html.unescape(text)
    text = _STRING_OR_SLIP.sub(_mended, text)
    escaped = _SURROGATE.search(text) is not None
    parsed: list[Any] = []
    decoder = json.JSONDecoder(strict=False)
    at = 0
    while (opening := _DOCUMENT.search(text, at)) and len(parsed) < MOST_THINGS:
        try:
            document, at = decoder.raw_decode(text, opening.start())
            document = _without_lone_surrogates(document) if escaped else document
        except (ValueError, RecursionError):
            break
        parsed.append(document)
    return parsed


def _mended(match: re.Match[str]) -> str:
    text = match.group()
    return _BAD_ESCAPE.sub("", text) if text.startswith('"') else ""


def _without_lone_surrogates(document: Any) -> Any:
    """Return *document* without lone halves of a surrogate pair, which no record can hold."""
    return json.loads(json.dumps(document, ensure_ascii=False).encode("utf-8", "ignore"))


def _articles_in(content: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Yield the articles in a document, also inside of lists, @graph and as the main entity of a page."""
    if depth > DEEPEST:
        return
    if isinstance(content, list):
        for item in content[:MOST_THINGS]:
            yield from _articles_in(item, depth + 1)
    elif isinstance(content, dict):
        if any(":" in key for key in content):
            content = {_bare_key(key): value for key, value in content.items()}
        if _is_of_type(content, _ARTICLE_TYPES) or _is_of_type(content, _PAGE_TYPES):
            yield content
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _articles_in(content.get(key), depth + 1)


def _bare_key(key: str) -> str:
    """Return the last part of a *key* that is an address or has a prefix: «schema:headline» → «headline»."""
    return key.rpartition("/" if "://" in key else ":")[2]


def _is_of_type(thing: dict[str, Any], types: re.Pattern[str]) -> bool:
    kinds = thing.get("@type", "")
    return any(
        isinstance(kind, str) and types.search(kind)
        for kind in (kinds if isinstance(kinds, list) else [kinds])
    )


def _of_this_page(descriptions: list[Description], address: str, headline: str) -> list[Description]:
    """Return the descriptions of the page's own article, articles before pages; none when it is unclear."""
    articles = [each for each in descriptions if _is_of_type(each.thing, _ARTICLE_TYPES)]
    pages = [each for each in descriptions if not _is_of_type(each.thing, _ARTICLE_TYPES)]
    path = _path(address)
    of_address = [each for each in articles if address and path in _paths(each.thing)]
    own = of_address or [each for each in articles if _has_headline(each.thing, headline)]
    if not own:
        own = [each for each in articles if not (address and any(_paths(each.thing)))]
        headlines = {match_key(_as_text(each.thing.get("headline"))) for each in own} - {""}
        own = own if len(headlines) <= 1 else []
    return [*own, *(pages if own or not articles else [])]


def _paths(thing: dict[str, Any]) -> list[str]:
    """Return the paths of the addresses that a description gives of its article."""
    paths: list[str] = []
    for key in ("url", "mainEntityOfPage", "@id"):
        value = thing.get(key)
        address = value.get("@id") or value.get("url") if isinstance(value, dict) else value
        if address and isinstance(address, str):
            paths.append(_path(address))
    return paths


def _path(address: str) -> str:
    """Return path and query of an *address*, which tell one page of a site from another; else nothing."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    path = parts.path.rstrip("/").removesuffix("/amp")
    return f"{path}?{parts.query}" if path or parts.query else ""


def _has_headline(thing: dict[str, Any], headline: str) -> bool:
    """Tell whether a description's title is part of *headline*, or holds it."""
    title = match_key(_as_text(thing.get("headline")) or _as_text(thing.get("name")))
    headline = match_key(headline)
    return bool(title and headline) and (title in headline or headline in title)


def _as_text(value: Any) -> str:
    """Return *value* as text: an object by its name, a list by its first item that has text."""
    if isinstance(value, list):
        return next((text for text in map(_as_text, value[:5]) if text), "")
    if isinstance(value, dict):
        return _as_text(value.get("@value") or value.get("name") or value.get("url"))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(int(value)) if math.isfinite(value) and abs(value) < 10**18 else ""
    return value if isinstance(value, str) else ""


def date_text(text: str) -> str:
    """Return a number that counts from 1970 as a readable date, any other as nothing, text as it is."""
    counted = epochs.moment(text)
    if counted:
        return counted.strftime("%Y-%m-%dT%H:%M:%SZ")
    return "" if text.isdecimal() and len(text) not in _DATE_DIGITS else text
