"""The second witness: what stands beside the taken text is part of it, or is said; a page of teasers is no
article.
"""

from __future__ import annotations

import pytest

from shared.records import Clean
from tests.unit.clean_pages import clean
from tests.unit.test_clean_claims import BODY, TITLE

MORE = [
    "Work is expected to begin in the autumn and to last about three years, according to the head of the works department.",
    "The regional government will pay a third of the cost, and the rest will be raised by a loan that voters approved in May.",
]
PARAGRAPHS = "".join(f"<p>{one}</p>" for one in [*BODY, *MORE])
MENU = '<nav><ul><li><a href="/">Home</a></li><li><a href="/p">Politics</a></li><li><a href="/e">Business</a></li></ul></nav>'
COOKIES = (
    '<div class="cookie-consent"><p>We use cookies and similar methods to recognise visitors and remember their preferences. We also use them to measure '
    "ad campaign effectiveness and analyse site traffic.</p><p>By tapping accept, you consent to the use of these methods by us and third parties.</p></div>"
)
LEAD = "According to our reporter, the council of the city met until midnight and then agreed on the plan."


def page(inside: str) -> Clean:
    return clean(
        f"<html><head><title>{TITLE}</title></head><body>{MENU}{inside}</body></html>", media_type="text/html"
    )


@pytest.mark.parametrize("frame", [
    "<div class='bd'><h1>{title}</h1>{lead}{body}</div>",
    "<div><h1>{title}</h1><div>{lead}{body}</div></div>",
    "<section><h1>{title}</h1><b>{lead}</b>{body}</section>",
    "<td><h1>{title}</h1><span>{lead}</span>{body}</td>",
    "<h1>{title}</h1>{lead}<br>{body}",
    "<main><h1>{title}</h1><div class='intro'>{lead}</div>{body}</main>",
])  # fmt: skip
def test_a_loose_lead_is_kept(frame: str) -> None:
    block = page(frame.format(title=TITLE, lead=LEAD, body=PARAGRAPHS))
    assert block.text.split("\n\n") == [TITLE, LEAD, *BODY, *MORE]


@pytest.mark.parametrize("kind", [
    "<ul><li>{}</li><li>{}</li><li>{}</li></ul>", "<ol><li>{}<li>{}<li>{}</ol>", "<ul><li><p>{}</p></li><li><p>{}</p></li><li><p>{}</p></li></ul>",
    "<dl><dt>{}</dt><dd>{}</dd><dd>{}</dd></dl>", "<UL><LI><b>{}</b></LI><LI>{}</LI><LI>{}</LI></UL>",
])  # fmt: skip
@pytest.mark.parametrize(
    "frame", ["{}", "<div>{}</div>", "<main>{}</main>", "<div class='story'><div>{}</div></div>"]
)
def test_a_list_in_the_body_is_kept(frame: str, kind: str) -> None:
    items = [
        "The bridge will carry four lanes and a footpath on its southern side",
        "Lorries must use the motorway crossing",
        "No tolls at first",
    ]
    first = "".join(f"<p>{one}</p>" for one in BODY)
    last = "".join(f"<p>{one}</p>" for one in MORE)
    block = page(frame.format(f"<h1>{TITLE}</h1>{first}{kind.format(*items)}{last}"))
    assert [line for line in block.text.split("\n\n") if line != TITLE] == [*BODY, *items, *MORE]


@pytest.mark.parametrize(
    "tag", ["aside", "form", "footer", "figure", "x-story", "center", "td", "fieldset", "details", "header"]
)
def test_an_article_in_an_odd_tag_is_taken_and_no_cookies(tag: str) -> None:
    block = page(
        f'<div id="page"><{tag} class="content-column"><h1>{TITLE}</h1>{PARAGRAPHS}</{tag}></div>{COOKIES}'
    )
    assert block.text.split("\n\n")[-6:] == [*BODY, *MORE]
    assert "By tapping accept" not in block.text
    assert block.title is not None
    assert block.title.text == TITLE


def test_an_ordinary_page_is_not_contradicted() -> None:
    related = '<div class="related"><h3>More</h3><ul><li><a href="/1">Storm closes ferry for a second day</a></li><li><a href="/2">Budget delayed</a></li></ul></div>'
    signed = "<div class='newsletter'><p>Sign up for our newsletter and get the best of our stories every morning in your mailbox.</p></div>"
    block = page(
        f"<article><h1>{TITLE}</h1>{PARAGRAPHS}{signed}</article>{related}<footer><p>All rights reserved by the publisher of this fine newspaper.</p></footer>"
    )
    assert block.warnings == []
    assert block.text.split("\n\n") == [TITLE, *BODY, *MORE]


def test_furniture_among_the_paragraphs_stays_out() -> None:
    boxes = (
        '<figure><img src=x><figcaption>The old bridge of the city, seen from the north in winter.</figcaption></figure><div class="related-box"><p>Read also what our '
        'columnist thinks of the bridge.</p></div><ul><li><a href="/1">Storm closes ferry for a second day</a></li></ul><div class="ad">Buy a boat now, while they last.</div>'
    )
    block = page(
        f"<div><h1>{TITLE}</h1>{''.join(f'<p>{one}</p>' for one in BODY)}{boxes}{''.join(f'<p>{one}</p>' for one in MORE)}</div>"
    )
    assert block.text.split("\n\n") == [TITLE, *BODY, *MORE]


TEASERS = [
    ("Storm closes ferry again", "High water kept the ferry at its berth for a second day."),
    ("Budget delayed again", "The finance committee wants another reading of the plan."),
    ("School wins first prize", "Pupils built a weather station that sends data to the coast guard."),
    ("New head of the museum", "A historian from the capital takes over in the autumn."),
    ("Farmers ask for rain", "The wells of the upper valley are lower than in any summer since the war."),
]


@pytest.mark.parametrize("card", [
    '<div class="card"><h2><a href="/{n}">{head}</a></h2><p>{text}</p><span>3 June 2024</span></div>',
    '<div class="item"><h3><a href="/{n}">{head}</a></h3><div>{text}</div></div>',
    '<h2><a href="/{n}">{head}</a></h2><p>{text}</p>',
    '<article><a href="/{n}"><h2>{head}</h2></a><time datetime="2024-06-03">3 June</time><p>{text}</p></article>',
    '<a class="card" href="/{n}"><h3>{head}</h3><p>{text}</p></a>',
    '<li><a href="/{n}">{head}</a><p>{text}</p></li>',
    '<div><h2>{head}</h2><p>{text}</p><a href="/{n}">Read the whole story</a></div>',
])  # fmt: skip
def test_a_page_of_teasers_is_said_to_be_one(card: str) -> None:
    cards = "".join(card.format(n=n, head=head, text=text) for n, (head, text) in enumerate(TEASERS))
    assert "index_page" in page(f"<main><h1>Latest news</h1>{cards}</main>").warnings


@pytest.mark.parametrize("inside", [
    "".join(f"<h2>{head}</h2><p>{text}</p>" for head, text in TEASERS),
    "".join(f'<h2><a href="#s{n}">{head}</a></h2><p>{text}</p>' for n, (head, text) in enumerate(TEASERS)),
    "".join(f'<p>{text} <a href="/x">{head}</a> is what they say about all of it.</p>' for head, text in TEASERS),
    PARAGRAPHS + "".join(f'<p><a href="/{n}">{head}</a></p>' for n, (head, _) in enumerate(TEASERS[:2])) + "<p>" + MORE[0] + "</p>",
])  # fmt: skip
def test_an_article_with_headings_and_links_is_no_index(inside: str) -> None:
    assert "index_page" not in page(f"<article><h1>{TITLE}</h1>{inside}</article>").warnings


@pytest.mark.parametrize("frame", ["<p>{0}</p><p>{0}</p><p>{0}</p>", "<div>{0}</div><div>{0}</div>"])
def test_a_body_of_which_little_was_taken_is_taken_whole(frame: str) -> None:
    one = " ".join([*BODY, *MORE])
    block = page(f"<article><h1>{TITLE}</h1>{frame.format(one)}</article>")
    assert block.text.count(one) == frame.count("{0}")


@pytest.mark.parametrize(
    "named", ["comments", "comment-list", "reader-comments", "related-stories", "most-read"]
)
def test_what_readers_say_of_it_and_other_articles_are_left_out(named: str) -> None:
    said = "".join(
        f"<p>Nobody in this town has asked me, and I have lived here for {n} years and more than that.</p>"
        for n in range(3, 9)
    )
    block = page(f"<div><h1>{TITLE}</h1>{PARAGRAPHS}<div class='{named}'>{said}</div></div>")
    assert block.text.split("\n\n") == [TITLE, *BODY, *MORE]


def test_a_part_with_such_a_name_that_holds_the_article_is_the_article() -> None:
    block = page(f"<div class='story-promo'><h1>{TITLE}</h1>{PARAGRAPHS}</div><p>{LEAD}</p>")
    assert [one for one in [*BODY, *MORE] if one not in block.text] == []


def test_a_cell_called_comment_begins_no_comments() -> None:
    table = "<table><tr><th>State</th><th>Comment</th></tr><tr><td>new</td><td>It waits for the works department of the city.</td></tr></table>"
    first, last = "".join(f"<p>{one}</p>" for one in BODY), "".join(f"<p>{one}</p>" for one in MORE)
    assert [
        one
        for one in [*BODY, *MORE]
        if one not in page(f"<article><h1>{TITLE}</h1>{first}{table}{last}</article>").text
    ] == []
