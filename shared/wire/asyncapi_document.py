"""The AsyncAPI 3.0 document of the topics: the contract that other teams read.

It is made of the one table of topics and of the schemas.

What AsyncAPI has no word for stands in fields of its own: ``x-dead-letters`` (where a channel's or a worker's
poison lies), ``x-transaction`` (how a writer commits, and by which transactional ids), ``x-principal`` (who
it is to a broker with passwords), ``x-private`` (values that may change with any release).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import orjson

from shared.errors import REASONS
from shared.version import VERSION
from shared.wire import codec, event_types, headers, topics, traces
from shared.wire.topics import Topic

SCHEMAS = Path(__file__).resolve().parents[1] / "schemas"
BINDING = "0.5.0"
BOUND_CONFIGS = ("cleanup.policy", "max.message.bytes", "retention.ms")
"""What the binding has a place for; the rest is how Kafka keeps its files."""
BLOCKS = ("clean", "language", "entities", "linked")
"""What each of the stages adds to an article, in their order."""

OUTSIDERS = frozenset({"exporters", "archive", "all"})
"""Readers in the table that stand for many, or keep how far they read with what they made of it: they have no
group of their own here.
"""

ABOUT = f"""What a reader must know:

* Read with `isolation.level=read_committed`: an aborted transaction's records stay in the topic, and only such a reader skips them.
* Between topics each record is there exactly once. At the edges (scraper in, your database) it may come twice: `ce_id` is then the same.
* Pass over fields that you do not know. A field may be added at any time; `schema` (now {codec.SCHEMA}) rises when one goes or changes.
* `{topics.ALIASES.name}` says which run is the one to read. While it is empty that is `live`, as each channel is written here; run `v2`
  spells every topic, group and transactional id with its name, as `articles.linked.v2`.
* What cannot be processed lies in `<stage>.dead`: key, value and headers as they came, the reason in headers beside them.
"""


def document() -> bytes:
    """Return the document as JSON that a person can read too."""
    description = {
        "asyncapi": "3.0.0",
        "id": "urn:khabar",
        "info": {
            "title": "Khabar: articles in, stories out",
            "version": VERSION,
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{bootstrap}",
                "protocol": "kafka",
                "description": "The broker that the workers have in KHABAR_KAFKA.",
                "variables": {
                    "bootstrap": {"default": "localhost:9092", "description": "host:port of one node"}
                },
                "bindings": {"kafka": {"bindingVersion": BINDING}},
            }
        },
        "channels": {topic.name: _channel(topic) for topic in topics.TOPICS},
        "operations": {name: operation for topic in topics.TOPICS for name, operation in _operations(topic)},
        "components": {
            "messages": {topic.name: _message(topic) for topic in topics.TOPICS},
            "schemas": _schemas(),
        },
    }
    return orjson.dumps(description, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _channel(topic: Topic) -> dict[str, Any]:
    kafka = {
        name: value.split(",") if name == "cleanup.policy" else int(value)
        for name, value in topic.configs().items()
        if name in BOUND_CONFIGS
    }
    dead = [
        topics.dead(reader)
        for reader in topic.readers
        if topics.dead(reader) in topics.BY_NAME and topic.name != topics.changelog(reader)
    ]
    return (
        {
            "address": topic.name,
            "title": topic.name,
            "description": f"Key: {topic.key}. Value: {topic.record}.",
            "messages": {"record": {"$ref": f"#/components/messages/{topic.name}"}},
            "bindings": {
                "kafka": {
                    "topic": topic.name,
                    "partitions": topic.partitions,
                    "topicConfiguration": kafka,
                    "bindingVersion": BINDING,
                }
            },
        }
        | ({"x-dead-letters": dead} if dead else {})
        | ({} if topic.schema or _of_dead(topic) else {"x-private": True})
    )


def _operations(topic: Topic) -> list[tuple[str, dict[str, Any]]]:
    """Return who sends to *topic* and who receives from it, each under a name of its own."""
    channel = {"channel": {"$ref": f"#/channels/{topic.name}"}}
    operations = []
    for writer in topic.writers:
        operation = {
            "action": "send",
            **channel,
            "summary": f"{writer} writes {topic.name}",
            "x-principal": topics.principal(writer),
        }
        operations.append(
            (f"{writer}.send.{topic.name}", operation | {"x-transaction": _transaction(writer)})
        )
    for reader in topic.readers:
        if reader in OUTSIDERS:
            continue
        operation = {
            "action": "receive",
            **channel,
            "summary": f"{reader} reads {topic.name}",
            "x-principal": topics.principal(reader),
        }
        if topic in topics.FLOW and reader in topics.STAGES:
            group = {"groupId": {"type": "string", "const": topics.group(reader)}, "bindingVersion": BINDING}
            operation |= {"bindings": {"kafka": group}, "x-dead-letters": topics.dead(reader)}
        operations.append(
            (f"{reader}.receive.{topic.name}", operation | {"x-isolation-level": "read_committed"})
        )
    return operations


def _transaction(writer: str) -> dict[str, str]:
    """Return how *writer* commits.

    A lane of a stage sends its outputs, letters, state and input offset in one transaction.
    """
    if writer in topics.STAGES:
        source = topics.FLOW[topics.STAGES.index(writer)].name
        lane = topics.transactional_id(writer, source, 0).removesuffix("0") + "{partition}"
        return {"guarantee": "exactly once", "transactionalId": lane}
    if writer == "dead":
        return {
            "guarantee": "exactly once",
            "transactionalId": topics.transactional_id(writer, topics.dead("{stage}"), 0),
        }
    if writer == "replay":
        return {
            "guarantee": "exactly once",
            "transactionalId": topics.transactional_id(writer, topics.ALIASES.name, 0),
        }
    return {
        "guarantee": "at least once, with ids that do not change" if writer == "feed" else "at least once"
    }


def _of_dead(topic: Topic) -> bool:
    return topic.readers == ("dead",) and topic.name.endswith(".dead")


def _message(topic: Topic) -> dict[str, Any]:
    message: dict[str, Any] = {
        "name": topic.name,
        "title": topic.record,
        "bindings": {
            "kafka": {"key": {"type": "string", "description": topic.key}, "bindingVersion": BINDING}
        },
    }
    if _of_dead(topic):
        letter = {
            "headers": {"$ref": "#/components/schemas/LetterHeaders"},
            "payload": {"description": "Any bytes."},
        }
        return message | {"contentType": "application/octet-stream"} | letter
    if not topic.schema:
        return message | {"payload": {"description": topic.record}}
    kind = {"$ref": f"#/components/schemas/{_title(topic.schema)}"}
    if topic in topics.FLOW[1:]:
        message["payload"] = {"allOf": [kind, {"required": list(BLOCKS[: topics.FLOW.index(topic)])}]}
    else:
        message["payload"] = kind
    types = _event_types(topic)
    if types:
        raw = topic in (topics.RAW, topics.BACKFILL)  # a foreign producer may send bare records
        of_type = {"properties": {"ce_type": {"enum": types}}, "required": [] if raw else list(ENVELOPE)}
        message["headers"] = {"allOf": [{"$ref": "#/components/schemas/Envelope"}, of_type]}
    return message


def _event_types(topic: Topic) -> list[str]:
    """Return the CloudEvents types of what lies in *topic*; none for control topics."""
    if topic in (topics.RAW, topics.BACKFILL):
        return [event_types.RAW]
    if topic in topics.FLOW:
        return [event_types.of_article(topic.name)]
    if topic == topics.STORIES:
        return [event_types.STORY]
    if topic == topics.STORY_EVENTS:
        return [
            event_types.of_story(event) for event in _schemas()["StoryEvent"]["properties"]["event"]["enum"]
        ]
    return []


ENVELOPE: dict[str, dict[str, Any]] = {
    "ce_specversion": {"const": "1.0"},
    "ce_type": {"type": "string", "description": "What happened."},
    "ce_id": {
        "type": "string",
        "pattern": "^[0-9a-f]{64}$",
        "description": "The same input and code give the same id: drop repeats by it.",
    },
    "ce_source": {"type": "string", "pattern": "^/stage/", "description": "The stage that made it."},
    "ce_subject": {"type": "string", "description": "The document or story."},
    "ce_time": {
        "type": "string",
        "format": "date-time",
        "description": "When it was made: the only wall clock of a record.",
    },
    "ce_dataschema": {
        "type": "string",
        "pattern": "^urn:khabar:schema:",
        "description": "The schema of the value.",
    },
    "content-type": {"const": "application/json"},
    "ce_partitionkey": {"type": "string", "description": "The key again."},
    "ce_causeid": {"type": "string", "description": "The ce_id of the record it was made from."},
    "ce_runid": {"type": "string", "description": "live, or the name of a run."},
    "ce_stagever": {"type": "string"},
    "ce_instance": {"type": "string"},
    "ce_tookms": {"type": "string", "pattern": "^[0-9]+$", "description": "Milliseconds of work on it."},
    headers.ORIGIN: {"type": "string", "description": "topic/partition/offset/timestamp of the raw record."},
    headers.CAUSE: {
        "type": "string",
        "description": "topic/partition/offset/timestamp of the record it was made from.",
    },
    traces.PARENT: {
        "type": "string",
        "pattern": f"^{traces.FORM.pattern.decode()}$",
        "description": "W3C Trace Context: one trace from the scraper's request to the story, one span a stage.",
    },
}

LETTER: dict[str, dict[str, Any]] = {
    headers.REASON: {"enum": list(REASONS), "description": "Why it could not be processed."},
    "khabar-detail": {"type": "string"},
    "khabar-where": {"type": "string", "description": "file:line of Khabar that refused it."},
    "khabar-stage": {"type": "string"},
    "khabar-version": {"type": "string"},
    "khabar-topic": {"type": "string", "description": "Where it lay."},
    "khabar-partition": {"type": "string"},
    "khabar-offset": {"type": "string"},
    "khabar-timestamp": {"type": "string"},
    "khabar-attempts": {"type": "string"},
    traces.PARENT: ENVELOPE[traces.PARENT] | {"description": "W3C Trace Context: the step that failed."},
}


def _title(name: str) -> str:
    return str(_file(name)["$ref"].rpartition("/")[2])


@cache
def _file(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = orjson.loads((SCHEMAS / f"{name}.{codec.SCHEMA}.json").read_bytes())
    return schema


@cache
def _schemas() -> dict[str, Any]:
    """Return every type of the schema files in AsyncAPI's words, JSON Schema of draft 7.

    Two records may each have a type of one name, a page's Segment and an alias's: such a one is called
    ``Alias.Segment``.
    """
    schemas: dict[str, Any] = {}
    for record in dict.fromkeys(topic.schema for topic in topics.TOPICS if topic.schema):
        types = _file(record)["$defs"]
        names = {name: name for name in types} | {
            name: f"{_title(record)}.{name}"
            for name in types
            if name in schemas and schemas[name] != _in_draft_7(types[name], {})
        }
        schemas |= {names[name]: _in_draft_7(schema, names) for name, schema in types.items()}
    schemas = dict(sorted(schemas.items()))
    schemas["Envelope"] = {
        "type": "object",
        "description": "CloudEvents 1.0, Kafka binding, binary mode.",
        "properties": ENVELOPE,
    }
    schemas["LetterHeaders"] = {
        "type": "object",
        "description": "The headers of a dead letter: those the record came with, and these.",
        "properties": LETTER,
        "required": list(LETTER),
    }
    return schemas


def _in_draft_7(schema: Any, names: dict[str, str]) -> Any:
    """Return *schema* with its types under their *names* in the document; those not named keep theirs."""
    if isinstance(schema, list):
        return [_in_draft_7(part, names) for part in schema]
    if not isinstance(schema, dict):
        return schema
    converted = {name: _in_draft_7(value, names) for name, value in schema.items()}
    if isinstance(converted.get("$ref"), str):
        name = converted["$ref"].removeprefix("#/$defs/")
        converted["$ref"] = f"#/components/schemas/{names.get(name, name)}"
    if "prefixItems" in converted:
        converted["additionalItems"], converted["items"] = converted["items"], converted.pop("prefixItems")
    return converted
