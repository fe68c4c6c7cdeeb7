"""The fit of the pair evidence: its terms are what the linker says, its weights what labels say, its figures
of what no fit has seen.
"""

from __future__ import annotations

import math
import zlib

import numpy as np
import pytest

from services.link.core import link
from services.link.memory.lane_state import LaneState
from services.link.model import model
from services.link.reading.notes import decode_notes
from services.link.reading.signature import Signature
from services.link.stage import extract
from services.link.weighing.candidates import weigh
from services.workshop.building.link.fit import Evidence, fit, precise
from services.workshop.building.link.labelled_pairs import Label, Labelled
from services.workshop.building.link.pair_terms import (
    FACTS,
    TERMS,
    compared,
    facts_of,
    score,
    shipped,
    with_weights,
)
from services.workshop.building.link.ridge import folds
from tests.unit.link_articles import Page

TELLS, SILENT = TERMS.index("anchors.figure_agree"), TERMS.index("anchors.town_agree")


def signed(page: Page) -> Signature:
    return extract(page.message())


PAGES = [
    Page("a", "fa", "رضا نادری و کاوه صفایی در شیراز گفتند ۱۲ نفر زخمی شدند", "2026-01-01T08:00:00Z", numbers=[("۱۲", 12, None, "injured")],
         names={"رضا نادری": ("PER", "p:1"), "کاوه صفایی": ("PER", "p:2")}, vector=bytes(range(1, 129)) * 3),
    Page("b", "fa", "رامین کلانی و جواد مرادی در شیراز گفتند ۱۷ نفر زخمی شدند", "2026-01-01T09:00:00Z", numbers=[("۱۷", 17, None, "injured")],
         names={"رامین کلانی": ("PER", "p:3"), "جواد مرادی": ("PER", "p:4")}, vector=bytes(range(1, 127)) * 3 + bytes(6)),
    Page("c", "de", "Reza Naderi sagte in Schiras, zwölf Menschen seien verletzt worden", None, names={"Reza Naderi": ("PER", "p:1")}),
]  # fmt: skip


def test_the_terms_of_a_pair_and_the_shipped_weights_give_the_score_of_a_story_of_one() -> None:
    known, (first, second, third) = model(), (signed(page) for page in PAGES)
    state = LaneState()
    for key, value in link(state, first, known).updates.items():
        state.apply(key, value)
    labels = [Label("made", "e", "w", one, other, True) for one, other in ("ab", "ca", "bc")]
    met = compared(
        Labelled([third, second, first], [*labels, Label("made", "e", "w", "a", "gone", False)]), known
    )
    assert [(label.a, label.b) for label in met.labels] == [("a", "b"), ("c", "a"), ("b", "c")]
    assert with_weights(known, shipped(known)) == known
    story = weigh(state, second, decode_notes(zlib.decompress(second.notes)), known).ranked[0]
    above = score(met.terms, shipped(known), known.clip) - met.line
    assert above[0] == pytest.approx(story.score, abs=1e-4)
    said = dict(zip(TERMS, met.terms[0].tolist(), strict=True))
    assert {name for name in FACTS if said[f"anchors.{name}"]} == {
        "people_conflict",
        "names_apart",
        "form",
        "figure_conflict",
    }
    assert said["anchors.form"] == pytest.approx(-float(story.pairs.words[0]))
    assert (said["within.short.bias"] + said["within.long.bias"], said["fade"]) == (
        pytest.approx(1),
        pytest.approx(-math.log1p(4)),
    )


def test_each_anchor_is_known_by_its_size() -> None:
    notes = decode_notes(zlib.decompress(signed(PAGES[0]).notes))
    found = dict(
        zip(
            FACTS,
            facts_of(notes, notes, model().anchors, same_language=True, words_log_odds=1.0).tolist(),
            strict=True,
        )
    )
    assert {name: count for name, count in found.items() if count} == {"person_agree": 2, "figure_agree": 1}


def made(events: int = 12, each: int = 20) -> Evidence:
    """Pairs in which one figure that agrees decides nine times of ten, and the rest is chance; in the second
    set it decides the other way.
    """
    dice = np.random.default_rng(3)
    n = events * each
    terms = dice.normal(size=(n, len(TERMS)))
    same = dice.random(n) < 0.5
    terms[:, TELLS] = np.where(dice.random(n) < 0.9, same, ~same) ^ (np.arange(n) >= n // 2)
    terms[:, SILENT] = 0
    event = np.repeat([f"e{i}" for i in range(events)], each)
    columns = {"kind": np.repeat(["one", "two"], n // 2), "event": event, "week": event}
    columns |= {side: np.array([f"{side}{i}" for i in range(n)]) for side in "ab"}
    return Evidence(terms, np.zeros(n), same, columns, columns["kind"] == "one", model())


def test_a_term_that_decides_gets_its_sign_and_one_that_never_speaks_stays_at_nought() -> None:
    found = fit(made())
    tells, silent = found["terms"][TERMS[TELLS]], found["terms"][TERMS[SILENT]]
    assert tells["fitted"] > 2 * tells["error"]["event"] > 0
    assert (silent["fitted"], silent["error"], silent["pairs"]) == (0, {"event": 0, "week": 0}, 0)
    assert tells["alone"]["fitted"] > 0
    assert found["by_event"]["two"]["fitted"]["average_precision"] < 0.5, (
        "a set that does not teach is judged all the same"
    )
    assert (
        found["by_event"]["one"]["fitted"]["average_precision"]
        > found["by_event"]["one"]["shipped"]["average_precision"]
    )


def test_no_fold_trains_on_the_event_it_judges_nor_on_a_document_of_it() -> None:
    groups = np.array(["flood", "flood", "match", "match"])
    docs = np.array([["a", "b"], ["a", "h"], ["x", "y"], ["x", "h"]])
    seen = {
        str(groups[judged][0]): (judged.tolist(), train.tolist()) for judged, train in folds(groups, docs)
    }
    assert seen == {
        "flood": ([True, True, False, False], [False, False, True, False]),
        "match": ([False, False, True, True], [True, False, False, False]),
    }


def test_precision_is_averaged_over_the_pairs_that_are_the_same() -> None:
    assert precise(np.array([3.0, 2.0, 1.0]), np.array([True, False, True])) == pytest.approx((1 + 2 / 3) / 2)
