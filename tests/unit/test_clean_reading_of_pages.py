"""Markup as browsers read it, and dates that are the article's own: kinds of slips found in pages of the
field.
"""

from __future__ import annotations

import json

import pytest

from shared.records import Clean
from tests.unit.clean_pages import clean
from tests.unit.test_clean_claims import BODY, TITLE

MORE = [
    "Work is expected to begin in the autumn and to last about three years, according to the head of the works department.",
    "The regional government will pay a third of the cost, and the rest will be raised by a loan that voters approved in May.",
]
TEXT = [*BODY, *MORE]
PARAGRAPHS = "".join(f"<p>{one}</p>" for one in TEXT)
DATE = "2021-06-04T11:00:00+03:30"
MOMENT = "2021-06-04T07:30:00.000Z"
ARTICLE = f'"@type":"NewsArticle","headline":"{TITLE}"'


def page(inside: str = "", *, head: str = "", before: str = "", after: str = "", title: str = TITLE) -> Clean:
    body = inside or f"<article><h1>{TITLE}</h1>{PARAGRAPHS}</article>"
    return clean(
        f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{before}{body}{after}</body></html>",
        media_type="text/html",
    )


def published(block: Clean) -> str:
    return block.published.value if block.published else ""


@pytest.mark.parametrize("comment", ["<!-- no text --!>", "<!-->", "<!--->", "<!-- a > b -->"])
def test_a_comment_ends_where_browsers_end_it(comment: str) -> None:
    assert page(before=comment).text.split("\n\n") == [TITLE, *TEXT]


@pytest.mark.parametrize(
    "script",
    [
        "{" + ARTICLE + f'\n"datePublished":"{DATE}"' + "}",  # a comma is missing
        "{" + ARTICLE.replace('"', "'") + f",'datePublished':'{DATE}'" + "}",
        "{" + ARTICLE + f',datePublished:"{DATE}"' + "}",
        "{" + ARTICLE + f',"description":"He said "no" to it","datePublished":"{DATE}"' + "}",
        "{" + ARTICLE + f',"datePublished":"{DATE}","articleBody":"The city',
        "{" + ARTICLE + f',"image":undefined,"datePublished":"{DATE}"' + "}",
        "{" + ARTICLE + f',"datePublished":null,"dateCreated":"{DATE}"' + "}",
        "{" + ARTICLE + f',"schema:datePublished":"{DATE}"' + "}",
    ],
)
def test_a_slip_in_json_ld_does_not_hide_the_date(script: str) -> None:
    assert published(page(head=f'<script type="application/ld+json">{script}</script>')) == MOMENT


def test_a_broken_script_of_two_articles_tells_no_date() -> None:
    two = (
        "{"
        + ARTICLE
        + f' "datePublished":"{DATE}"'
        + '},{"@type":"NewsArticle" "datePublished":"2018-01-01"}'
    )
    assert published(page(head=f'<script type="application/ld+json">[{two}]</script>')) == ""


def test_a_time_of_a_library_of_elements_is_one() -> None:
    assert (
        published(
            page(
                f'<article><h1>{TITLE}</h1><relative-time datetime="{DATE}">x</relative-time>{PARAGRAPHS}</article>'
            )
        )
        == MOMENT
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<header><time datetime="2021-06-10T09:00:00Z">Monday</time></header>', ""),
        (
            "",
            '<div class="x1"><a href="/a">Storm closes the port</a><time datetime="2020-01-01T00:00:00Z">x</time></div>',
        ),
    ],
)
def test_a_time_of_the_site_or_behind_the_article_is_not_the_article_s(before: str, after: str) -> None:
    assert published(page(f"<div><h1>{TITLE}</h1>{PARAGRAPHS}</div>", before=before, after=after)) == ""


def test_a_part_that_holds_the_headline_is_the_article_s_whatever_its_class() -> None:
    cookies = (
        "<div class='cookie'><p>"
        + "We use cookies and similar methods to recognise visitors and remember their preferences. " * 4
        + "</p></div>"
    )
    assert page(
        f"<div class='comments-enabled'><h1>{TITLE}</h1>{PARAGRAPHS}</div>", before=cookies
    ).text.split("\n\n") == [TITLE, *TEXT]


@pytest.mark.parametrize(
    "inside", ["<rb>Tuesday</rb>", "<st1:date w:st='on'>Tuesday</st1:date>", "<data value='2'>Tuesday</data>"]
)
def test_an_element_that_browsers_show_in_line_breaks_no_line(inside: str) -> None:
    block = page(
        f"<article><h1>{TITLE}</h1>{PARAGRAPHS}<p>The council will meet again on {inside} to vote on the loan for the bridge.</p></article>"
    )
    assert block.text.endswith("The council will meet again on Tuesday to vote on the loan for the bridge.")


@pytest.mark.parametrize(
    ("named", "shown"),
    [("d-none", False), ("hidden", False), ("hidden md:block", True), ("d-none d-lg-block", True)],
)
def test_a_class_that_hides_on_every_screen_hides(named: str, shown: bool) -> None:
    old = "This old version of the report said that the vote had been put off until the spring."
    assert (
        old in page(f"<article><h1>{TITLE}</h1><p class='{named}'>{old}</p>{PARAGRAPHS}</article>").text
    ) is shown


def test_a_body_of_escaped_divisions_has_none() -> None:
    escaped = "".join(f"&lt;div&gt;{one}&lt;/div&gt;" for one in TEXT)
    assert page(f"<article><h1>{TITLE}</h1><div>{escaped}</div></article>").text.split("\n\n") == [
        TITLE,
        *TEXT,
    ]


def test_a_raised_digit_in_a_link_is_a_note() -> None:
    block = page(
        f"<article><h1>{TITLE}</h1>{PARAGRAPHS}<p>The storm drove 45,000<a href='#n12'><sup>12</sup></a> people from the valley of the river.</p></article>"
    )
    assert "drove 45,000 people" in block.text


ENDS = ["{text} <a href='/{n}'>Read more</a></p>", "{text}</p><a class='btn' href='/{n}'>Continue</a>"]


@pytest.mark.parametrize("end", ENDS)
def test_teasers_that_lead_on_by_the_same_words_are_an_index(end: str) -> None:
    items = "".join(
        f"<div><h3>Headline number {n}</h3><p>{end.format(text=text, n=n)}</div>"
        for n, text in enumerate(TEXT)
    )
    assert "index_page" in page(f"<main><h1>News</h1>{items}</main>", title="News").warnings


def test_a_list_of_the_menu_element_is_a_list() -> None:
    items = [
        "The bridge will carry four lanes and a footpath on its southern side",
        "Tolls will not be charged during the first ten years of use",
    ]
    listed = "<menu>" + "".join(f"<li>{one}</li>" for one in items) + "</menu>"
    first, *rest = TEXT
    block = page(
        f"<article><h1>{TITLE}</h1><p>{first}</p>{listed}"
        + "".join(f"<p>{one}</p>" for one in rest)
        + "</article>"
    )
    assert block.text.split("\n\n") == [TITLE, first, *items, *rest]


def test_a_date_of_a_script_is_a_text_or_a_number() -> None:
    said = json.dumps({"@type": "NewsArticle", "headline": TITLE, "datePublished": 1622791800000})
    assert published(page(head=f'<script type="application/ld+json">{said} trailing</script>')) == MOMENT
