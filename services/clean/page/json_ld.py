"""Reads the articles that a page describes in JSON-LD, with common slips; of several the page's own."""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import orjson

from services.clean.page.tree import HtmlPage
from services.clean.prepared_page import Claim
from shared.text import epochs
from shared.text.match_key import match_key

LONGEST_CLAIM = 500
"""Code points kept of what a page says of its article."""
DEEPEST, MOST_THINGS = 5, 50
"""Levels of a document, and things of a list or a script, that are looked at."""
_ARTICLE_TYPES = re.compile(r"(?:article|posting|report|newsitem)$", re.IGNORECASE)
_PAGE_TYPES = re.compile(r"webpage$", re.IGNORECASE)
_WRAPPING = re.compile(r"\A[\s;/*]*(?:<!\[CDATA\[|<!--)?[\s/*]*|[\s;/*]*(?:\]\]>|-->)?[\s;/*]*\Z")
_STRING_OR_SLIP = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/|,(?:\s*,)*(?=\s*[}\]])', re.DOTALL)
_DOCUMENT = re.compile(r"[\[{]")
_BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})')
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_KEYS = {"headline": "title", "datePublished": "published", "dateModified": "modified", "description": "description", "author": "author",
         "dateCreated": "created", "publisher": "site_name", "articleSection": "section", "inLanguage": "locale", "sourceOrganization": "source", "isBasedOn": "source"}  # fmt: skip
_DATES = frozenset({"published", "created", "modified"})
_LOOSE = {
    role: re.compile(
        rf"""(?<![\w:.])["']?(?:schema:)?{key}["']?\s*:\s*(?:["']([^"'<>{{}}]{{4,60}})["']|(\d{{10,13}})(?![\d.]))"""
    )
    for role, key in (("published", "datePublished"), ("modified", "dateModified"))
}
"""A date in a script that is no JSON: without commas or marks, or cut."""
_ARTICLE_NAMED = re.compile(
    r"""["']?@type["']?\s*:\s*\[?\s*["'](?:[^"']*[/:])?\w*(?:Article|Posting|Report)["']"""
)
_DATED = (8, 12, 14)
"""Digits of a date that is written without signs: to the day, the minute, the second."""


def claims(page: HtmlPage, address: str, headline: str) -> Iterator[tuple[str, Claim]]:
    """Yield what the page's own article says of itself; *address* and *headline* tell it from others."""
    read = [(documents(script), script, place) for script, place in _scripts(page)]
    found = [(thing, place) for held, _, place in read for document in held for thing in _things(document, 0)]
    if not found:
        yield from _loose(
            [script for held, script, _ in read if not held], [place for held, _, place in read if not held]
        )
    for thing, (start, end) in _own(found, address, headline):
        for key, role in _KEYS.items():
            value = _plain(thing.get(key))
            text = " ".join(html.unescape(html.unescape(value)).split())[:LONGEST_CLAIM]
            if text:
                at = page.source.find(value, start, end)
                yield (
                    role,
                    Claim(
                        moment(text) if role in _DATES else text,
                        *((at, at + len(value)) if at >= 0 else (start, end)),
                    ),
                )


def _loose(scripts: list[str], places: list[tuple[int, int]]) -> Iterator[tuple[str, Claim]]:
    """Yield the dates of broken *scripts*, where one article alone is described, each date once."""
    if sum(len(_ARTICLE_NAMED.findall(script)) for script in scripts) != 1:
        return
    for role, pattern in _LOOSE.items():
        said = {
            match[1] or match[2]: place
            for script, place in zip(scripts, places, strict=True)
            for match in pattern.finditer(script)
        }
        if len(said) == 1:
            text, place = next(iter(said.items()))
            yield role, Claim(moment(text.strip()), *place)


def _scripts(page: HtmlPage) -> Iterator[tuple[str, tuple[int, int]]]:
    for script in page.all("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text:
            start = page.behind(script)
            yield script.text, (start, min(len(page.source), start + len(script.text)))


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
    out: list[Any] = []
    decoder = json.JSONDecoder(strict=False)
    at = 0
    while (begin := _DOCUMENT.search(text, at)) and len(out) < MOST_THINGS:
        try:
            document, at = decoder.raw_decode(text, begin.start())
            document = _whole(document) if escaped else document
        except (ValueError, RecursionError):
            break
        out.append(document)
    return out


def _whole(document: Any) -> Any:
    """Return *document* without lone halves of a surrogate pair, which no record can hold."""
    return json.loads(json.dumps(document, ensure_ascii=False).encode("utf-8", "ignore"))


def _mended(found: re.Match[str]) -> str:
    text = found.group()
    return _BAD_ESCAPE.sub("", text) if text.startswith('"') else ""


def _things(content: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Yield the articles in a document, also inside of lists, @graph and as the main entity of a page."""
    if depth > DEEPEST:
        return
    if isinstance(content, list):
        for item in content[:MOST_THINGS]:
            yield from _things(item, depth + 1)
    elif isinstance(content, dict):
        if any(":" in key for key in content):
            content = {
                key.rpartition(":")[2] if "://" not in key else key.rpartition("/")[2]: value
                for key, value in content.items()
            }
        if _is(content, _ARTICLE_TYPES) or _is(content, _PAGE_TYPES):
            yield content
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _things(content.get(key), depth + 1)


def _is(thing: dict[str, Any], types: re.Pattern[str]) -> bool:
    kinds = thing.get("@type", "")
    return any(
        isinstance(kind, str) and types.search(kind)
        for kind in (kinds if isinstance(kinds, list) else [kinds])
    )


type Found = list[tuple[dict[str, Any], tuple[int, int]]]


def _own(found: Found, address: str, headline: str) -> Found:
    """Return the descriptions of the page's own article, articles before pages; none when it is unclear."""
    articles = [one for one in found if _is(one[0], _ARTICLE_TYPES)]
    pages = [one for one in found if one not in articles]
    here = [one for one in articles if address and _path(address) in map(_path, _addresses(one[0]))]
    titled = [
        one
        for one in articles
        if _is_headline(_plain(one[0].get("headline")) or _plain(one[0].get("name")), headline)
    ]
    elsewhere = [
        one for one in articles if address and any(map(_path, _addresses(one[0]))) and one not in here
    ]
    own = here or titled or [one for one in articles if one not in elsewhere]
    told_apart = {match_key(_plain(thing.get("headline"))) for thing, _ in own} - {""}
    if not (here or titled) and len(told_apart) > 1:
        own = []
    return [*own, *(pages if own or not articles else [])]


def _addresses(thing: dict[str, Any]) -> list[str]:
    named = (thing.get(key) for key in ("url", "mainEntityOfPage", "@id"))
    return [
        text
        for one in named
        if (text := one.get("@id") or one.get("url") if isinstance(one, dict) else one)
        and isinstance(text, str)
    ]


def _path(address: str) -> str:
    """Return what tells one page of a site from another; empty for no address."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    path = parts.path.rstrip("/").removesuffix("/amp")
    return f"{path}?{parts.query}" if path or parts.query else ""


def _is_headline(a: str, b: str) -> bool:
    a, b = match_key(a), match_key(b)
    return bool(a and b) and (a in b or b in a)


def _plain(value: Any) -> str:
    """Return a string, a number as one, or the name of an object, of the first that has one."""
    if isinstance(value, list):
        return next((text for text in map(_plain, value[:5]) if text), "")
    if isinstance(value, dict):
        return _plain(value.get("@value") or value.get("name") or value.get("url"))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(int(value)) if math.isfinite(value) and abs(value) < 10**18 else ""
    return value if isinstance(value, str) else ""


def moment(text: str) -> str:
    """Return a number that counts from 1970 as a readable date, other text as it is, no moment as nothing."""
    counted = epochs.moment(text)
    if counted:
        return counted.strftime("%Y-%m-%dT%H:%M:%SZ")
    return "" if text.isdecimal() and len(text) not in _DATED else text
