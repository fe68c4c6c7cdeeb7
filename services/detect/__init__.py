"""Detect: which language an article is in, how sure that is, and where it changes.

stage.py               where detect sits in the pipeline
core.py                the steps in their order, and the decision
  spans/                 the lines of a text and their languages
    page_languages.py      a text as its lines, each with its language after smoothing.py
    text_lines.py          the lines, with addresses and markup blanked out
    stretch.py             one stretch read: its script, then the model for it
    varieties.py           Dari, dialects: what only a whole document tells
  models/                what tells languages apart
    arabic.py, general.py  Arabic script, all others; both ask cld2.py and small_words.py
    linear_weights.py      the own models over ngrams.py of letters folded by script_folding.py
    fitted.py              temperatures and thresholds
  language_tags.py       what languages are called
  orthography.py         how a text in Arabic script is typed
"""
