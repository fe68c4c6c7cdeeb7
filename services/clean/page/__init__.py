"""From payload to visible text: charset, markup, the article inside of a page.

decoding.py            bytes → text, by charsets.py
page_article.py        text → article; calls all below
  tree.py, tags.py       the page parsed: its tree, its tags with their places
  head_claims.py         what markup claims: json_ld.py, meta_names.py, marked_times.py
  unseen_parts.py        what no reader sees, taken out
  visible_text.py        tags taken out
  article_html.py        the visible text cut down to the article
    letter_index.py        where the extractor's paragraphs stand in it
    layout.py              in which element each line stands
    witness.py             a second reading of where the article lies
  json_body.py           the article that a script holds whole
published.py           when the page was published, in the language of date_language.py
"""
