"""What the head of an HTML page claims: JSON-LD, OpenGraph, meta, times; each with its place in the payload."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import orjson

from services.clean.page import Claim, Markup
from shared.text.key import match_key

_META = re.compile(r"<meta\s([^<>]{0,3000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z:_-]{1,40})\s{0,5}=\s{0,5}(?:"([^"]{0,3000})"|'([^']{0,3000})'|([^\s"'>]{1,500}))""")
_LINK = re.compile(r"<link\s([^<>]{0,1000})>", re.IGNORECASE)
_TIME = re.compile(r"""<time\s[^<>]{0,500}?datetime\s?=\s?["']([^"'<>]{8,40})["']""", re.IGNORECASE)
_HEADING = re.compile(r"<h1(?:\s[^<>]{0,500})?>", re.IGNORECASE)
_TITLE = re.compile(r"<title(?:\s[^<>]{0,200})?>", re.IGNORECASE)
_LD = re.compile(r"""<script\s[^<>]{0,300}ld\+json[^<>]{0,300}>""", re.IGNORECASE)
_HTML_LANG = re.compile(r"""<html\s[^<>]{0,500}?\blang\s?=\s?["']?([A-Za-z-]{2,12})""", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[^<>]{0,2000}>")
LONGEST_CLAIM = 500
LONGEST_HEADING = 600
SAME_TITLE = 0.4
"""Two titles are one when the shorter holds at least this share of the longer, which may name the site too."""
_SITE_EDGE = re.compile(r"\s[|–—»«:•-]{1,2}\s|\s?[|»]\s?")

_META_KEYS = {
    "og:title": "title", "twitter:title": "title", "og:description": "description", "twitter:description": "description",
    "description": "description", "article:published_time": "published", "article:modified_time": "modified", "author": "author",
    "article:author": "author", "og:site_name": "site_name", "article:section": "section", "og:url": "url", "og:locale": "locale",
    "og:type": "type", "datepublished": "published", "datemodified": "modified", "pubdate": "published", "publishdate": "published",
    "dc.date": "published", "dc.date.issued": "published", "dcterms.created": "published", "date": "published", "lastmod": "modified",
    "parsely-pub-date": "published", "sailthru.date": "published", "publish-date": "published", "og:article:published_time": "published",
    "og:article:modified_time": "modified", "keywords": "keywords", "news_keywords": "keywords", "headline": "title", "dc.title": "title",
}  # fmt: skip
_ARTICLE_TYPES = re.compile(r"(?:article|posting|report|newsitem|webpage)$", re.IGNORECASE)


def read_markup(source: str) -> tuple[Markup, dict[str, list[Claim]]]:
    """Return what *source* claims, and every claim by role (published, modified …), the most trusted first."""
    claims: dict[str, list[Claim]] = {}
    for role, claim in (*_json_ld(source), *_metas(source), *_times(source)):
        claims.setdefault(role, []).append(claim)
    title = _headline(source, claims)
    declared = {role: found[0].text for role, found in claims.items()}
    lang = _HTML_LANG.search(source)
    if lang:
        declared["lang"] = lang[1]
    canonical = _canonical(source)
    if canonical:
        declared["canonical_url"] = canonical
    if title:
        declared.setdefault("title", title.text)
    return Markup(title, _lead(claims, title), _author(claims, canonical), declared), claims


def _lead(claims: dict[str, list[Claim]], title: Claim | None) -> Claim | None:
    """Return the first description that says more than the headline."""
    return next((claim for claim in claims.get("description", ()) if title is None or not _same(claim.text, title.text)), None)


def _author(claims: dict[str, list[Claim]], canonical: str) -> Claim | None:
    """Return the first author that is a name: no address, and not the site itself."""
    sites = [_letters(claim.text) for claim in claims.get("site_name", ())]
    held = "|".join([*sites, _letters(urlsplit(canonical).netloc)])
    for claim in claims.get("author", ()):
        name = _letters(claim.text)
        if name and "://" not in claim.text and name not in held and not any(site and name.startswith(site) for site in sites):
            return claim
    return None


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, match_key(text)))


def _headline(source: str, claims: dict[str, list[Claim]]) -> Claim | None:
    """Return the <h1>, unless it is a logo: what no other title of the page holds; then the claimed title, then the window's."""
    heading = _element_text(source, _HEADING, "</h1")
    window = _without_site(_element_text(source, _TITLE, "</title"))
    others = [claim for claim in (_first(claims, "title"), window) if claim]
    if heading and (not others or any(_same(heading.text, other.text) for other in others)):
        return heading
    return others[0] if others else None


def _same(a: str, b: str) -> bool:
    """Tell whether one text is most of the other."""
    a, b = match_key(a), match_key(b)
    return (a in b or b in a) and min(len(a), len(b)) >= SAME_TITLE * max(len(a), len(b))


def _without_site(window: Claim | None) -> Claim | None:
    """Return the longest part of a window's title: the others name the site."""
    if window is None:
        return None
    return Claim(max(_SITE_EDGE.split(window.text), key=len).strip(), window.start, window.end)


def _first(claims: dict[str, list[Claim]], role: str) -> Claim | None:
    return next(iter(claims.get(role, ())), None)


def _attributes(text: str) -> dict[str, tuple[str, int]]:
    """Name → (value, offset in *text*)."""
    out: dict[str, tuple[str, int]] = {}
    for found in _ATTRIBUTE.finditer(text):
        group = found.lastindex or 2
        out.setdefault(found[1].lower(), (found[group], found.start(group)))
    return out


def _claim(value: str, start: int) -> Claim | None:
    text = " ".join(_unescaped(value).split())[:LONGEST_CLAIM]
    return Claim(text, start, start + len(value)) if text else None


def _unescaped(value: str) -> str:
    """Also what was escaped twice: ``&amp;zwnj;``."""
    return html.unescape(html.unescape(value))


def _metas(source: str) -> Iterator[tuple[str, Claim]]:
    for found in _META.finditer(source):
        attributes = _attributes(found[1])
        name = next((attributes[key][0].lower() for key in ("property", "name", "itemprop") if key in attributes), "")
        if name in _META_KEYS and "content" in attributes:
            value, at = attributes["content"]
            claim = _claim(value, found.start(1) + at)
            if claim:
                yield _META_KEYS[name], claim


def _times(source: str) -> Iterator[tuple[str, Claim]]:
    for found in _TIME.finditer(source):
        yield "time", Claim(found[1], *found.span(1))


def _canonical(source: str) -> str:
    for found in _LINK.finditer(source):
        attributes = _attributes(found[1])
        if attributes.get("rel", ("", 0))[0].lower() == "canonical" and "href" in attributes:
            return html.unescape(attributes["href"][0])[:LONGEST_CLAIM]
    return ""


def _element_text(source: str, opening: re.Pattern[str], closing: str) -> Claim | None:
    """Text of the first element that has one."""
    for found in opening.finditer(source):
        end = source.find(closing, found.end(), found.end() + LONGEST_HEADING)
        if end < 0:
            continue
        text = " ".join(_unescaped(_ANY_TAG.sub(" ", source[found.end() : end])).split())
        if text:
            return Claim(text, found.end(), end)
    return None


def _json_ld(source: str) -> Iterator[tuple[str, Claim]]:
    for found in _LD.finditer(source):
        end = source.find("</script", found.end())
        if end < 0:
            return
        try:
            content = orjson.loads(source[found.end() : end].strip().replace("\n", " ").replace("\t", " ").replace("\r", " "))
        except orjson.JSONDecodeError:
            continue
        for thing in _things(content, depth=0):
            yield from _of_article(thing, source, found.end(), end)


def _things(content: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Articles in a JSON-LD document, also inside of lists and @graph."""
    if depth > 4:
        return
    if isinstance(content, list):
        for item in content[:50]:
            yield from _things(item, depth + 1)
    elif isinstance(content, dict):
        kinds = content.get("@type", "")
        if any(_ARTICLE_TYPES.search(kind) for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)):
            yield content
        yield from _things(content.get("@graph"), depth + 1)


_LD_KEYS = {"headline": "title", "datePublished": "published", "dateModified": "modified", "description": "description", "author": "author",
            "publisher": "site_name", "articleSection": "section", "inLanguage": "locale", "sourceOrganization": "source", "isBasedOn": "source"}  # fmt: skip


def _of_article(thing: dict[str, Any], source: str, start: int, end: int) -> Iterator[tuple[str, Claim]]:
    for key, role in _LD_KEYS.items():
        value = _plain(thing.get(key))
        text = " ".join(_unescaped(value).split())[:LONGEST_CLAIM]
        if text:
            at = source.find(value, start, end)
            yield role, Claim(text, at, at + len(value)) if at >= 0 else Claim(text, start, end)


def _plain(value: Any) -> str:
    """Return a string, or the name of an object, of the first that has one."""
    if isinstance(value, list):
        return next((text for text in map(_plain, value[:5]) if text), "")
    if isinstance(value, dict):
        return _plain(value.get("name") or value.get("url"))
    return value if isinstance(value, str) else ""
