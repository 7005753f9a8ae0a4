"""All SQL of the service.

A review goes through three states. `waiting`: stored, without a vector. `embedded`: its vector is
in `vectors`, counted in its restaurant's sum, and Qdrant has not confirmed it yet. `indexed`: it
can be found. `refused`: the gateway gave it no vector, and asking again would not help.
"""

from __future__ import annotations

from typing import Final

VERSION: Final = 1

PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA busy_timeout = 10000",
    "PRAGMA foreign_keys = ON",
)
LOCAL_VECTORS: Final = PRAGMAS[:2]
"""For qdrant-client's own file, which commits every point."""
LOCK: Final = ("PRAGMA journal_mode = DELETE", "BEGIN EXCLUSIVE")
GET_VERSION: Final = "PRAGMA user_version"
SET_VERSION: Final = f"PRAGMA user_version = {VERSION}"

SCHEMA: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE restaurants (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    category TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE reviews (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    restaurant_id TEXT NOT NULL REFERENCES restaurants (id),
    id TEXT NOT NULL,
    text TEXT NOT NULL,
    digest BLOB NOT NULL,
    written_at INTEGER NOT NULL,  -- microseconds since 1970
    utc_offset INTEGER NOT NULL,  -- seconds
    rating REAL,
    state TEXT NOT NULL,
    trouble TEXT NOT NULL DEFAULT '',
    UNIQUE (restaurant_id, id),
    UNIQUE (restaurant_id, digest)
);
CREATE INDEX reviews_by_state ON reviews (state, number) WHERE state <> 'indexed';
CREATE INDEX reviews_by_time ON reviews (restaurant_id, written_at DESC);

CREATE TABLE vectors (
    number INTEGER PRIMARY KEY REFERENCES reviews (number) ON DELETE CASCADE,
    vector BLOB NOT NULL          -- little-endian float32, of length 1
);

CREATE TABLE judgements (
    number INTEGER PRIMARY KEY REFERENCES reviews (number) ON DELETE CASCADE,
    positive REAL NOT NULL,
    neutral REAL NOT NULL,
    negative REAL NOT NULL,
    opinions TEXT NOT NULL,       -- JSON: [[aspect, polarity, confidence, start, end], ...]
    judged_by TEXT NOT NULL
);

CREATE TABLE sums (
    restaurant_id TEXT PRIMARY KEY REFERENCES restaurants (id) ON DELETE CASCADE,
    total BLOB NOT NULL,          -- little-endian float64
    anchor INTEGER NOT NULL,
    mass REAL NOT NULL,
    moved REAL NOT NULL,
    count INTEGER NOT NULL,
    published INTEGER NOT NULL    -- whether Qdrant has it
) WITHOUT ROWID;

CREATE TABLE gone (point TEXT PRIMARY KEY) WITHOUT ROWID;

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at INTEGER,
    asked TEXT NOT NULL,          -- JSON
    progress TEXT NOT NULL,       -- JSON
    trouble TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX jobs_by_state ON jobs (state);

CREATE TABLE parts (
    job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    restaurant_id TEXT NOT NULL,
    analysis TEXT NOT NULL,
    state TEXT NOT NULL,
    result TEXT NOT NULL DEFAULT '',
    code TEXT NOT NULL DEFAULT '',
    message TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (job_id, position)
) WITHOUT ROWID;

CREATE TABLE events (
    job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL,           -- JSON
    PRIMARY KEY (job_id, number)
) WITHOUT ROWID;

CREATE TABLE bad_lines (
    job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    line INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (job_id, line)
) WITHOUT ROWID;
"""

GET_META: Final = "SELECT value FROM meta WHERE key = ?"
SET_META: Final = "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)"
DROP_META: Final = "DELETE FROM meta WHERE key = ?"

PUT_RESTAURANT: Final = """
INSERT INTO restaurants (id, name, category) VALUES (?1, ?2, ?3)
ON CONFLICT (id) DO UPDATE SET
    name = CASE WHEN ?2 = '' THEN name ELSE ?2 END,
    category = CASE WHEN ?3 = '' THEN category ELSE ?3 END
WHERE (?2 <> '' AND name <> ?2) OR (?3 <> '' AND category <> ?3)"""
RESTAURANT: Final = "SELECT id, name, category FROM restaurants WHERE id = ?"
RESTAURANTS: Final = """
SELECT r.id, r.name, r.category, count(v.number),
    coalesce(sum(v.state = 'indexed'), 0), avg(v.rating), max(v.written_at)
FROM restaurants r LEFT JOIN reviews v ON v.restaurant_id = r.id
WHERE (?1 IS NULL OR r.id = ?1) GROUP BY r.id ORDER BY r.name, r.id"""
RESTAURANT_IDS: Final = """
SELECT DISTINCT restaurant_id FROM reviews ORDER BY restaurant_id"""

_REVIEW: Final = "id, restaurant_id, text, written_at, utc_offset, rating"
REVIEWS: Final = f"""
SELECT {_REVIEW} FROM reviews WHERE restaurant_id = ? ORDER BY written_at DESC, number"""
NEWEST: Final = REVIEWS + " LIMIT ?"
FOUND: Final = f"""
SELECT {_REVIEW} FROM reviews WHERE restaurant_id = ? AND id = ? AND digest = ?"""
REVIEW_AT: Final = f"SELECT {_REVIEW}, digest FROM reviews WHERE number = ?"
SAME_ID: Final = f"""
SELECT number, state, {_REVIEW} FROM reviews WHERE restaurant_id = ? AND id = ?"""
SAME_TEXT: Final = "SELECT id FROM reviews WHERE restaurant_id = ? AND digest = ?"
ADD_REVIEW: Final = """
INSERT INTO reviews (restaurant_id, id, text, digest, written_at, utc_offset, rating, state)
VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting')"""
CHANGE_REVIEW: Final = """
UPDATE reviews SET text = ?, digest = ?, written_at = ?, utc_offset = ?, rating = ?,
    state = ?, trouble = '' WHERE number = ?"""
REMOVE_REVIEW: Final = "DELETE FROM reviews WHERE number = ?"
REVIEW_IDS: Final = "SELECT id FROM reviews WHERE restaurant_id = ?"
REMOVE_REVIEWS: Final = "DELETE FROM reviews WHERE restaurant_id = ?"
REMOVE_RESTAURANT: Final = "DELETE FROM restaurants WHERE id = ?"
FORGET_RESULTS: Final = "UPDATE parts SET result = '' WHERE restaurant_id = ?"
COUNTS: Final = "SELECT state, count(*) FROM reviews GROUP BY state"

WAITING: Final = f"""
SELECT number, digest, {_REVIEW} FROM reviews WHERE state = 'waiting' ORDER BY number LIMIT ?"""
EMBEDDED: Final = """
SELECT r.number, r.restaurant_id, r.id, r.digest, v.vector FROM reviews r JOIN vectors v USING (number)
WHERE r.state = 'embedded' ORDER BY r.number LIMIT ?"""
SET_STATE: Final = """
UPDATE reviews SET state = ?, trouble = ? WHERE number = ? AND digest = ? AND state = 'waiting'"""
CONFIRM: Final = """
UPDATE reviews SET state = 'indexed' WHERE number = ? AND digest = ? AND state = 'embedded'"""
UNCONFIRM: Final = "UPDATE reviews SET state = 'embedded' WHERE state = 'indexed'"
START_AGAIN: Final = "UPDATE reviews SET state = 'waiting', trouble = ''"
ASK_AGAIN: Final = "UPDATE reviews SET state = 'waiting', trouble = '' WHERE state = 'refused'"

ADD_VECTOR: Final = "INSERT OR REPLACE INTO vectors (number, vector) VALUES (?, ?)"
VECTOR: Final = "SELECT vector FROM vectors WHERE number = ?"
DROP_VECTOR: Final = "DELETE FROM vectors WHERE number = ?"
DROP_VECTORS: Final = "DELETE FROM vectors"
MEMBERS: Final = f"""
SELECT v.vector, {_REVIEW} FROM reviews r JOIN vectors v USING (number)
WHERE r.restaurant_id = ? ORDER BY r.number"""

PUT_JUDGEMENT: Final = """
INSERT OR REPLACE INTO judgements (number, positive, neutral, negative, opinions, judged_by)
SELECT number, ?, ?, ?, ?, ? FROM reviews WHERE number = ? AND digest = ?"""
DROP_JUDGEMENT: Final = "DELETE FROM judgements WHERE number = ?"
DROP_JUDGEMENTS: Final = "DELETE FROM judgements"
JUDGEMENTS: Final = """
SELECT r.id, j.positive, j.neutral, j.negative, j.opinions, j.judged_by
FROM judgements j JOIN reviews r USING (number) WHERE r.restaurant_id = ?"""
JUDGEMENT: Final = """
SELECT positive, neutral, negative, opinions, judged_by FROM judgements WHERE number = ?"""
JUDGED: Final = """
SELECT j.positive, j.neutral, j.negative, j.opinions, j.judged_by
FROM judgements j JOIN reviews r USING (number) WHERE r.restaurant_id = ? AND r.id = ?"""
UNJUDGED: Final = f"""
SELECT number, digest, {_REVIEW} FROM reviews
WHERE number > ? AND number NOT IN (SELECT number FROM judgements) ORDER BY number LIMIT ?"""

SUM: Final = "SELECT total, anchor, mass, moved, count FROM sums WHERE restaurant_id = ?"
PUT_SUM: Final = """
INSERT OR REPLACE INTO sums (restaurant_id, total, anchor, mass, moved, count, published)
VALUES (?, ?, ?, ?, ?, ?, 0)"""
SUMMED: Final = "SELECT restaurant_id FROM sums"
UNPUBLISHED: Final = """
SELECT s.restaurant_id, r.category, s.total, s.anchor, s.mass, s.moved, s.count
FROM sums s JOIN restaurants r ON r.id = s.restaurant_id WHERE s.published = 0 LIMIT ?"""
PUBLISHED: Final = "UPDATE sums SET published = 1 WHERE restaurant_id = ? AND total = ?"
UNPUBLISH: Final = "UPDATE sums SET published = 0"
UNPUBLISH_ONE: Final = "UPDATE sums SET published = 0 WHERE restaurant_id = ?"
DROP_SUMS: Final = "DELETE FROM sums"

PUT_GONE: Final = "INSERT OR IGNORE INTO gone (point) VALUES (?)"
GONE: Final = "SELECT point FROM gone LIMIT ?"
DROP_GONE: Final = "DELETE FROM gone WHERE point = ?"
FORGET_GONE: Final = "DELETE FROM gone"

ADD_JOB: Final = """
INSERT INTO jobs (id, kind, state, created_at, asked, progress) VALUES (?, ?, 'queued', ?, ?, ?)"""
ADD_PART: Final = """
INSERT INTO parts (job_id, position, restaurant_id, analysis, state) VALUES (?, ?, ?, ?, 'queued')"""
_JOB: Final = "id, kind, state, created_at, ended_at, asked, progress, trouble"
JOB: Final = f"SELECT {_JOB} FROM jobs WHERE id = ?"
JOBS: Final = f"SELECT {_JOB} FROM jobs ORDER BY created_at DESC, id DESC LIMIT ?"
OPEN_JOBS: Final = f"""
SELECT {_JOB} FROM jobs WHERE state IN ('queued', 'running') ORDER BY created_at, id"""
SET_JOB: Final = """
UPDATE jobs SET state = ?, ended_at = ?, trouble = ? WHERE id = ? AND ended_at IS NULL"""
SET_PROGRESS: Final = "UPDATE jobs SET progress = ? WHERE id = ?"
PARTS: Final = """
SELECT position, restaurant_id, analysis, state, result, code, message FROM parts
WHERE job_id = ? ORDER BY position"""
QUEUED_PARTS: Final = """
SELECT position, restaurant_id, analysis, state, result, code, message FROM parts
WHERE job_id = ? AND state = 'queued' ORDER BY position"""
SET_PART: Final = """
UPDATE parts SET state = ?, result = ?, code = ?, message = ?
WHERE job_id = ? AND position = ? AND state = 'queued'"""
CANCEL_PARTS: Final = "UPDATE parts SET state = 'cancelled' WHERE job_id = ? AND state = 'queued'"
PART_COUNTS: Final = "SELECT state, count(*) FROM parts WHERE job_id = ? GROUP BY state"
ADD_EVENT: Final = """
INSERT INTO events (job_id, number, kind, data)
SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3 FROM events WHERE job_id = ?1"""
EVENTS: Final = """
SELECT number, kind, data FROM events WHERE job_id = ? AND number > ? ORDER BY number LIMIT ?"""
ADD_BAD_LINE: Final = "INSERT OR REPLACE INTO bad_lines (job_id, line, reason) VALUES (?, ?, ?)"
BAD_LINES: Final = "SELECT line, reason FROM bad_lines WHERE job_id = ? ORDER BY line LIMIT ?"
