"""What is stored, and the number of its form: a file of another form is built anew, never changed."""

from __future__ import annotations

FORM = 3
"""Rises with every change of a table, and of what the word index is made from: whoever takes words out must
find them as they went in.
"""

TABLES = """
CREATE TABLE state (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;

CREATE TABLE articles (
  number INTEGER PRIMARY KEY,  -- goes with the second in which it came (core.number)
  doc_id TEXT NOT NULL, rev TEXT NOT NULL, rev_no INTEGER NOT NULL,
  newest INTEGER NOT NULL,  -- 1: the newest revision of its document, which alone is in the indexes
  source TEXT NOT NULL, source_name TEXT NOT NULL, lang TEXT NOT NULL,
  title TEXT NOT NULL, lead TEXT NOT NULL, url TEXT,
  at_ms INTEGER NOT NULL, turn INTEGER NOT NULL,  -- when its page came, and which record of link's input it was
  fetched_at TEXT NOT NULL, published TEXT, story_id TEXT NOT NULL, chars INTEGER NOT NULL, copy_of TEXT,
  runner_up TEXT, runner_score REAL,  -- the story that it nearly came into
  run TEXT NOT NULL, partition INTEGER NOT NULL, "offset" INTEGER NOT NULL,
  UNIQUE (doc_id, rev)
);
CREATE INDEX articles_by_story ON articles (story_id);
CREATE INDEX copies ON articles (copy_of) WHERE copy_of IS NOT NULL;
CREATE INDEX nearly ON articles (runner_up, runner_score DESC) WHERE runner_up IS NOT NULL AND newest;
CREATE TABLE records (number INTEGER PRIMARY KEY, packed BLOB NOT NULL);  -- headers and value (packing.py)

CREATE VIRTUAL TABLE words USING fts5 (
  title, text, names, tags, content = '', tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
);
CREATE TABLE vectors (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,  -- so that a reader who has some finds the others
  number INTEGER NOT NULL UNIQUE, model TEXT NOT NULL, codes BLOB NOT NULL
);

CREATE TABLE entities (
  no INTEGER PRIMARY KEY, entity_id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, label BLOB NOT NULL, lat REAL, lon REAL,
  said_by INTEGER NOT NULL,  -- the article that type, label and place are from: the one with the largest number
  articles INTEGER NOT NULL
);
CREATE INDEX unnamed ON entities (no) WHERE articles < 1;
CREATE TABLE named (entity INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (entity, number)) WITHOUT ROWID;
CREATE TABLE called (
  entity INTEGER NOT NULL, source TEXT NOT NULL, lang TEXT NOT NULL, surface TEXT NOT NULL, articles INTEGER NOT NULL,
  example INTEGER NOT NULL, PRIMARY KEY (entity, source, lang, surface)
) WITHOUT ROWID;
CREATE TABLE name_words (word TEXT PRIMARY KEY, key TEXT NOT NULL) WITHOUT ROWID;  -- words of names, by how they sound
CREATE INDEX name_words_by_key ON name_words (key);
CREATE TABLE entity_words (word TEXT NOT NULL, entity INTEGER NOT NULL, PRIMARY KEY (word, entity)) WITHOUT ROWID;
CREATE INDEX words_of_entity ON entity_words (entity);

CREATE TABLE stories (
  no INTEGER PRIMARY KEY, story_id TEXT NOT NULL UNIQUE, live INTEGER NOT NULL,  -- 0: merged into another
  merged_into TEXT, last_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, heat REAL NOT NULL,
  languages INTEGER NOT NULL, independent INTEGER NOT NULL, event_day TEXT, filters BLOB NOT NULL, record BLOB NOT NULL
);
CREATE INDEX newest ON stories (last_ms DESC, no) WHERE live;
CREATE INDEX growing ON stories (heat DESC, no) WHERE live;
CREATE INDEX most_languages ON stories (languages DESC, last_ms DESC, no) WHERE live;
CREATE INDEX most_origins ON stories (independent DESC, last_ms DESC, no) WHERE live;
CREATE INDEX by_day ON stories (event_day) WHERE live;
CREATE INDEX stories_by_change ON stories (changed_ms);
CREATE TABLE filters (kind TEXT NOT NULL, value TEXT NOT NULL, story INTEGER NOT NULL, PRIMARY KEY (kind, value, story)) WITHOUT ROWID;
CREATE TABLE choices (  -- of filters: how many stories have each; counted anew they cost a page 100 ms among 60,000 stories
  kind TEXT NOT NULL, value TEXT NOT NULL, stories INTEGER NOT NULL, PRIMARY KEY (kind, value)
) WITHOUT ROWID;
CREATE INDEX most_chosen ON choices (kind, stories DESC, value);
CREATE TRIGGER filter_entered AFTER INSERT ON filters WHEN new.kind NOT IN ('link', 'saga') BEGIN
  INSERT INTO choices VALUES (new.kind, new.value, 1) ON CONFLICT (kind, value) DO UPDATE SET stories = stories + 1;
END;
CREATE TRIGGER filter_removed AFTER DELETE ON filters WHEN old.kind NOT IN ('link', 'saga') BEGIN
  UPDATE choices SET stories = stories - 1 WHERE kind = old.kind AND value = old.value;
  DELETE FROM choices WHERE kind = old.kind AND value = old.value AND stories < 1;
END;
CREATE TABLE members (story INTEGER NOT NULL, doc_id TEXT NOT NULL, PRIMARY KEY (story, doc_id)) WITHOUT ROWID;
CREATE INDEX members_by_document ON members (doc_id);

CREATE TABLE events (
  run TEXT NOT NULL, partition INTEGER NOT NULL, "offset" INTEGER NOT NULL, story_id TEXT NOT NULL, other_id TEXT, event TEXT NOT NULL,
  at_ms INTEGER NOT NULL, turn INTEGER NOT NULL, record BLOB NOT NULL, PRIMARY KEY (run, partition, "offset")
);
CREATE INDEX events_by_story ON events (story_id);
CREATE INDEX events_by_other ON events (other_id) WHERE other_id IS NOT NULL;
CREATE INDEX events_by_time ON events (at_ms);
CREATE TABLE moves (
  doc_id TEXT NOT NULL, run TEXT NOT NULL, turn INTEGER NOT NULL, at_ms INTEGER NOT NULL, left_story TEXT NOT NULL, story_id TEXT NOT NULL,
  PRIMARY KEY (doc_id, run, turn, left_story, story_id)
) WITHOUT ROWID;
CREATE INDEX moves_by_time ON moves (at_ms);
CREATE INDEX moves_to ON moves (story_id);

CREATE TABLE silences (source TEXT PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE windows (kind TEXT NOT NULL, start TEXT NOT NULL, record BLOB NOT NULL, PRIMARY KEY (kind, start)) WITHOUT ROWID;
CREATE TABLE runs (name TEXT PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE marks (first TEXT NOT NULL, second TEXT NOT NULL, record BLOB NOT NULL, PRIMARY KEY (first, second)) WITHOUT ROWID;
CREATE INDEX marks_by_second ON marks (second);
CREATE TABLE diffs (run TEXT NOT NULL, against TEXT NOT NULL, record BLOB NOT NULL, PRIMARY KEY (run, against)) WITHOUT ROWID;
"""
