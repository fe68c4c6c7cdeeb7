"""A fifth service, whole: what it costs in lines, and that it runs."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import orjson

from shared.contract import Origin, Work
from shared.wire import headers, topics
from shared.worker.in_memory import Pipeline

INIT = '"""Tone: how harsh an article reads (an example of a fifth service)."""\n'

CORE = '''"""Score the tone of a text. Pure: no I/O, no clock, no Kafka."""

from __future__ import annotations

from msgspec import Struct

from shared.errors import BadRecord
from shared.records import Article

HARSH = frozenset({"تهدید", "تهديد", "threat"})


class Tone(Struct, frozen=True):
    """*harsh* is the share of words that are."""

    harsh: float


def score(article: Article) -> Tone:
    """Return how harsh *article* reads; raises BadRecord when there is nothing to read."""
    words = article.clean.text.split() if article.clean else []
    if not words:
        raise BadRecord("empty_text", "no text to judge")
    return Tone(sum(word in HARSH for word in words) / len(words))
'''

STAGE = '''"""Wiring: where tone sits in the flow."""

from tone.core import score
from shared.contract import Work
from shared.stage import BlockStep

STEP = BlockStep(sink="articles.tone", adds="tone", process=score)
WORK = Work(name="tone", version="1", source="articles.clean", extract=STEP)
'''

ELSEWHERE = 2 + 5
"""Lines in shared/wire/topics.py, and in docker-compose.yml."""

HEAD = {
    "schema": 1, "doc_id": "d1", "rev": "r", "rev_no": 1, "source": {"id": "x"}, "fetched_at": "", "first_seen_at": "", "declared": {},
    "raw_ref": {"topic": "articles.raw", "partition": 0, "offset": 0, "content_sha256": ""}, "unknown": [1.50],
}  # fmt: skip


def clean_block(text: str) -> dict[str, object]:
    quality = {
        "boilerplate_ratio": 0.0,
        "repeat_ratio": 0.0,
        "zwnj_lost_estimate": 0,
        "zwnj_inserted": 0,
        "chars": 1,
        "words": 1,
        "is_flash": False,
    }
    return {
        "text": text, "title": None, "lead": None, "align": [], "segments": [], "edits": {}, "published": None,
        "lang_hint": {"lang": "fa", "confidence": 1.0, "method": "x"}, "sources": [], "quality": quality,
        "fingerprint": {"body_sha256": "", "simhash64": "", "minhash": [], "version": 1}, "duplicate": [], "why": {}, "warnings": [],
        "by": {"stage": "clean", "version": "1"},
    }  # fmt: skip


def load(folder: Path) -> Work:
    (folder / "tone").mkdir()
    for name, text in (("__init__", INIT), ("core", CORE), ("stage", STAGE)):
        (folder / "tone" / f"{name}.py").write_text(text, encoding="utf-8")
    for name in ("tone", "tone.core", "tone.stage"):
        path = folder / "tone" / f"{name.partition('.')[2] or '__init__'}.py"
        spec = importlib.util.spec_from_file_location(
            name, path, submodule_search_locations=[str(folder / "tone")] if name == "tone" else None
        )
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    found: Work = sys.modules["tone.stage"].WORK
    return found


def test_it_costs_at_most_forty_lines() -> None:
    assert sum(text.count("\n") for text in (INIT, CORE, STAGE)) + ELSEWHERE <= 40


def test_it_gets_the_whole_machine_for_nothing(tmp_path: Path) -> None:
    pipeline = Pipeline([load(tmp_path)])
    good = orjson.dumps(HEAD | {"clean": clean_block("a threat here now")})
    odd = [
        b"not json",
        b"[]",
        orjson.dumps(HEAD | {"clean": clean_block("")}),
        orjson.dumps(HEAD | {"clean": {"text": 5}}),
        b"",
    ]
    for value in (good, *odd):
        pipeline.send("articles.clean", b"d1", value)
    (made,) = pipeline.topics["articles.tone"]
    assert made.value is not None
    assert made.value.startswith(good[:-1]), "earlier blocks and unknown fields are copied, byte for byte"
    assert orjson.loads(made.value)["tone"] == {"harsh": 0.25}
    assert headers.get(made.headers, "ce_type") == "news.article.tone.v1"
    letters = pipeline.topics[topics.dead("tone")]
    assert [letter.value for letter in letters] == odd
    assert [headers.get(letter.headers, headers.REASON) for letter in letters] == [
        "not_json",
        "not_an_object",
        "empty_text",
        "wrong_type",
        "not_json",
    ]
    assert isinstance(made.origin, Origin)
