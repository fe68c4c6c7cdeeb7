"""What /metrics says: the product's names, each series from the start, ratios over the latest articles, lag
only while it is known.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from services.feed.core import raw_of
from services.feed.reading import named
from services.feed.reading.job import Job
from services.link import stage as link
from services.stages import work
from services.workshop.building import metrics_page
from shared import guard
from shared.contract import Emit, Folded, Message, Origin, StoriesHeld, Work
from shared.errors import REASONS
from shared.wire import codec, topics
from shared.wire.topics import STAGES
from shared.worker.lag_metrics import LAG_KEPT_S, LagMetrics, LagPlace
from shared.worker.metrics import LATEST_ARTICLES, Metrics
from tests.unit.link_articles import Lane, Page

SEEDS = Path(__file__).resolve().parents[1] / "seeds"
NOW = "2026-01-01T00:00:00.000Z"

NAMES = {
    "khabar_records_consumed_total": {"stage"},
    "khabar_records_finished_total": {"stage", "outcome"},
    "khabar_records_dead_lettered_total": {"stage", "reason"},
    "khabar_records_in_flight": {"stage"},
    "khabar_identity_gap_records": {"stage"},
    "khabar_record_duration_seconds": {"stage"},
    "khabar_record_age_seconds": {"stage", "run"},
    "khabar_transaction_duration_seconds": {"stage", "result"},
    "khabar_last_record_timestamp_seconds": {"stage"},
    "khabar_lanes": {"stage", "state"},
    "khabar_restore_remaining_records": {"stage"},
    "khabar_build_info": {"version", "model"},
    "khabar_consumer_lag_records": {"stage", "topic", "partition", "run"},
    "khabar_consumer_lag_seconds": {"stage", "topic", "run"},
    "khabar_articles_total": {"lang", "confidence_band"},
    "khabar_quality_ratio": {"kind"},
    "khabar_link_margin": {"lang_pair"},
    "khabar_stories_open": set[str](),
}
"""What rules and dashboards of others are written over: a name or a label is never changed."""


def values(registry: CollectorRegistry, name: str) -> dict[tuple[str, ...], float]:
    """Return the samples called *name* by the values of their labels."""
    return {
        tuple(s.labels.values()): s.value
        for family in registry.collect()
        for s in family.samples
        if s.name == name
    }


def metrics(stage: str) -> tuple[Metrics, CollectorRegistry]:
    registry, made = CollectorRegistry(), work(stage)
    return Metrics.create(
        stage, version="1", model="", metrics=made.metrics, warnings=made.warnings, registry=registry
    ), registry


def test_the_names_of_the_product_stay() -> None:
    found = {name: set(row.labels) for name, row in metrics_page.rows().items()}
    assert {name: found.get(name) for name in NAMES} == NAMES


def test_the_page_lists_what_is_exported() -> None:
    assert metrics_page.PAGE.read_text(encoding="utf-8") == metrics_page.text(), (
        "print it with: python -m services.workshop.building.metrics_page"
    )


@pytest.mark.parametrize("worker", list(metrics_page.EXPORTERS))
def test_every_series_is_there_from_the_start(worker: str) -> None:
    registry = CollectorRegistry()
    metrics_page.EXPORTERS[worker](registry)
    for family in registry.collect():
        assert family.name.startswith("khabar_")
        assert family.samples, f"{family.name} has no child"
        assert len(family.documentation) > 5
        assert not any(sample.name.endswith("_created") for sample in family.samples), "counters double"
        if family.name != "khabar_build_info":
            assert {sample.value for sample in family.samples} == {0.0}


def test_a_stage_has_all_its_reasons_and_only_what_it_measures() -> None:
    registries = {stage: metrics(stage)[1] for stage in STAGES}
    for stage, registry in registries.items():
        assert set(values(registry, "khabar_records_dead_lettered_total")) == {
            (stage, reason) for reason in REASONS
        }
        assert set(values(registry, "khabar_record_age_seconds_count")) == {
            (stage, "live"),
            (stage, "replay"),
        }
    kinds = {
        stage: {kind for (kind,) in values(registry, "khabar_quality_ratio")}
        for stage, registry in registries.items()
    }
    assert kinds == {
        "clean": {"date_missing", "boilerplate"},
        "detect": {"und", "lang_hint_disagrees"},
        "extract": set(),
        "link": {"singleton_story"},
    }
    assert len(values(registries["detect"], "khabar_articles_total")) == 26 * 3
    assert len(values(registries["link"], "khabar_link_margin_count")) == 10
    assert [stage for stage, registry in registries.items() if values(registry, "khabar_stories_open")] == [
        "link"
    ]


def test_ratios_are_means_over_the_latest_articles() -> None:
    made, registry = metrics("detect")
    made.count_quality([("und", 1.0)] * 10)
    made.count_quality([("und", 0.0)] * 30)
    assert values(registry, "khabar_quality_ratio") == {("und",): 0.25, ("lang_hint_disagrees",): 0.0}
    made.count_quality([("und", 0.0)] * (LATEST_ARTICLES - 5))
    assert values(registry, "khabar_quality_ratio")["und",] == 0.0, "the first are forgotten"
    made.count_quality([("boilerplate", 1.0)])
    assert ("boilerplate",) not in values(registry, "khabar_quality_ratio"), "not what this stage measures"


def test_no_label_is_made_from_data() -> None:
    made, registry = metrics("detect")
    for lang in ("fa", "qaa", "another"):
        made.count_article(lang, 0.8)
    made.count_warning("cld2_disagrees")
    made.count_warning("whatever a page says")
    assert len(values(registry, "khabar_articles_total")) == 26 * 3
    assert values(registry, "khabar_articles_total")["other", "mid"] == 2
    assert values(registry, "khabar_warnings_total")["detect", "other"] == 1
    assert values(registry, "khabar_warnings_total")["detect", "cld2_disagrees"] == 1
    margins, registry = metrics("link")
    margins.count_margin("fa", "ar", 0.4)
    margins.count_margin("ar", "fa", 0.1)
    margins.count_margin("qaa", "fa", 0.1)
    found = {pair: n for pair, n in values(registry, "khabar_link_margin_count").items() if n}
    assert found == {("ar-fa",): 2, ("fa-other",): 1}


def emitted(stage: Work, message: Message) -> Emit:
    found = guard.extract(stage, message)
    folded = stage.fold(stage.state(), message, found)
    assert isinstance(folded, Folded)
    (emit,) = folded.outcomes
    assert isinstance(emit, Emit)
    return emit


@pytest.mark.parametrize(("page", "dated", "lang"), [("000", True, "fa"), ("002", False, "ar")])
def test_the_seeds_are_measured(page: str, dated: bool, lang: str) -> None:
    (given,) = named.submissions([str(next(SEEDS.glob(f"{page}*")))], Job(source="outlet"))
    assert given.item is not None
    raw = raw_of(given.item, given.payload, now=NOW)
    clean = emitted(work("clean"), Message(b"k", codec.encode(raw), Origin("articles.raw", 0, 0, 0)))
    ratios = dict(clean.quality)
    assert ratios["date_missing"] == (not dated)
    assert 0 <= ratios["boilerplate"] < 1
    detect = emitted(work("detect"), Message(b"k", clean.value, Origin("articles.clean", 0, 0, 0)))
    assert dict(detect.quality) == {"und": 0.0, "lang_hint_disagrees": 0.0}
    assert detect.language is not None
    assert detect.language[0] == lang
    for stage, emit in (("clean", clean), ("detect", detect)):
        assert set(emit.warnings) <= set(work(stage).warnings)
        assert {kind for kind, _ in emit.quality} <= set(work(stage).metrics)


FIRE = "Fire crews fought a blaze in the old timber market of Rasht through the night, the mayor said."
AGAIN = "The blaze in the old timber market of Rasht is out, the mayor said; fire crews had fought it through the night."
VOTE = "Parliament in Tunis has passed the budget for next year after a debate of three days, by a narrow margin of four votes."


def test_margins_and_open_stories_of_a_lane() -> None:
    lane = Lane()
    lane.take(
        Page("a", "en", FIRE, at="2024-05-01T20:00:00.000Z", title="Blaze in the timber market of Rasht")
    )
    linked = lane.take(
        Page(
            "b",
            "en",
            AGAIN,
            at="2024-05-01T21:00:00.000Z",
            title="Blaze in the timber market of Rasht is out",
        )
    )
    lane.take(Page("c", "en", VOTE, at="2024-05-01T22:00:00.000Z", title="Tunis passes its budget"))
    assert linked["decision"] == "joined"
    margins = {emit.subject: emit.margin for emit in lane.sent if emit.topic == topics.LINKED.name}
    assert margins["b"] == ("en", "en", linked["margin"])
    assert margins["a"] is None, "there was nothing to weigh"
    for one in (lane, lane.restored()):
        assert link.stories(one.state) == StoriesHeld(open=2, recent=3, alone=1)  # type: ignore[arg-type]
    made, registry = metrics("link")
    made.show_stories(link.stories(lane.state))  # type: ignore[arg-type]
    assert values(registry, "khabar_stories_open") == {(): 2.0}
    assert values(registry, "khabar_quality_ratio") == {("singleton_story",): pytest.approx(1 / 3)}


def test_lag_is_shown_only_while_it_is_known() -> None:
    now, registry = [100.0], CollectorRegistry()
    made = LagMetrics(version="1", registry=registry, clock=lambda: now[0])

    def shown() -> dict[str, Any]:
        return {name: values(registry, f"khabar_consumer_lag_{name}") for name in ("records", "seconds")}

    assert shown() == {"records": {}, "seconds": {}}, "0 would say that all is read"
    made.show(
        {LagPlace("clean", "articles.raw", n, "live"): n for n in (0, 1)},
        {LagPlace("clean", "articles.raw", n, "live"): 2.0 * n for n in (0, 1)},
    )
    assert shown() == {
        "records": {("clean", "articles.raw", "0", "live"): 0, ("clean", "articles.raw", "1", "live"): 1},
        "seconds": {("clean", "articles.raw", "live"): 2.0},
    }
    now[0] += LAG_KEPT_S + 1
    assert shown() == {"records": {}, "seconds": {}}, "nobody measures any more"
