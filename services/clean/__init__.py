"""Clean: what the page says, and nothing else; every change entered, every cut line typed.

The way of a page:

stage.py               where clean sits in the pipeline; calls the two halves of the work
core.py                first half, the page alone, in a process slot; calls these in turn
  page/                  payload → charset → markup → the article's text, its claims and dates
  typed_lines.py         characters put right, each line typed by patterns
    edits/                 the ledger of changes, and what changes characters
    lines/                 what a line is, and which sources it names
  page_half_spaces.py    lost half-spaces put back
    spacing/               where a Persian word lacks one
prepared_page.py       what the first half hands to the second
folding.py             second half, in the order of the lane; calls these in turn
  memory/                what the lane remembers: revisions, lines of hosts, documents
  record/                parts, text and clean block of the record
side_by_side.py        shows a cleaned page beside the raw one
"""
