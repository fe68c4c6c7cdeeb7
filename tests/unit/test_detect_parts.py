from __future__ import annotations

import random
from io import BytesIO

import numpy as np
import pytest

from services.detect.models import cld2, linear_weights, ngrams, script_folding
from services.detect.spans import smoothing, text_lines, varieties
from services.detect.spans.stretch import StretchReading
from services.workshop.building.detect import calibrate, fitting, romanise, windows


def folded(text: str) -> str:
    return "".join(map(chr, script_folding.arabic(text)))


def test_one_word_from_two_keyboards_folds_alike() -> None:
    assert folded("كتابي") == folded("کتابی") == " کتابی "


def test_joiners_signs_and_kashida_go_and_foreign_runs_become_one_space() -> None:
    assert folded("می\u200cرود") == " میرود "
    assert folded("مُعَلِّـــم") == " معلم "
    assert folded("ایران (Iran, 2024) ۱۴۰۳؛ تهران") == " ایران تهران "


def test_presentation_forms_and_split_madda_are_composed() -> None:
    assert folded("ﺳﻼﻡ") == folded("سلام")
    assert folded("ا\u0653ب") == folded("آب")


def test_what_tells_languages_apart_stays() -> None:
    assert folded("ۆ ێ ے ں ہ ھ ة أ ئ ە") == " ۆ ێ ے ں ہ ھ ة أ ئ ە "


def test_latin_text_is_folded_to_words_with_the_digits_that_spell() -> None:
    assert "".join(map(chr, script_folding.general("7abibi, l’ÉTÉ 2024! G20"))) == " 7abibi l'été g2 "


def test_hashes_count_every_n_gram_up_to_five() -> None:
    points = script_folding.arabic("سلام")
    assert len(points) == 6
    assert len(ngrams.hashes(points, 1 << 10)) == 6 + 5 + 4 + 3 + 2
    assert ngrams.hashes(points, 1 << 10).max() < 1 << 10


def test_a_long_text_is_read_in_part_but_a_short_one_whole() -> None:
    assert ngrams.sample("a" * 900) == "a" * 900
    assert ngrams.sample("a" * 500 + "b" * 500 + "c" * 500) == "a" * 450 + " " + "b" * 250 + "c" * 200


def test_logits_are_the_scaled_sum_over_n_grams_and_none_without_letters() -> None:
    table = np.arange(16 * 3, dtype=np.int8).reshape(16, 3) - 20
    model = linear_weights.from_arrays(
        table, np.array([1, 2, 3], np.float32), np.array([0.5, 0, 0], np.float32), ["a", "b", "c"]
    )
    points = script_folding.arabic("سلام")
    found = ngrams.hashes(points, 16)
    expected = table[found].astype(float).sum(0) * [1, 2, 3] / len(found) ** ngrams.POWER + [0.5, 0, 0]
    logits = model.logits(points)
    assert logits is not None
    assert np.allclose(logits, expected)
    assert model.logits(script_folding.arabic("123")) is None


def test_addresses_and_markup_are_blanked_in_place() -> None:
    text = "خبر https://a.ir/b?c=1 و name.x@site.com و @handle و <b>متن</b>&nbsp;در khabar.ir/x تمام"
    blanked = text_lines.blank(text)
    assert len(blanked) == len(text)
    assert blanked.split() == ["خبر", "و", "و", "و", "متن", "در", "تمام"]


def test_lines_keep_their_offsets_and_empty_ones_are_left_out() -> None:
    text = "اول\n\n  \nدوم سوم\n"
    assert [text[line.start : line.end] for line in text_lines.lines_of(text)] == ["اول", "دوم سوم"]


def test_a_page_of_too_many_lines_is_read_in_groups() -> None:
    text = "\n".join(["خبر تازه"] * 100_000)
    cut = text_lines.lines_of(text)
    assert len(cut) <= text_lines.MOST_LINES
    assert (cut[0].start, cut[-1].end) == (0, len(text))
    assert all(len(line.text) <= text_lines.LONGEST_LINE for line in cut)


def test_a_weak_line_follows_its_neighbours_and_a_strong_run_does_not() -> None:
    sure = StretchReading(40, "Arab", {"fa": 0.99, "ar": 0.01})
    weak = StretchReading(10, "Arab", {"fa": 0.3, "ar": 0.7})
    other = StretchReading(40, "Arab", {"fa": 0.001, "ar": 0.999})
    assert smoothing.smooth([sure, weak, sure]) == ["fa", "fa", "fa"]
    assert smoothing.smooth([sure, sure, other, other, other]) == ["fa", "fa", "ar", "ar", "ar"]
    assert smoothing.smooth([StretchReading(0, "Zyyy")]) == ["und"]
    assert smoothing.smooth([]) == []


def test_a_whole_line_of_another_script_is_never_taken_over() -> None:
    persian = StretchReading(40, "Arab", {"fa": 0.99})
    word, sentence = StretchReading(8, "Latn", {"en": 0.9}), StretchReading(40, "Latn", {"en": 0.99})
    assert smoothing.smooth([persian, word, persian]) == ["fa", "fa", "fa"]
    assert smoothing.smooth([persian, sentence, persian]) == ["fa", "en", "fa"]


def test_cld2_survives_control_characters_and_its_guesses_are_no_full_votes() -> None:
    assert cld2.opinion("\x00\x01\ud800").code == "un"
    assert cld2.without_latin(
        "وزیر خارجه در نشست خبری Jake Sullivan Antony Blinken گفت گفتگوها ادامه دارد"
    ) == cld2.Opinion("fa", sure=True)
    assert not cld2.opinion("تهران").sure


def test_training_text_is_drawn_the_same_from_the_same_seed() -> None:
    texts = {
        "sd": {"x": ["ٿڀٻ ڄڃڇ ڏڊڌ"]},
        **{label: {"x": ["یک دو سه چهار پنج شش"]} for label in ("fa", "ar", "ur", "ps")},
    }

    def drawn() -> list[str]:
        rng = random.Random(3)
        return [windows.draw(texts, label, rng) for label in ("sd", "fa", windows.JUNK) for _ in range(40)]

    first = drawn()
    assert first == drawn()
    assert any(set(text) - set("ٿڀٻڄڃڇڏڊڌ ") for text in first[:40]), "some Sindhi is typed with Urdu letters"


def test_persian_is_romanised_into_latin_letters_alone() -> None:
    written = romanise.persian("این خبر را وزارت خارجه ایران رد کرد", random.Random(1))
    assert written.replace(" ", "").replace("'", "").isascii()
    assert len(written.split()) == 8


def test_a_tiny_model_learns_its_two_classes_and_packs_to_the_same_bytes() -> None:
    recipe = fitting.Recipe(buckets=1 << 8, windows=0, epochs=2, rate=0.3, start=0.5)
    rows = [
        ngrams.hashes(script_folding.general(text), recipe.buckets).astype(np.int32)
        for text in ("aab aba", "xyx yyx") * 20
    ]
    data = fitting.Windows(rows, np.array([0, 1] * 20))
    packed = [fitting.pack(*fitting.fit(data, 2, recipe), ["a", "x"]) for _ in range(2)]
    assert packed[0] == packed[1]
    table, bias = fitting.fit(data, 2, recipe)
    model = linear_weights.from_arrays(*_stored(packed[0]), ["a", "x"])
    found = model.logits(script_folding.general("abab"))
    assert table.shape == (256, 2)
    assert bias.shape == (2,)
    assert found is not None
    assert found[0] > found[1]


def _stored(packed: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with np.load(BytesIO(packed), allow_pickle=False) as arrays:
        return arrays["weights"], arrays["scale"], arrays["bias"]


def test_varieties_are_told_on_long_documents_only() -> None:
    text = "خبر " * 300
    assert varieties.refine("ar", text, StretchReading(900, "Arab", {"ar": 1.0}, dialect=5.0)) == (
        "ar",
        ["dialect"],
    )
    assert varieties.refine("ar", text, StretchReading(900, "Arab", {"ar": 1.0}, dialect=-5.0)) == ("ar", [])
    assert varieties.refine("ar", text, StretchReading(200, "Arab", {"ar": 1.0}, dialect=5.0)) == ("ar", [])
    assert varieties.refine("ur", text, StretchReading(900, "Arab", {"ur": 1.0}, dialect=5.0)) == ("ur", [])


def test_half_spaces_do_not_tell_countries_apart() -> None:
    assert varieties.dari("می\u200cشود و خانه\u200cها") == varieties.dari("می شود و خانه ها")


def test_the_share_of_false_alarms_is_kept() -> None:
    ratios = [float(n) for n in range(100)]
    assert sum(ratio >= calibrate.exceeded(ratios, 0.01) for ratio in ratios) == 1


def test_a_threshold_is_the_lowest_that_is_precise_enough() -> None:
    assert calibrate.threshold([5.0, 4.0, 3.0, 0.0], [1.0, -1.0]) == 2.0
    with pytest.raises(ValueError, match="no threshold"):
        calibrate.threshold([0.0], [1.0])
