"""The catalog's tables and how an older catalog becomes a current one.

Each migration is one function; ``PRAGMA user_version`` counts those applied and
is the index's format number.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

import numpy as np

from . import proofs
from .tables import packed

APPLICATION_ID = 0x71756F74
"""Marks a SQLite file as a catalog of quoth ("quot")."""

Migration = Callable[[sqlite3.Connection], None]


def m001_create(db: sqlite3.Connection) -> None:
    """Documents by place; texts, passages and vectors by content."""
    for statement in (
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        # `title` is NULL where the text has none: then a document is called by its file name.
        """CREATE TABLE contents (
            id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, cut TEXT NOT NULL,
            encoding TEXT NOT NULL, title TEXT, size INTEGER NOT NULL,
            text TEXT NOT NULL, text_sha256 TEXT NOT NULL,
            sections TEXT NOT NULL, pages TEXT NOT NULL, UNIQUE (sha256, cut))""",
        """CREATE TABLE passages (
            id INTEGER PRIMARY KEY,
            content INTEGER NOT NULL REFERENCES contents (id) ON DELETE CASCADE,
            start INTEGER NOT NULL, end INTEGER NOT NULL, key BLOB NOT NULL)""",
        "CREATE INDEX passages_by_content ON passages (content, start)",
        """CREATE TABLE sentences (
            id INTEGER PRIMARY KEY,
            passage INTEGER NOT NULL REFERENCES passages (id) ON DELETE CASCADE,
            start INTEGER NOT NULL, end INTEGER NOT NULL,
            furniture REAL NOT NULL, key BLOB NOT NULL)""",
        "CREATE INDEX sentences_by_passage ON sentences (passage, start)",
        """CREATE TABLE vectors (
            encoder TEXT NOT NULL, key BLOB NOT NULL, vector BLOB NOT NULL,
            PRIMARY KEY (encoder, key)) WITHOUT ROWID""",
        """CREATE TABLE documents (
            path TEXT PRIMARY KEY, content INTEGER NOT NULL REFERENCES contents (id),
            size INTEGER NOT NULL, modified_ns INTEGER NOT NULL,
            scanned_ns INTEGER NOT NULL) WITHOUT ROWID""",
        "CREATE INDEX documents_by_content ON documents (content, path)",
        "CREATE TABLE skipped (path TEXT PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID",
    ):
        db.execute(statement)


def m002_segments(db: sqlite3.Connection) -> None:
    """Vectors in the order they came; contents that no commit refers to are known."""
    for statement in (
        "ALTER TABLE vectors RENAME TO vectors_by_hash",
        # Found by a small index and stored one after the other: rows of this size in
        # the order of random keys would rewrite a page each.
        """CREATE TABLE vectors (
            id INTEGER PRIMARY KEY, encoder TEXT NOT NULL, key BLOB NOT NULL,
            vector BLOB NOT NULL)""",
        """INSERT INTO vectors (encoder, key, vector)
           SELECT encoder, key, vector FROM vectors_by_hash""",
        "DROP TABLE vectors_by_hash",
        "CREATE UNIQUE INDEX vectors_by_key ON vectors (encoder, key)",
        """CREATE TABLE uncommitted (content INTEGER PRIMARY KEY
            REFERENCES contents (id) ON DELETE CASCADE)""",
        """INSERT INTO uncommitted SELECT id FROM contents
           WHERE id NOT IN (SELECT content FROM documents)""",
        # What was derived has another form now; the next run of indexing derives it anew.
        "UPDATE meta SET value = '' WHERE key IN ('manifest', 'fingerprint')",
    ):
        db.execute(statement)


def m003_checksums(db: sqlite3.Connection) -> None:
    """Everything that a segment is derived from has a checksum."""
    db.execute("ALTER TABLE contents ADD COLUMN proof BLOB")
    db.execute("ALTER TABLE vectors ADD COLUMN proof BLOB")
    numbers = db.execute("SELECT id FROM contents").fetchall()
    db.executemany(
        "UPDATE contents SET proof = ? WHERE id = ?",
        ((proofs.of_content(db, number), number) for (number,) in numbers),
    )
    db.create_function("proof_of", 3, proofs.of_vector, deterministic=True)
    db.execute("UPDATE vectors SET proof = proof_of(encoder, key, vector)")
    db.execute("INSERT OR REPLACE INTO meta VALUES ('proof', ?)", (proofs.of_state(db),))


def m004_sixteen_bits(db: sqlite3.Connection) -> None:
    """Vectors take half the room; one that was damaged stays so."""
    db.create_function("proof_of", 3, proofs.of_vector, deterministic=True)
    db.create_function("packed", 1, _packed, deterministic=True)
    db.execute(
        """UPDATE vectors SET vector = packed(vector),
           proof = CASE WHEN proof = proof_of(encoder, key, vector)
                   THEN proof_of(encoder, key, packed(vector)) END"""
    )
    # The next run of indexing derives the segments anew.
    db.execute("UPDATE meta SET value = '' WHERE key IN ('manifest', 'fingerprint')")
    db.execute("INSERT OR REPLACE INTO meta VALUES ('proof', ?)", (proofs.of_state(db),))


def _packed(vector: object) -> bytes:
    if not isinstance(vector, bytes) or len(vector) % 4:
        return b""
    return packed(np.frombuffer(vector, "<f4")).tobytes()


MIGRATIONS: tuple[Migration, ...] = (
    m001_create, m002_segments, m003_checksums, m004_sixteen_bits,
)  # fmt: skip
FORMAT = len(MIGRATIONS)


def version(db: sqlite3.Connection) -> int:
    """Return the format number of a catalog; 0 for an empty file."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def migrate(db: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> list[str]:
    """Apply the migrations a catalog lacks, each in a transaction of its own.

    Returns:
        The names of those applied.
    """
    applied = []
    for number, migration in enumerate(migrations[version(db) :], start=version(db) + 1):
        db.execute("BEGIN IMMEDIATE")
        try:
            migration(db)
            db.execute(f"PRAGMA user_version = {number}")
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")
        applied.append(migration.__name__)
    return applied
