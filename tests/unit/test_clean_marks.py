"""Tags mean something: readings above words, hidden and struck out parts, raised signs, quotation marks, and
tags that were escaped once more.
"""

from __future__ import annotations

import json

import pytest

from services.clean.edits.ledger import trace
from services.clean.page.tags import read_tags
from services.clean.page.tree import HtmlPage
from services.clean.page.unseen_parts import without_unseen
from tests.unit.clean_pages import clean
from tests.unit.test_clean_claims import BODY, TITLE


def shown(source: str) -> str:
    """What is left of *source* for a reader, tags and all."""
    return without_unseen(trace(source), HtmlPage(source))[0].text


def text_of(inside: str, *, lang: str = "en") -> str:
    paragraphs = "".join(f"<p>{one}</p>" for one in BODY)
    source = f'<html lang="{lang}"><head><title>{TITLE}</title></head><body><article><h1>{TITLE}</h1>{paragraphs}{inside}</article></body></html>'
    return clean(source, media_type="text/html").text


@pytest.mark.parametrize(("source", "left"), [
    ("<ruby>市議会<rt>しぎかい</rt></ruby>は", "市議会は"),
    ("<ruby>市<rp>(</rp><rt>し</rt><rp>)</rp>会<rp>(</rp><rt>かい</rt><rp>)</rp></ruby>は", "市会は"),
    ("<RUBY>市<RT>し会<RB>会</RUBY>は", "市会は"),
    ("<ruby>漢<rtc>かん</rtc></ruby>字", "漢字"),
    ("At least <del>12</del> <ins>15</ins> people", "At least  15 people"),
    ("At least <s>12</s><strike>13</strike> 15 <DEL datetime='2024'>or <b>16</b></DEL>people", "At least  15 people"),
    ("<p>one line<div hidden><div>b</div>c</div>d", "one lined"),
    ("<p HIDDEN>a</p>a sound line<p hidden=until-found>b</p>", "a sound line"),
    ("one line<p style='color:red; DISPLAY : NONE'>b</p>", "one line"),
    ("one line<span style='visibility:hidden'>b</span>", "one line"),
    ("one line<span class='x sr-only'>b</span><dialog>c</dialog><dialog open>d</dialog>", "one lined"),
    ("<ul><li>one line<li hidden>b<li>c</ul>", "one linec"),
    ("<p>one line of text<p hidden>b<p>c", "one line of textc"),
    ("hidden <b title='hidden'>none</b> display:none", "hidden none display:none"),
    ("<input type=hidden value=a>b", "b"),
    ("45,000<sup>1</sup> people", "45,000¹ people"),
    ("10<sup>6</sup>, 10<sup>-3</sup>, m<sup>2</sup>, ۱۰<sup>۶</sup>", "10⁶, 10⁻³, m², ۱۰⁶"),
    ("45,000<sup><a href='#n1'>1</a></sup> people<sup>[2]</sup> said<sup id=x><a href='#3'>[3]</a></sup>", "45,000 people said"),
    ("voted<sup>1,2</sup> and<sup>3–5</sup>", "voted and"),
    ("on the 1<sup>st</sup> of May, M<sup>me</sup> Roy, n<sup>o</sup>", "on the 1st of May, Mme Roy, no"),
    ("CO<sub>2</sub>", "CO2"),
    ("she said <q>we cannot wait</q>.", "she said “we cannot wait”."),
    ("she said <q>he told me <q>no</q> twice</q>", "she said “he told me ‘no’ twice”"),
    ("<q>open", "open"),
    ("closed</q>", "closed"),
])  # fmt: skip
def test_what_a_mark_means(source: str, left: str) -> None:
    plain = "".join(one for one in shown(source).split("<") if one)
    found = shown(source)
    for tag in reversed(read_tags(found)):
        found = found[: tag.start] + found[tag.end :]
    assert found == left, plain


def test_quotation_marks_are_those_of_the_language() -> None:
    assert "گفت «دیگر نمی‌توانیم صبر کنیم»" in text_of(
        "<p>شهردار اصفهان در پایان نشست گفت <q>دیگر نمی‌توانیم صبر کنیم</q> و رفت.</p>", lang="fa"
    )
    assert "“We cannot wait”, she said" in text_of(
        "<p><q>We cannot wait</q>, she said at the end of a long meeting.</p>"
    )


def test_a_page_that_hides_its_article_until_a_script_runs_is_read() -> None:
    body = "".join(f"<p>{one}</p>" for one in BODY)
    block = clean(
        f"<html><head><title>{TITLE}</title></head><body><div style='display:none'><h1>{TITLE}</h1>{body}</div></body></html>",
        media_type="text/html",
    )
    assert block.text.split("\n\n")[-1] == BODY[-1]


def test_a_hidden_part_is_in_no_record() -> None:
    hidden = "Old version: the council rejected the bridge after a long night of talks and a tie."
    assert hidden not in text_of(f"<div hidden><p>{hidden}</p></div>")
    assert hidden not in text_of(f"<section style='display: none !important'><p>{hidden}</p></section>")


@pytest.mark.parametrize("escape", [
    lambda body: body.replace("<", "&lt;").replace(">", "&gt;"),
    lambda body: body.replace("<", "&amp;lt;").replace(">", "&amp;gt;"),
    lambda body: body.replace("<", "&lt;"),
    lambda body: body,
])  # fmt: skip
def test_an_article_body_that_is_escaped_once_more_has_no_tags(escape: object) -> None:
    assert callable(escape)
    body = escape("".join(f'<p class="x">{one}</p>' for one in BODY) + "<br/>Q&amp;A: <b>5 &gt; 3</b>")
    data = json.dumps({"@type": "NewsArticle", "headline": TITLE, "articleBody": body})
    block = clean(
        f'<html><head><title>{TITLE}</title><script type="application/ld+json">{data}</script></head><body><div id="app"></div></body></html>',
        media_type="text/html",
    )
    assert block.text.split("\n\n") == [*BODY, "Q&A: 5 > 3"]
    assert block.title is not None
    assert block.title.text == TITLE


def test_a_page_whose_text_is_escaped_markup_is_read_as_markup() -> None:
    body = "".join(f"&lt;p&gt;{one}&lt;/p&gt;" for one in BODY)
    assert (
        clean(
            f"<html><body><h1>{TITLE}</h1><div>{body}</div></body></html>", media_type="text/html"
        ).text.split("\n\n")[-1]
        == BODY[-1]
    )
    assert clean(body).text.split("\n\n") == BODY


def test_a_text_about_tags_keeps_them() -> None:
    told = "The tag &lt;p&gt; begins a paragraph and &lt;/p&gt; ends it, as every page about the matter will tell you."
    assert "The tag <p> begins" in text_of(f"<p>{told}</p>")
