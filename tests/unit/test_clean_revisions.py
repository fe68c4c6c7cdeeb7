"""Any scraper may send anything again: a lane knows what it has, numbers what changes, and never lets an old
text win.
"""

from __future__ import annotations

from services.clean.memory.lane_memory import Memory
from services.clean.memory.revisions import SEGMENT, ArrivingRevision, Revisions
from services.clean.stage import WORK
from shared.contract import Drop, Message, Origin, Reject
from shared.guard import fold as guarded
from shared.records import Article, Raw
from shared.wire import codec
from tests.unit.clean_pages import PERSIAN, Lane, raw

A, B = PERSIAN, PERSIAN + "\nادامه خبر در ساعات آینده اعلام خواهد شد."
NOON, ONE, TWO = "2022-02-01T12:00:00Z", "2022-02-01T13:00:00Z", "2022-02-01T14:00:00Z"


def page(text: str, at: str) -> Raw:
    return raw(text, doc_id="d1", fetched_at=at, first_seen_at=at)


def becomes(lane: Lane, text: str, at: str) -> int | str:
    """The number of the revision, or why it is dropped."""
    (outcome,) = lane.fold(page(text, at)).outcomes
    if isinstance(outcome, Drop):
        return outcome.reason
    assert not isinstance(outcome, Reject)
    return codec.decode(outcome.value, Article).rev_no


def test_a_known_revision_is_dropped_and_a_changed_page_is_numbered() -> None:
    lane = Lane()
    assert [becomes(lane, A, NOON), becomes(lane, A, ONE), becomes(lane, B, ONE), becomes(lane, B, TWO)] == [
        1,
        "known",
        2,
        "known",
    ]


def test_a_page_that_returns_to_an_earlier_wording_is_the_newest_again() -> None:
    lane = Lane()
    assert [becomes(lane, A, NOON), becomes(lane, B, ONE), becomes(lane, A, TWO), becomes(lane, A, TWO)] == [
        1,
        2,
        3,
        "known",
    ]


def test_a_late_retry_and_an_old_copy_never_win() -> None:
    lane = Lane()
    assert [becomes(lane, A, NOON), becomes(lane, B, TWO), becomes(lane, A, NOON)] == [1, 2, "known"]
    assert becomes(lane, A + "\nنسخه‌ای که هرگز نرسید.", ONE) == "outdated"


def test_two_versions_of_one_moment_fed_in_turn_come_to_rest() -> None:
    lane = Lane()
    assert [becomes(lane, text, NOON) for text in (A, B, A, B, A, B)] == [
        1,
        2,
        "known",
        "known",
        "known",
        "known",
    ]


def test_the_time_of_first_sight_survives_revisions() -> None:
    lane = Lane()
    first = lane.article(page(A, NOON))
    second = lane.article(page(B, TWO))
    assert (first.first_seen_at, second.first_seen_at) == (NOON, "2022-02-01T12:00:00.000Z")


def test_times_that_are_none_are_refused_where_they_enter() -> None:
    for wrong in ("yesterday", "", "2022-13-01T00:00:00Z", "1643673600"):
        record = raw(A, fetched_at=wrong)
        message = Message(None, codec.encode(record), Origin("articles.raw", 0, 0, 0))
        refused = guarded(WORK, Memory(), message, WORK.extract(message))
        assert isinstance(refused, Reject)
        assert refused.reason == "wrong_type"
        assert "fetched_at" in refused.detail


def test_a_restored_lane_knows_what_the_first_one_knew() -> None:
    first, items = Revisions(), dict[bytes, bytes | None]()
    arrived = [ArrivingRevision(f"d{i % 700}", f"r{i}", i, i) for i in range(2_000)]
    for one in arrived:
        updates = first.compare_revision(one).updates
        for key, value in updates.items():
            items.pop(key, None)
            items[key] = value
            first.apply(int(key.decode().partition("/")[2]), value)
    restored = Revisions()
    for key, value in items.items():
        restored.apply(int(key.decode().partition("/")[2]), value)
    later = [*arrived, *(one._replace(fetched_ms=5_000) for one in arrived[:700])]
    assert [restored.compare_revision(one) for one in later] == [first.compare_revision(one) for one in later]


def test_the_ring_forgets_the_oldest_and_keeps_what_is_sent_again() -> None:
    revisions = Revisions(segments=8)

    def take(number: int, doc: str) -> str:
        judged = revisions.compare_revision(ArrivingRevision(doc, "r", number, number))
        for key, value in judged.updates.items():
            revisions.apply(int(key.decode().partition("/")[2]), value)
        return judged.standing

    assert [take(0, "often"), take(0, "once")] == ["first", "first"]
    for number in range(12 * SEGMENT):
        assert take(number, f"d{number}") == "first"
        if number % SEGMENT == 0:
            assert take(number, "often") == "known"
    assert len(revisions) <= 8 * SEGMENT
    assert (take(0, "often"), take(0, "once")) == ("known", "first")


def test_state_of_an_older_release_stops_no_lane() -> None:
    lane = Lane()
    lane.memory.apply(b"rev/d1", b'[7, 1, ["0011223344556677"]]')
    assert becomes(lane, A, NOON) == 1
