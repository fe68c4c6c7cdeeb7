"""The OpenAPI 3.1 document of the page: made of the types that the archive answers with."""

from __future__ import annotations

import functools
from typing import Any

import msgspec
import orjson

from services.archive.reading.answers import (
    ArticlePage,
    EntityPage,
    Found,
    MarkPage,
    PastStory,
    RunList,
    RunPage,
    Standing,
    StoryList,
    StoryPage,
)
from services.web.views.asked import LONGEST, MOST_SKIPPED
from services.web.views.front_view import SORTS
from services.web.views.search_view import WAYS
from shared.version import VERSION

ANSWERS = (
    StoryList,
    StoryPage,
    PastStory,
    ArticlePage,
    EntityPage,
    Found,
    MarkPage,
    RunList,
    RunPage,
    Standing,
)
REFERENCE = "#/components/schemas/{name}"
FEEDS = {
    "/story/{name}.csv": "text/csv",
    "/story/{name}.jsonld": "application/ld+json",
    "/story/{name}.ninjs": "application/json",
    "/story/{name}.rss": "application/rss+xml",
    "/entity/{name}.rss": "application/rss+xml",
    "/stories.rss": "application/rss+xml",
    "/search.rss": "application/rss+xml",
}
NAME = {
    "name": "name",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST},
}


def _query(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "schema": {"type": "string", "maxLength": LONGEST} | schema,
    }


WHICH = [
    _query("sort", "In which order.", enum=[*SORTS]),
    _query("lang", "With an article in this language (BCP 47)."),
    _query("source", "With an article of this source."),
    _query("place", "With this place: an entity's id."),
    _query("person", "With this person: an entity's id."),
    _query("event_from", "Day of the event, from this one on.", format="date"),
    _query("event_to", "Day of the event, up to this one.", format="date"),
]
PAIR = [
    _query("first", "The id of an article.", minLength=1) | {"required": True},
    _query("second", "The id of another one.", minLength=1) | {"required": True},
]
SOUGHT = [
    _query("q", "What to search for, in any spelling and script."),
    _query("lang", "In articles of this language."),
    _query("source", "In articles of this source."),
    _query("by", "By words in any spelling, or by what is meant in whatever language.", enum=[*WAYS]),
    {"name": "skip", "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": MOST_SKIPPED}},
]


def _given(description: str, media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {media_type: {"schema": schema}}}


def _operation(summary: str, answer: dict[str, Any], parameters: list[dict[str, Any]]) -> dict[str, Any]:
    responses = {"200": answer}
    for status, what in (
        ("400", "A parameter cannot be read."),
        ("404", "It is not in the archive."),
        ("503", "There is no archive yet."),
    ):
        responses[status] = _given(what, "application/problem+json", {"$ref": "#/components/schemas/Problem"})
    return {"get": {"summary": summary, "parameters": parameters, "responses": responses}}


def _mark() -> dict[str, Any]:
    """Return what is taken at /mark: a form, with the token in it or as a bearer."""
    text = {"type": "string"}
    form = {
        "type": "object",
        "properties": dict.fromkeys(("first", "second", "by", "note", "token", "key"), text)
        | {"same": {"enum": ["yes", "no"]}},
        "required": ["first", "second", "same"],
    }
    said = {
        "303": "Taken; the page of the two says so.",
        "400": "It cannot be read.",
        "401": "The token is missing or another.",
        "403": "Another site has asked.",
        "404": "The archive lacks one of the two, or nobody can mark.",
        "503": "Kafka has not confirmed it.",
    }
    return {
        "summary": "Say of two articles whether they tell one story",
        "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": form}}},
        "responses": {status: {"description": words} for status, words in said.items()},
    }


@functools.cache
def document() -> bytes:
    """Return the document, made once."""
    found, schemas = msgspec.json.schema_components(ANSWERS, ref_template=REFERENCE)
    by_name = dict(zip((kind.__name__ for kind in ANSWERS), found, strict=True))
    schemas["Problem"] = {
        "type": "object",
        "properties": {
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        },
        "required": ["title", "status", "detail"],
    }

    def told(*kinds: str, also: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
        shapes = [*(by_name[kind] for kind in kinds), *also]
        return _given(
            "What the page shows.", "application/json", shapes[0] if len(shapes) == 1 else {"anyOf": shapes}
        )

    paths = {
        "/index.json": _operation(
            "Live stories", told("StoryList"), [*WHICH, _query("after", "«next» of the former answer.")]
        ),
        "/story/{name}.json": _operation(
            "A story, or as it stood at a moment",
            told("StoryPage", "PastStory"),
            [NAME, _query("at", "RFC 3339.")],
        ),
        "/article/{name}.json": _operation(
            "An article", told("ArticlePage"), [NAME, _query("rev", "A revision.")]
        ),
        "/entity/{name}.json": _operation("A name", told("EntityPage"), [NAME]),
        "/search.json": _operation(
            "A search; null where nothing is sought", told("Found", also=({"type": "null"},)), SOUGHT
        ),
        "/mark.json": _operation("Two articles, and what was said of them", told("MarkPage"), PAIR),
        "/runs.json": _operation("The replays there are", told("RunList"), []),
        "/runs/{name}.json": _operation(
            "What a replay changes",
            told("RunPage"),
            [NAME, _query("against", "Against which other run; live where it is not given.")],
        ),
        "/ops.json": _operation("How the archive stands", told("Standing"), []),
    }
    for address, media_type in FEEDS.items():
        own = [NAME] if "{name}" in address else SOUGHT if "search" in address else WHICH
        kind: dict[str, Any] = {"type": "object"} if "json" in media_type else {"type": "string"}
        paths[address] = _operation(f"The same as {media_type}", _given("The whole.", media_type, kind), own)
    paths["/mark"] = {"post": _mark()}
    events = {
        "description": "Server-sent events: «story» for each one that changed.",
        "content": {"text/event-stream": {}},
    }
    paths["/events"] = {"get": {"summary": "What is new, as it comes", "responses": {"200": events}}}
    made = {
        "openapi": "3.1.0",
        "info": {
            "title": "Khabar: the page",
            "version": VERSION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": schemas},
    }
    return orjson.dumps(made)
