"""What extract adds: who, where, when, how many, what was said, by whom, on whose word."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from shared.records.span import By, Span

MentionType = Literal["PER", "ORG", "LOC", "FAC", "NORP", "EVENT"]


class Candidate(Struct, frozen=True, kw_only=True):
    """Another entity a mention might be."""

    id: str
    score: float


class Mention(Struct, frozen=True, kw_only=True):
    """One name in the text.

    *skeleton* is its consonant key across scripts; *method* says which rule or model found it.
    """

    id: str
    start: int
    end: int
    exact: str
    prefix: str
    suffix: str
    type: MentionType
    norm: str
    skeleton: str
    entity_id: str
    id_basis: Literal["kb", "alias", "skeleton", "local"]
    method: str
    confidence: float
    alternatives: list[Candidate] | UnsetType = UNSET
    head_role: str | UnsetType = UNSET


class Entity(Struct, frozen=True, kw_only=True):
    """All mentions of one thing in this article; *label* by language, *salience* 0–1."""

    entity_id: str
    label: dict[str, str]
    type: MentionType
    salience: float
    mention_ids: list[str]
    names_used: list[str]


class Naming(Struct, frozen=True, kw_only=True):
    """How the article calls an entity, epithets included; no judgement."""

    entity_id: str
    surface: str
    naming_key: str
    start: int
    end: int


class Agent(Struct, frozen=True, kw_only=True):
    """Whom a statement is credited to: an entity, or just the words."""

    entity_id: str | UnsetType = UNSET
    text: str


class Attribution(Struct, frozen=True, kw_only=True):
    """On whose word a stretch of the article stands: the *cue*, the *agent*, the *scope* it covers."""

    id: str
    kind: Literal[
        "reported_by", "relayed_from", "source_line", "statement", "according_to", "dateline_outlet", "social"
    ]
    cue: Span
    agent: Agent
    scope: Span
    hop: int
    confidence: float


class Provenance(Struct, frozen=True, kw_only=True):
    """Where the document says it comes from; *chain* runs from the outlet to the origin."""

    self_claimed: str | UnsetType = UNSET
    declared_source: list[str]
    origin_guess: str | None
    chain: list[str]
    wire: bool


class Verb(Struct, frozen=True, kw_only=True):
    """The speech verb that introduces a quote."""

    lemma: str
    start: int
    end: int


class Speaker(Struct, frozen=True, kw_only=True):
    """Who speaks: a mention of the text, or *text* alone for «an American official»."""

    mention_id: str | UnsetType = UNSET
    entity_id: str | UnsetType = UNSET
    text: str | UnsetType = UNSET
    confidence: float


class Quote(Struct, frozen=True, kw_only=True):
    """Something said; *start*, *end* lie inside the quotation marks.

    *via* is the attribution it came through.
    """

    id: str
    start: int
    end: int
    mode: Literal["direct", "indirect", "mixed", "scare"]
    verb: Verb | UnsetType = UNSET
    speaker: Speaker | None
    via: str | UnsetType = UNSET
    lang: str


class TimeExpression(Struct, frozen=True, kw_only=True):
    """A time in the text; *value* is ISO 8601 (TIMEX3), None where only a guess would do."""

    start: int
    end: int
    type: Literal["DATE", "TIME", "DURATION", "SET"]
    value: str | None
    calendar: str
    anchor: Literal["published", "text", "none"]
    confidence: float


class EventDate(Struct, frozen=True, kw_only=True):
    """The day the article is about."""

    value: str
    precision: Literal["day"]
    basis: str
    confidence: float


class Place(Struct, frozen=True, kw_only=True):
    """A mention with coordinates (WGS 84 degrees)."""

    mention_id: str
    geonames_id: int | UnsetType = UNSET
    lat: float
    lon: float
    precision: Literal["country", "adm1", "city", "site"]
    role: Literal["event", "dateline", "mention"]


class Number(Struct, frozen=True, kw_only=True):
    """A quantity: *value* in *unit*, *of* what is counted (lemma key)."""

    start: int
    end: int
    value: float
    unit: str | None
    of: str | None
    approx: bool


class Vector(Struct, frozen=True, kw_only=True):
    """The article's meaning: *dim* int8 values in base64, times *scale*; centred per language."""

    model_sha256: str
    engine: str
    dim: int
    scale: float
    data: str


class Entities(Struct, frozen=True, kw_only=True):
    """All that extract found. *vector* is None with a why when the encoder was not there."""

    mentions: list[Mention]
    entities: list[Entity]
    namings: list[Naming]
    attributions: list[Attribution]
    provenance: Provenance
    quotes: list[Quote]
    times: list[TimeExpression]
    event_date: EventDate | None
    places: list[Place]
    numbers: list[Number]
    vector: Vector | UnsetType | None = UNSET
    degraded: bool
    snapshot_sha256: str | UnsetType = UNSET
    why: dict[str, str]
    warnings: list[str]
    by: By
