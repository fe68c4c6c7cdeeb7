"""The taggers' parts: tagged text, gazetteer hits, the chain, confidence, the document pass, bundles."""

from __future__ import annotations

import gzip
import itertools
from pathlib import Path

import numpy as np
import pytest

from services.extract.tagger import bundle
from services.extract.tagger.bio_tags import WordSpan, bio, spans
from services.extract.tagger.chain import TAGS, Chains, best_paths, in_play, path_sums
from services.extract.tagger.confidence import calibrated
from services.extract.tagger.crf_features import Features, shape
from services.extract.tagger.document_pass import with_repeats
from services.extract.tagger.gazetteer import HITS, Gazetteer, split_clitic
from services.workshop.building.tagger import calibration, tagged_text
from services.workshop.building.tagger.bundles import seal
from services.workshop.building.tagger.tagged_text import Sentence, ordinary
from services.workshop.building.tagger.training import legal
from shared.text.tokens import fold, tokens

LISTS = {
    "N": ["سارا"],
    "L": ["sara"],
    "C": ["نیویورک", "ایالات", "بندر عباس"],
    "T": ["ایالات متحده", "ایالات متحده امریکا", "ایران"],
    "O": [],
}


def hits(text: str, lang: str = "fa") -> list[list[str]]:
    words = [fold(t.text) for t in tokens(text)]
    return [[HITS[i] for i in row] for row in Gazetteer(LISTS).hits(words, lang)]


def test_the_longest_name_of_each_list_wins() -> None:
    assert hits("ایالات متحده آمریکا و ایران") == [["C-S", "T-B"], ["T-I"], ["T-I"], [], ["T-S"]]


def test_a_name_may_carry_a_clitic_on_its_first_word() -> None:
    assert hits("وایران", "ar") == [["T-S"]]
    assert hits("نیویورکی") == [["C-S"]]
    assert hits("بندر عباس") == [["C-B"], ["C-I"]]


def test_clitics_leave_three_letters() -> None:
    assert split_clitic("وایران", "ar") == ("ایران", "و")
    assert split_clitic("ولد", "ar") == ("ولد", "")
    assert split_clitic("کتابها", "fa") == ("کتاب", "ها")
    assert split_clitic("kitab", "en") == ("kitab", "")


def test_reading_and_writing_tags_agree() -> None:
    tags = ["B-PER", "I-PER", "O", "I-LOC", "B-LOC", "I-ORG"]
    found = list(spans(tags))
    assert found == [
        WordSpan(0, 2, "PER"),
        WordSpan(3, 4, "LOC"),
        WordSpan(4, 5, "LOC"),
        WordSpan(5, 6, "ORG"),
    ]
    assert list(spans(bio(found, 6))) == found


def test_a_file_becomes_documents(tmp_path: Path) -> None:
    path = tmp_path / "ar-x.conll.gz"
    path.write_bytes(
        gzip.compress("# doc a\nسارا\tB-PER\nقالت\tO\n\n# doc b\nx\tB-EVE\n\ny\tB-POG\n".encode())
    )
    assert tagged_text.read(path, "ar") == [
        [Sentence(["سارا", "قالت"], ["B-PER", "O"])],
        [Sentence(["x"], ["O"]), Sentence(["y"], ["B-ORG"])],
    ]


def test_words_close_up_as_in_running_text() -> None:
    found = tagged_text.as_tokens([["He", "did", "n't", "(", "really", ")", "go", "."], ["So"]])
    text = list(" " * found[-1].end)
    for t in found:
        text[t.start : t.end] = t.text
    assert "".join(text) == "He didn't (really) go. So"
    assert [t.sentence for t in found] == [0] * 8 + [1]


def test_a_score_counts_exact_spans_and_touches() -> None:
    gold = [["B-PER", "I-PER", "O", "B-LOC"]]
    figures = tagged_text.score(gold, [["B-PER", "O", "O", "B-LOC"]])
    assert figures["all"] == {"precision": 50.0, "recall": 50.0, "f1": 50.0, "overlap": 100.0, "n": 2}


def every_path(scores: np.ndarray, steps: np.ndarray) -> dict[tuple[int, ...], float]:
    out = {}
    for path in itertools.product(range(len(TAGS)), repeat=len(scores)):
        before = (len(TAGS), *path[:-1])
        out[path] = float(
            sum(scores[i, t] + steps[b, t] for i, (b, t) in enumerate(zip(before, path, strict=True)))
        )
    return out


def test_the_chain_agrees_with_trying_every_path() -> None:
    rng = np.random.default_rng(4)
    steps = legal() + rng.standard_normal((len(TAGS) + 1, len(TAGS)))
    parts = [rng.standard_normal((n, len(TAGS))) * 2 + in_play(frozenset({"PER", "LOC"})) for n in (4, 3, 1)]
    chains = Chains.of(parts)
    found, paths = path_sums(chains, steps), best_paths(chains, steps)
    expected_steps = np.zeros_like(steps)
    for row, part in enumerate(parts):
        every = every_path(part, steps)
        total = np.logaddexp.reduce(list(every.values()))
        assert tuple(paths[row]) == max(every, key=lambda p: every[p])
        assert found.log_total[row] == pytest.approx(total)
        marginals = np.zeros_like(part)
        for path, score in every.items():
            for i, (b, t) in enumerate(zip((len(TAGS), *path[:-1]), path, strict=True)):
                marginals[i, t] += np.exp(score - total)
                expected_steps[b, t] += np.exp(score - total)
        assert np.allclose(found.marginals[row, : len(part)], marginals, atol=1e-9)
    assert np.allclose(found.transitions, expected_steps, atol=1e-9)


def test_an_inside_never_follows_another_type() -> None:
    scores = np.zeros((3, len(TAGS)))
    scores[1, TAGS.index("I-PER")] = 50
    (path,) = best_paths(Chains.of([scores]), legal())
    assert [TAGS[t] for t in path][:2] == ["B-PER", "I-PER"]


def test_confidence_is_how_often_it_is_right() -> None:
    rng = np.random.default_rng(2)
    claimed = rng.random(4000)
    right = rng.random(4000) < claimed**2  # overconfident
    scale = calibration.fit(claimed.tolist(), right.tolist())
    given = [calibrated(p, scale) for p in claimed]
    assert (
        calibration.error(given, right.tolist()) < 0.03 < calibration.error(claimed.tolist(), right.tolist())
    )


def test_a_surname_is_the_person_named_in_full_elsewhere() -> None:
    found = tokens("Mara Velasquez spoke. Later Velasquez left. Mara Velasquez Ruiz, no.")
    again = with_repeats(found, [WordSpan(0, 2, "PER")], "en", {"mara"})
    assert [(s.first, s.kind) for s in again] == [(0, "PER"), (5, "PER"), (9, "PER")]


def test_an_arabic_repeat_may_carry_a_proclitic_but_no_ordinary_word_is_a_name() -> None:
    found = tokens("قال كريم الخطابي ذلك ثم والخطابي كريم")
    again = with_repeats(found, [WordSpan(1, 3, "PER")], "ar", ordinary([Sentence(["كريم"], ["O"])] * 2))
    assert [s.first for s in again] == [1, 5]


def test_features_of_a_word_name_itself_its_neighbours_and_the_gazetteer() -> None:
    rows = Features("fa", Gazetteer(LISTS), {"ایران": [1, 2, 3]})(["در", "ایران", "۱۴۰۰"])
    assert {"w=ایران", "g=T-S", "k0=1", "-1:w=در", "+1:w=0000", "b-=در|ایران"} <= set(rows[1])
    assert "-1:EDGE" in rows[0]
    assert [shape(w) for w in ("Tehran", "USA", "۱۲", "ایران", "F-16")] == ["Xx", "X", "d", "a", "X-d"]


def test_a_bundle_with_a_changed_part_is_refused(tmp_path: Path) -> None:
    (tmp_path / "part").write_text("a")
    seal(tmp_path, "crf", ["part"], {"x": 1})
    assert bundle.open_bundle("crf", tmp_path).notes == {"x": 1}
    (tmp_path / "part").write_text("b")
    with pytest.raises(bundle.BundleError, match="part"):
        bundle.open_bundle("crf", tmp_path)


def test_a_bundle_for_other_code_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seal(tmp_path, "crf", [], {})
    monkeypatch.setattr(bundle, "CODE", {"features": 99})
    with pytest.raises(bundle.BundleError, match="code"):
        bundle.open_bundle("crf", tmp_path)


def test_a_missing_bundle_says_so(tmp_path: Path) -> None:
    with pytest.raises(bundle.BundleError, match=r"encoder\.json"):
        bundle.open_bundle("encoder", tmp_path)
