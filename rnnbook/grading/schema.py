"""The gradebook's tables. A number in the file says which schema it has."""

from __future__ import annotations

VERSION = 1

TABLES = """
CREATE TABLE homework (              -- what was asked, as JSON: due time, late rule, exercises, limits
    name TEXT PRIMARY KEY,
    data TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE student (               -- everyone who is on a roster or has handed in
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL DEFAULT '',
    data TEXT NOT NULL DEFAULT '{}'  -- what else the roster says, as JSON
) WITHOUT ROWID;
CREATE TABLE notebook (              -- each file handed in, once
    hash TEXT PRIMARY KEY,
    data BLOB NOT NULL               -- compressed by zlib
);
CREATE TABLE grade (                 -- one for each time a hand-in was graded; never changed
    id INTEGER PRIMARY KEY,
    student TEXT NOT NULL,
    homework TEXT NOT NULL,
    key TEXT NOT NULL,               -- a hash of all the grade depends on
    attempt INTEGER NOT NULL,        -- 0, and one more each time it is graded again all the same
    notebook TEXT NOT NULL REFERENCES notebook (hash),
    status TEXT NOT NULL,
    level TEXT NOT NULL,             -- of isolation
    pieces TEXT NOT NULL,
    problems TEXT NOT NULL,          -- for the teacher
    shown TEXT NOT NULL,             -- what of them the student may see
    versions TEXT NOT NULL,
    graded_at TEXT NOT NULL,
    UNIQUE (student, homework, key, attempt)
);
CREATE TABLE mark (                  -- one exercise of a grade; never changed
    grade INTEGER NOT NULL REFERENCES grade (id),
    position INTEGER NOT NULL,
    exercise TEXT NOT NULL,
    title TEXT NOT NULL,
    points REAL,                     -- NULL: waits for a person
    max_points REAL NOT NULL,
    status TEXT NOT NULL,
    headline TEXT NOT NULL,
    reason TEXT NOT NULL,
    mistakes TEXT NOT NULL,
    outputs TEXT NOT NULL,
    feedback TEXT NOT NULL,          -- what the student may see, as JSON
    token TEXT,
    PRIMARY KEY (grade, position)
) WITHOUT ROWID;
CREATE INDEX mark_token ON mark (token);
CREATE TABLE override (              -- a person's decision; the last one on an exercise counts
    id INTEGER PRIMARY KEY,
    student TEXT NOT NULL,
    homework TEXT NOT NULL,
    exercise TEXT NOT NULL,
    points REAL,                     -- NULL: the grader's own points count again
    reason TEXT NOT NULL,
    by_whom TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE TABLE current (               -- which grade counts, with what it comes to
    student TEXT NOT NULL,
    homework TEXT NOT NULL,
    grade INTEGER NOT NULL REFERENCES grade (id),
    file TEXT NOT NULL,              -- as it was called when handed in
    submitted_at TEXT,
    late INTEGER NOT NULL,           -- the platform says so
    raw REAL NOT NULL,               -- overrides included
    final REAL NOT NULL,             -- after the late rule
    max_points REAL NOT NULL,
    waiting INTEGER NOT NULL,        -- questions that wait for a person
    PRIMARY KEY (student, homework)
) WITHOUT ROWID;
"""
