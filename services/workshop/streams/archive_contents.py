"""What a file of the archive says, whoever wrote it and in whatever order: two that are made of the same
topics are equal in it.
"""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

from services.archive.shelf import packing

QUERIES = {
    "articles": "SELECT doc_id, rev, rev_no, newest, source, source_name, lang, title, lead, url, at_ms, turn, fetched_at, published, story_id,"
    ' chars, copy_of, runner_up, runner_score, run, partition, "offset" FROM articles ORDER BY doc_id, rev',
    "records": "SELECT doc_id, rev, unpacked(packed) FROM records JOIN articles USING (number) ORDER BY doc_id, rev",
    "words": 'SELECT i.term, doc_id, i.col, i."offset" FROM temp.instances i JOIN articles ON number = i.doc ORDER BY 1, 2, 3, 4',
    "vectors": "SELECT doc_id, v.model, v.codes FROM vectors v JOIN articles USING (number) ORDER BY doc_id",
    "entities": "SELECT entity_id, type, label, lat, lon, articles, (SELECT doc_id FROM articles WHERE number = said_by) FROM entities ORDER BY 1",
    "named": "SELECT entity_id, doc_id FROM named JOIN entities ON no = entity JOIN articles USING (number) ORDER BY 1, 2",
    "called": "SELECT entity_id, c.source, c.lang, surface, c.articles, doc_id FROM called c JOIN entities ON no = entity"
    " LEFT JOIN articles ON number = example ORDER BY 1, 2, 3, 4",
    "name_words": "SELECT word, key FROM name_words ORDER BY word",
    "entity_words": "SELECT word, entity_id FROM entity_words JOIN entities ON no = entity ORDER BY 1, 2",
    "stories": "SELECT story_id, live, merged_into, last_ms, changed_ms, heat, languages, independent, event_day, unpacked(record)"
    " FROM stories ORDER BY story_id",
    "filters": "SELECT kind, value, story_id FROM filters JOIN stories ON no = story ORDER BY 1, 2, 3",
    "choices": "SELECT kind, value, stories FROM choices ORDER BY 1, 2",
    "members": "SELECT story_id, doc_id FROM members JOIN stories ON no = story ORDER BY 1, 2",
    "events": 'SELECT run, partition, "offset", story_id, other_id, event, at_ms, turn, unpacked(record) FROM events ORDER BY 1, 2, 3',
    "moves": "SELECT doc_id, run, turn, at_ms, left_story, story_id FROM moves ORDER BY 1, 2, 3, 5, 6",
    "windows": "SELECT kind, start, record FROM windows ORDER BY 1, 2",
    "silences": "SELECT source, record FROM silences ORDER BY 1",
    "runs": "SELECT name, record FROM runs ORDER BY 1",
    "marks": "SELECT first, second, record FROM marks ORDER BY 1, 2",
    "diffs": "SELECT run, against, record FROM diffs ORDER BY 1, 2",
}


def contents(file: Path) -> dict[str, str]:
    """Return for each table how many rows it has, and a digest of them."""
    connection = sqlite3.connect(file)
    try:
        connection.create_function("unpacked", 1, packing.value_of, deterministic=True)
        connection.execute("CREATE VIRTUAL TABLE temp.instances USING fts5vocab('main', 'words', 'instance')")
        return {table: _digest(connection.execute(query)) for table, query in QUERIES.items()}
    finally:
        connection.close()


def _digest(rows: sqlite3.Cursor) -> str:
    found, n = hashlib.sha256(), 0
    for row in rows:
        found.update(repr(row).encode("utf-8", "surrogatepass"))
        n += 1
    return f"{n} rows {found.hexdigest()[:16]}"
