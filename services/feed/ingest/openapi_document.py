"""The OpenAPI 3.1 document of the HTTP door: made of the types and limits that the door itself works with."""

from __future__ import annotations

from typing import Any

import msgspec
import orjson

from services.feed.core import Item
from services.feed.ingest import request_body
from services.feed.ingest.http_problem import MEDIA_TYPE
from shared.errors import REASONS
from shared.records.raw import MAX_PAYLOAD_BYTES, Id
from shared.version import VERSION

ARTICLES, OPENAPI = "/v1/articles", "/v1/openapi.json"
PAGE_FIELDS = ("text", "html", "payload", "payload_b64")
SHARPER: dict[str, dict[str, Any]] = {
    "text": {"pattern": r"\S"},
    "html": {"pattern": r"\S"},
    "payload": {"pattern": r"\S"},
    "payload_b64": {"contentEncoding": "base64", "pattern": "^([A-Za-z0-9+/]{4})+$"},
    "fetched_at": {"format": "date-time", "pattern": "^(199[1-9]|20)"},
    "url": {"format": "uri"},
}
"""What the door wants of a string beside its type."""
UNREAD = {
    "type": "array",
    "items": {"type": "string"},
    "description": "Fields that were given in a form that says nothing; the article stands without them.",
}


def _schemas() -> dict[str, Any]:
    """Return the schemas of what comes in and goes out."""
    (item,), found = msgspec.json.schema_components([Item], ref_template="#/components/schemas/{name}")
    article = found.pop(item["$ref"].rpartition("/")[2])
    for name, more in SHARPER.items():
        article["properties"][name] |= more
    accepted = {"line": {"type": "integer", "minimum": 1}, "status": {"const": "accepted"}} | {
        name: {"type": "string"} for name in ("doc_id", "rev")
    }
    taken = _object(accepted)
    taken["properties"] = accepted | {"unread": UNREAD}
    refused = {
        "line": accepted["line"],
        "status": {"const": "refused"},
        "reason": {"enum": list(REASONS)},
        "detail": {"type": "string"},
    }
    counts = {name: {"type": "integer", "minimum": 0} for name in ("accepted", "refused")}
    results = {"type": "array", "items": {"oneOf": [taken, _object(refused)]}}
    return found | {
        "Article": article
        | {
            "required": ["source"],
            "anyOf": [{"required": [name]} for name in PAGE_FIELDS],
            "description": (
                f"One page as its scraper found it, of at most {MAX_PAYLOAD_BYTES} bytes. Where no source is given, the host of the url is "
                "taken. A field of another type than it should have costs that field, which the answer names as unread, and not the article; only "
                "a page, a source and a time of fetching that cannot be read are refused. Items of Scrapy, newspaper4k, news-please, Zyte, ninjs, schema.org and Media Cloud are understood too; further "
                "fields are kept."
            ),
        },
        "Answer": _object(counts | {"results": results}),
        "Problem": _object(
            {name: {"type": "string"} for name in ("title", "detail")} | {"status": {"type": "integer"}}
        ),
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _answer(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}},
    }


def _problem(description: str, *names: str) -> dict[str, Any]:
    made = {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    return made | (
        {"headers": {name: {"required": True, "schema": {"type": "string"}} for name in names}}
        if names
        else {}
    )


def _take() -> dict[str, Any]:
    """Return the operation that takes articles."""
    lines = {"schema": {"type": "string", "pattern": r"\S", "description": "An Article a line."}}
    source = {
        "name": "source",
        "in": "query",
        "schema": msgspec.json.schema(Id),
        "description": "The source of articles that name none: then they may.",
    }
    mib = request_body.LARGEST >> 20
    return {
        "operationId": "giveArticles",
        "summary": "Give articles: one JSON object, or JSON lines",
        "description": (
            f"A body may have {mib} MiB unpacked and {request_body.MOST_LINES} lines, and may come with Content-Encoding: gzip. "
            "An article is accepted when Kafka has it. Whatever is sent again does no harm: what is known is dropped, and counted. "
            "A request's traceparent (W3C Trace Context) goes on with its articles, through every stage into the story."
        ),
        "parameters": [source],
        "requestBody": {
            "required": True,
            "content": dict.fromkeys(sorted(request_body.LINES), lines)
            | {kind: {"schema": {"$ref": "#/components/schemas/Article"}} for kind in request_body.ONE},
        },
        "responses": {
            "200": _answer(
                "Kafka has every line: the accepted ones as articles, the refused ones as dead letters with their bytes."
            ),
            "422": _answer(
                "The one article of an application/json body was refused; it is a dead letter with its bytes."
            ),
            "400": _problem(
                "The body is empty, cut off or no whole gzip stream, or the address holds what the door does not know."
            ),
            "401": _problem("The token is missing or another.", "WWW-Authenticate"),
            "408": _problem("The body came too slowly."),
            "413": _problem("The body is too large, unpacked, or has too many lines."),
            "415": _problem("The door takes neither this Content-Type nor this Content-Encoding."),
            "429": _problem("Too much is on its way to Kafka. Send the same again.", "Retry-After"),
            "503": _problem(
                "Kafka is away, or the engine too far behind. Send the same again.", "Retry-After"
            ),
        },
    }


def document(*, guarded: bool) -> bytes:
    """Return the document; *guarded*: whether a token is asked for."""
    itself = {
        "description": "This document.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
    security: dict[str, Any] = (
        {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}} if guarded else {}
    )
    made = {
        "openapi": "3.1.0",
        "info": {
            "title": "Khabar: articles in",
            "version": VERSION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            ARTICLES: {"post": _take() | ({"security": [{"token": []}]} if guarded else {})},
            OPENAPI: {
                "get": {
                    "operationId": "describe",
                    "summary": "What this door takes",
                    "responses": {"200": itself},
                }
            },
        },
        "components": {"schemas": _schemas()} | security,
    }
    return orjson.dumps(made)
