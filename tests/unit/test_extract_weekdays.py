"""Days of the week as each language spells them: a name, a feast or a number that looks like one is none."""

from __future__ import annotations

import pytest

from services.extract.core import extract
from tests.unit.extract_articles import article


def days(text: str, lang: str) -> list[str | None]:
    return [
        time.value
        for time in extract(article(text, lang, published="2024-11-22")).times
        if time.type == "DATE"
    ]


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("es", "Plácido Domingo cantó ante miles."),
        ("es", "La procesión del Viernes Santo llenó las calles."),
        ("pt", "A Segunda Guerra mudou a cidade e a Quinta da Boa Vista virou museu."),
        ("pt", "a segunda vez que ocorre"),
        ("fr", "Le carnaval de Mardi Gras a attiré du monde, et le lundi de Pâques aussi."),
        ("fa", "جمعه بازار شهر پر از مردم بود."),
        ("ur", "جمعہ خان نے کہا کہ وہ واپس آئیں گے۔"),
        ("tr", "Cuma namazında dua edildi."),
        ("en", "The Friday prayers leader spoke."),
        ("it", "Il signor Sabato ha parlato."),
        ("ru", "Об этом рассказал телеканал «Пятница»."),
        ("de", "Gestern lobte der Trainer Karl Freitag das Team."[8:]),
    ],
)
def test_a_name_a_feast_or_a_number_is_no_day(lang: str, text: str) -> None:
    assert days(text, lang) == []


@pytest.mark.parametrize(
    ("lang", "text", "day"),
    [
        ("es", "El ayuntamiento votó el martes el presupuesto.", "2024-11-19"),
        ("fr", "Mardi, le conseil a voté.", "2024-11-19"),
        ("pt", "A câmara votou na segunda-feira.", "2024-11-18"),
        ("ru", "Во вторник совет одобрил мост.", "2024-11-19"),
        ("de", "Der Rat hat am Montag beschlossen.", "2024-11-18"),
        ("de", "Der Rat entscheidet am kommenden Montag.", "2024-11-25"),
        ("fr", "Le conseil votera mardi prochain.", "2024-11-26"),
        ("en", "The council votes next Friday.", "2024-11-29"),
        ("fr", "Avant-hier, le conseil a voté.", "2024-11-20"),
        ("pt", "A câmara vota depois de amanhã.", "2024-11-24"),
        ("es", "El consejo votó antes de ayer.", "2024-11-20"),
        ("it", "Il consiglio ha votato l'altro ieri.", "2024-11-20"),
    ],
)
def test_a_day_is_read_as_its_language_writes_it(lang: str, text: str, day: str) -> None:
    assert days(text, lang) == [day]
