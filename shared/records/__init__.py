"""What travels on the topics, field by field: one module a block, one record a topic.

Absent and null differ: a field that is UNSET was not looked for; None was looked for and not found, and the
block's ``why`` says under the field's name what was missing. Offsets count Unicode code points, 0-based,
end-exclusive.
"""

from shared.records.article import Article, Head, RawRef
from shared.records.clean import (
    Clean,
    DateValue,
    Duplicate,
    Fingerprint,
    Part,
    PublisherCode,
    Quality,
    Segment,
)
from shared.records.entities import (
    Agent,
    Attribution,
    Entities,
    Entity,
    EventDate,
    Mention,
    Naming,
    Number,
    Place,
    Provenance,
    Quote,
    TimeExpression,
    Vector,
)
from shared.records.language import Alternative, Language, LanguageSpan, Orthography
from shared.records.linked import Against, Evidence, Linked, Novelty, Other, RunnerUp, Threshold
from shared.records.pulse_window import SourceSilence, Window, WindowRow
from shared.records.raw import Declared, Raw, Scraper, Source
from shared.records.span import By, Span
from shared.records.story import Story, StoryEvent

__all__ = [
    "Against",
    "Agent",
    "Alternative",
    "Article",
    "Attribution",
    "By",
    "Clean",
    "DateValue",
    "Declared",
    "Duplicate",
    "Entities",
    "Entity",
    "EventDate",
    "Evidence",
    "Fingerprint",
    "Head",
    "Language",
    "LanguageSpan",
    "Linked",
    "Mention",
    "Naming",
    "Novelty",
    "Number",
    "Orthography",
    "Other",
    "Part",
    "Place",
    "Provenance",
    "PublisherCode",
    "Quality",
    "Quote",
    "Raw",
    "RawRef",
    "RunnerUp",
    "Scraper",
    "Segment",
    "Source",
    "SourceSilence",
    "Span",
    "Story",
    "StoryEvent",
    "Threshold",
    "TimeExpression",
    "Vector",
    "Window",
    "WindowRow",
]
