"""Search by meaning across languages, and articles like another one.

Both are a product over the int8 vectors that extract has made.
"""

from __future__ import annotations

import base64
import sqlite3
from typing import Any

import numpy as np

from services.archive.reading import cards
from services.archive.reading.answers import Found, Hit, SearchWanted
from services.archive.reading.opening import Archive
from services.archive.reading.search.excerpts import excerpt
from services.archive.reading.search.nearest_vectors import Near
from services.archive.shelf import packing
from shared.encoder import Encoder
from shared.text.letters import LANGUAGE_LETTERS
from shared.text.moments import milliseconds
from shared.text.scripts import main_script

LOOKED_AT = 1_000
"""The nearest vectors whose articles are held against the filters."""


def by_meaning(
    archive: Archive, wanted: SearchWanted, encoder: Encoder, *, text_lang: str | None = None
) -> Found:
    """Return the articles nearest in meaning to *wanted*'s text, which is in *text_lang*.

    By default that language is guessed from the letters. *encoder* is what ``shared.encoder.load`` gives;
    load it once for a process: it takes seconds and some 300 MB.
    """
    vector = encoder.vector(encoder.texts([wanted.text])[0], text_lang or language_of(wanted.text))
    codes = np.frombuffer(base64.b64decode(vector.data), np.int8)
    with archive.look() as db:
        near = archive.vectors(db).nearest(
            codes.astype(np.float32), (encoder.model_sha256, encoder.lead_sha256), LOOKED_AT
        )
        hits = hits_of(db, near, wanted)
        (searched,) = db.execute("SELECT count(*) FROM vectors").fetchone()
    return Found(
        hits=hits,
        searched=searched,
        matching=len(near),
        at_least=len(near) == LOOKED_AT,
        looked_at=len(near),
        words=[],
        entities=[],
    )


def alike(archive: Archive, doc_id: str, *, limit: int = 10) -> list[Hit]:
    """Return the articles nearest in meaning to an article, without itself; nothing if it has no vector."""
    with archive.look() as db:
        row = db.execute(
            "SELECT number, model, codes FROM vectors JOIN articles USING (number) WHERE doc_id = ?",
            (doc_id,),
        ).fetchone()
        if row is None:
            return []
        number, model, codes = row
        near = archive.vectors(db).nearest(
            np.frombuffer(codes, np.int8).astype(np.float32), (model,), limit * 3 + 20
        )
        return hits_of(db, [one for one in near if one.number != number], SearchWanted(text="", limit=limit))


def hits_of(db: sqlite3.Connection, near: list[Near], wanted: SearchWanted) -> list[Hit]:
    """Return those of *near* that fit *wanted* and are still there, as many as it wants."""
    found, passed = list[Hit](), 0
    where, values = ["newest"], list[Any]()
    for column, value in (("lang", wanted.lang), ("source", wanted.source)):
        if value is not None:
            where.append(f"a.{column} = ?")
            values.append(value)
    for moment, sign in ((wanted.since, ">="), (wanted.until, "<")):
        if moment is not None:
            where.append(f"at_ms {sign} ?")
            values.append(milliseconds(moment))
    query = f"SELECT {cards.ARTICLE}, packed FROM articles a JOIN records USING (number) WHERE number = ? AND {' AND '.join(where)}"
    for one in near:
        row = db.execute(query, [one.number, *values]).fetchone()
        if row is None:
            continue
        passed += 1
        if passed > wanted.skip:
            pieces = excerpt(packing.text_of(row[-1]), ())
            found.append(
                Hit(article=cards.article_card(row[:-1]), excerpt=pieces, found_by="meaning", score=one.score)
            )
        if len(found) >= wanted.limit:
            break
    return found


def language_of(text: str) -> str:
    """Return the language whose mean is taken from the vector of a short *text*, guessed by its letters."""
    if main_script(text) == "Arab":
        persian = sum(c in "پچژگکی" for c in text)
        arabic = sum(c in LANGUAGE_LETTERS["fa"] or c in "ةأإ" for c in text)
        return "fa" if persian >= arabic else "ar"
    return {"Latn": "en", "Cyrl": "ru", "Hebr": "he"}.get(main_script(text), "und")
