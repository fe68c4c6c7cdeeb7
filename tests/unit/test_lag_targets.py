"""Which groups' lag is shown, and under which labels."""

from __future__ import annotations

from services.lag.core import Target, added, expected, of_run
from shared.kafka.lag import LaneLag
from shared.records.alias import Alias, Segment
from shared.records.run import Run
from shared.wire import topics

LIVE = Alias()
PROMOTED = Alias(epoch=1, segments=[Segment(run="live"), Segment(run="v2", cut=[9], from_stage="extract")])


def run(name: str, **given: object) -> Run:
    fields = {
        "state": "running",
        "source": "articles.raw",
        "from_stage": "clean",
        "starts": [0, 0],
        "ends": [5, 7],
        "since": [0, 0],
    }
    return Run(name=name, by="test", at="", **(fields | given))  # type: ignore[arg-type]


def test_live_is_expected_whether_anybody_runs_or_not() -> None:
    found = {(one.group, one.source): (one.stage, one.topic, one.traffic) for one in expected(LIVE)}
    assert found == {
        ("khabar.clean", "articles.raw"): ("clean", "articles.raw", "live"),
        ("khabar.detect", "articles.clean"): ("detect", "articles.clean", "live"),
        ("khabar.extract", "articles.detected"): ("extract", "articles.detected", "live"),
        ("khabar.link", "articles.extracted"): ("link", "articles.extracted", "live"),
        ("khabar.pulse", "articles.linked"): ("pulse", "articles.linked", "live"),
        ("khabar.backfill", "articles.raw.backfill"): ("backfill", "articles.raw.backfill", "replay"),
    }, "old pages wait by design"


def test_a_run_is_a_replay_up_to_its_end() -> None:
    runs = {"v2": run("v2")}
    assert of_run("khabar.clean.v2", ["articles.raw"], LIVE, runs) == [
        Target("khabar.clean.v2", "articles.raw", "clean", "articles.raw", "replay", (5, 7))
    ]
    (later,) = of_run("khabar.detect.v2", ["articles.clean.v2"], LIVE, runs)
    assert (later.topic, later.traffic, later.ends) == ("articles.clean", "replay", ())
    (ordered,) = of_run("khabar.link.v2", ["articles.ordered.v2"], LIVE, runs)
    assert ordered.topic == "articles.ordered"
    (unplanned,) = of_run("khabar.clean.try-out", ["articles.raw.try-out"], LIVE, {})
    assert (unplanned.topic, unplanned.traffic) == ("articles.raw", "replay")


def test_what_readers_wait_for_is_live() -> None:
    runs = {"v2": run("v2", state="promoted", ends=None, from_stage="extract", source="articles.detected")}
    (promoted,) = of_run("khabar.extract.v2", ["articles.detected"], PROMOTED, runs)
    assert (promoted.traffic, promoted.ends) == ("live", ())
    shown = {one.stage: one.traffic for one in expected(PROMOTED) if one.stage != "pulse"}
    assert shown == {
        "clean": "live",
        "detect": "live",
        "extract": "replay",
        "link": "replay",
        "backfill": "replay",
    }
    views = [one for one in expected(PROMOTED) if one.stage == "pulse"]
    assert [(one.group, one.source, one.topic, one.traffic) for one in views] == [
        ("khabar.pulse.live_v2", "articles.linked", "articles.linked", "live"),
        ("khabar.pulse.live_v2", "articles.linked.v2", "articles.linked", "live"),
    ], "the view of before rests for ever"


def test_strangers_are_left_out() -> None:
    for group in (
        "connect-sink",
        "khabar",
        "khabar.clean",
        "khabar.web.v2",
        "khabar.pulse.live_v2",
        "khabar.clean.",
    ):
        assert of_run(group, ["articles.raw"], LIVE, {}) == []
    assert of_run("khabar.clean.v2", ["somebody.elses"], LIVE, {}) == []


def test_runs_share_their_labels() -> None:
    one, other = (
        Target(topics.group("clean", run), "articles.raw", "clean", "articles.raw", "replay")
        for run in ("a", "b")
    )
    lags = [(one, 0, LaneLag(0, 3, 9.5)), (other, 0, LaneLag(0, 4, 2.0)), (other, 1, LaneLag(7))]
    records, seconds = added(lags)
    assert records == {("clean", "articles.raw", 0, "replay"): 7, ("clean", "articles.raw", 1, "replay"): 0}
    assert seconds == {
        ("clean", "articles.raw", 0, "replay"): 9.5,
        ("clean", "articles.raw", 1, "replay"): 0.0,
    }
