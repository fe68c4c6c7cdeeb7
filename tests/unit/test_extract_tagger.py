"""The shipped taggers: what they find in the seeds, that they repeat themselves, and what happens without
their parts.
"""

from __future__ import annotations

import gzip
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import orjson
import pytest

from services.extract import stage
from services.extract.core import extract
from services.extract.tagger.bundle import HOME, BundleError, open_bundle
from services.extract.tagger.choice import models
from services.extract.tagger.crf import CrfTagger
from services.extract.tagger.encoder_head import HEAD, EncoderTagger
from services.extract.tagger.head import Head
from services.extract.tagger.interfaces import Models, TaggedSpan
from services.workshop.building.tagger.bundles import CALIBRATION, seal_encoder
from services.workshop.timing.extract import article
from shared.contract import Emit, Message, Origin
from shared.encoder import load
from shared.records import Vector
from shared.records.clean import Duplicate
from shared.settings import BadSetting
from shared.text.tokens import Token, tokens
from shared.wire import codec

SEEDS = Path(__file__).parents[1] / "seeds"
SEED = {"fa": "000_3eb1ae8f6e4d07b5.txt", "ar": "002_7e478acb9f3015b4.txt"}
Tagger = CrfTagger | EncoderTagger


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module", params=["crf", "encoder"])
def tagger(request: pytest.FixtureRequest, cache: Path) -> Tagger:
    if request.param == "crf":
        return CrfTagger(open_bundle("crf"))
    return EncoderTagger(open_bundle("encoder"), load(cache))


def seed(lang: str) -> list[Token]:
    return tokens((SEEDS / SEED[lang]).read_text(encoding="utf8"))


def found(tagger: Tagger, words: list[Token], lang: str) -> dict[str, TaggedSpan]:
    return {" ".join(t.text for t in words[s.first : s.last]): s for s in tagger(words, lang)}


@pytest.mark.parametrize(
    ("lang", "places"), [("fa", {"ایران", "تهران", "وین"}), ("ar", {"طهران", "إيران", "واشنطن"})]
)
def test_the_places_of_the_seeds_are_found(tagger: Tagger, lang: str, places: set[str]) -> None:
    names = found(tagger, seed(lang), lang)
    assert places <= {name for name, span in names.items() if span.type == "LOC"}


@pytest.mark.parametrize(("lang", "surname"), [("fa", "سالیوان"), ("ar", "سوليفان")])
def test_sullivan_is_a_person_in_both_seeds(tagger: Tagger, lang: str, surname: str) -> None:
    assert any(
        surname in name and span.type == "PER" for name, span in found(tagger, seed(lang), lang).items()
    )


def test_english_names_are_found(tagger: Tagger) -> None:
    names = found(tagger, tokens("Angela Merkel met reporters in Berlin on Monday."), "en")
    assert names["Berlin"].type == "LOC"
    assert names["Angela Merkel"].type == "PER"


def test_spans_are_sorted_and_apart_and_their_confidence_is_a_probability(tagger: Tagger) -> None:
    for lang in SEED:
        spans = tagger(seed(lang), lang)
        assert all(a.last <= b.first for a, b in itertools.pairwise(spans))
        assert all(0 <= s.confidence <= 1 and s.first < s.last for s in spans)


def test_the_same_article_gives_the_same_names(tagger: Tagger) -> None:
    words = seed("fa")
    first = tagger(words, "fa")
    tagger(seed("ar"), "ar")
    assert tagger(words, "fa") == first


@pytest.mark.parametrize("text", ["", "\u200f", "!", "🌊 " * 300, "a" * 3000])
def test_odd_text_does_no_harm(tagger: Tagger, text: str) -> None:
    assert all(s.last <= len(tokens(text)) for s in tagger(tokens(text), "fa"))


def test_a_language_without_a_field_gets_no_names_from_the_crf() -> None:
    assert CrfTagger(open_bundle("crf"))(tokens("Ankara'da toplandı"), "tr") == []


def test_models_by_configuration(cache: Path) -> None:
    said: list[str] = []
    made = {choice: models(choice, said.append, cache=cache) for choice in ("encoder", "crf", "rules")}
    assert made["rules"].tag is None
    assert {
        made["encoder"].tag(tokens("در تهران"), "fa")[0].method,
        made["crf"].tag(tokens("در تهران"), "fa")[0].method,
    } == {
        "encoder",
        "crf",
    }
    assert len({m.model_sha256 for m in made.values()}) == 3
    assert isinstance(made["crf"].embed("", "در تهران", "fa"), Vector)


def test_without_a_bundle_rules_are_left_and_it_is_said(cache: Path, tmp_path: Path) -> None:
    said: list[str] = []
    assert models("encoder", said.append, cache=cache, home=tmp_path).tag is None
    assert any("no tagger" in line for line in said)


@pytest.fixture
def encoder_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    monkeypatch.setenv("KHABAR_ENCODER", "/not/there")
    stage.loaded.cache_clear()
    yield monkeypatch
    stage.loaded.cache_clear()


def test_what_is_missing_is_refused_unless_it_is_allowed_and_then_every_record_warns(
    encoder_away: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(BadSetting, match=r"/not/there lacks model\.bin.*KHABAR_DEGRADED=yes"):
        stage.warm_up()
    encoder_away.setenv("KHABAR_DEGRADED", "yes")
    for tagger, missing in (
        ("encoder", ["tagger_missing", "encoder_missing"]),
        ("rules", ["encoder_missing"]),
    ):
        encoder_away.setenv("KHABAR_TAGGER", tagger)
        stage.loaded.cache_clear()
        value = codec.encode(article("fa", 1, words=50))
        made = stage.WORK.extract(Message(b"", value, Origin("articles.detected", 0, 0, 0)))
        assert isinstance(made, Emit)
        assert list(made.warnings) == missing, "each is counted by khabar_warnings_total"
        assert orjson.loads(made.value)["entities"]["warnings"] == missing


def test_a_changed_head_is_refused(cache: Path, tmp_path: Path) -> None:
    shutil.copytree(HOME, tmp_path, dirs_exist_ok=True)
    head = tmp_path / "head.npz"
    head.write_bytes(head.read_bytes()[:-1] + b"x")
    said: list[str] = []
    assert models("encoder", said.append, cache=cache, home=tmp_path).tag is None
    assert any("head.npz" in line for line in said)


@pytest.mark.parametrize("words", [1, 32, 33, 300])
def test_the_head_in_whole_numbers_scores_as_it_would_in_float(words: int) -> None:
    with np.load(HOME / HEAD, allow_pickle=False) as file:
        weights = {name: file[name].astype(np.float32) for name in file.files}
    rows = (
        np.random.default_rng(words).uniform(-1, 1, (words, len(weights["in"]))).astype(np.float32)
        * weights["reach"]
        / 2
    )
    inner = rows @ weights["in"] + weights["in_bias"]
    hidden = 0.5 * inner * (1 + np.tanh(0.7978845608 * (inner + 0.044715 * inner**3)))
    exact = hidden @ weights["out"] + weights["out_bias"]
    scores = Head(weights)(rows)
    assert scores.shape == exact.shape
    assert np.sqrt(np.square(scores - exact).mean()) < 0.02 * exact.std()


def test_tagging_first_does_not_change_the_vector(cache: Path) -> None:
    text = (SEEDS / SEED["ar"]).read_text(encoding="utf8")
    alone, together = (models("encoder", lambda _: None, cache=cache) for _ in range(2))
    together.tag(tokens(text), "ar")
    assert alone.embed("", text, "ar") == together.embed("", text, "ar")


def test_passages_that_were_read_in_another_article_give_the_bytes_of_a_first_reading(cache: Path) -> None:
    first, other = article("fa", 1, words=60), article("fa", 2, words=60)
    assert first.clean
    assert other.clean
    both = msgspec.structs.replace(
        first, clean=msgspec.structs.replace(first.clean, text=f"{other.clean.text}\n\n{first.clean.text}")
    )
    fresh = codec.encode(extract(both, models("encoder", print, cache=cache)))
    used = models("encoder", print, cache=cache)
    for earlier in (first, other, both):
        extract(earlier, used)
    assert codec.encode(extract(both, used)) == fresh


def test_beside_the_fast_tagger_the_vector_is_of_the_lead_and_says_so(cache: Path) -> None:
    fast, full = (models(choice, lambda _: None, cache=cache) for choice in ("crf", "encoder"))
    lead = "سیل پل قدیمی شهر را برد و سه هزار نفر بی‌خانمان شدند. " * 8
    more = [lead + "\n" + rest * 40 for rest in ("قیمت نفت بالا رفت. ", "تیم ملی به فینال رسید. ")]
    short = [fast.embed("سیل", text, "fa") for text in more]
    assert short[0] == short[1]
    whole = [full.embed("سیل", text, "fa") for text in more]
    assert whole[0] != whole[1]
    assert isinstance(short[0], Vector)
    assert isinstance(whole[0], Vector)
    assert short[0].model_sha256 != whole[0].model_sha256


def test_a_head_trained_on_another_encoder_is_refused(cache: Path) -> None:
    other = load(cache)
    other.weights_sha256 = "0" * 64
    with pytest.raises(BundleError, match="another encoder"):
        EncoderTagger(open_bundle("encoder"), other)


def test_an_exact_duplicate_gets_no_vector_and_says_why() -> None:
    made = article("fa", 1)
    assert made.clean
    again = Duplicate(of="0" * 32, relation="exact", score=1.0, same_source=False)
    near = msgspec.structs.replace(again, relation="near")
    held = Models(
        embed=lambda _title, _text, _lang: Vector(model_sha256="", engine="", dim=1, scale=1.0, data="AA==")
    )
    first, second = (
        extract(msgspec.structs.replace(made, clean=msgspec.structs.replace(made.clean, duplicate=[d])), held)
        for d in (near, again)
    )
    assert first.vector
    assert second.vector is None
    assert "duplicate" in second.why["vector"]


def test_the_encoder_s_bundle_is_sealed_from_its_parts_alone(cache: Path, tmp_path: Path) -> None:
    shipped, encoder = open_bundle("encoder"), load(cache)
    for path in shipped.paths.values():
        shutil.copy(path, tmp_path)
    (tmp_path / "ner").mkdir()
    for name in CALIBRATION.values():
        (tmp_path / "ner" / f"{name}.conll.gz").write_bytes(
            gzip.compress(b"# doc a\nBerlin\tB-LOC\nwaits\tO\n")
        )
    seal_encoder(tmp_path, tmp_path, encoder)
    sealed = open_bundle("encoder", tmp_path)
    assert sealed.paths.keys() == shipped.paths.keys()
    assert EncoderTagger(sealed, encoder)(tokens("Berlin waits."), "en")[0].type == "LOC"
