"""Checksums in the catalog: what a segment is derived from is what was written.

SQLite checks the form of its pages and not what stands in them. A text has a hash
of its own (see ``catalog``); all else that belongs to a content has one together,
and each vector has one.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator

_SIZE = 12


def of_vector(encoder_id: object, key: object, vector: object) -> bytes:
    """Return the checksum of a vector and of what it belongs to; none where they are not that."""
    if not (isinstance(encoder_id, str) and isinstance(key, bytes) and isinstance(vector, bytes)):
        return b""
    return hashlib.sha256(encoder_id.encode("utf-8", "replace") + key + vector).digest()[:_SIZE]


def of_state(db: sqlite3.Connection) -> str:
    """Return the checksum of what a commit says of itself, of its files and of those skipped."""
    total = hashlib.sha256()
    for query in (
        "SELECT key, value FROM meta WHERE key NOT IN ('loose', 'next_content', 'proof')",
        "SELECT path, content, size, modified_ns, scanned_ns FROM documents ORDER BY path",
        "SELECT path, reason FROM skipped ORDER BY path",
    ):
        for row in db.execute(query):
            total.update(repr(row).encode("utf-8", "surrogatepass"))
    return total.hexdigest()


def of_content(db: sqlite3.Connection, number: int) -> bytes:
    """Return the checksum of all that is stored of a content, but its text."""
    total = hashlib.sha256()
    for query in (
        """SELECT sha256, cut, encoding, title, size, text_sha256, sections, pages
           FROM contents WHERE id = ?""",
        "SELECT start, end, key FROM passages WHERE content = ? ORDER BY start, id",
        """SELECT s.start, s.end, s.furniture, s.key FROM passages p
           JOIN sentences s ON s.passage = p.id WHERE p.content = ?
           ORDER BY p.start, p.id, s.start, s.end, s.id""",
    ):
        for row in db.execute(query, (number,)):
            total.update(repr(row).encode("utf-8", "surrogatepass"))
    return total.digest()[:_SIZE]


def broken(db: sqlite3.Connection) -> Iterator[str]:
    """Yield what is not what was written, in a few words."""
    stored = db.execute("SELECT value FROM meta WHERE key = 'proof'").fetchone()
    if stored is None or stored[0] != of_state(db):
        yield "its list of files is not what was written"
    for number, proof in db.execute("SELECT id, proof FROM contents").fetchall():
        if proof != of_content(db, number):
            yield f"what is stored of content {number} is not what was written"
    wrong = sum(
        proof != of_vector(*row)
        for *row, proof in db.execute("SELECT encoder, key, vector, proof FROM vectors")
    )
    if wrong:
        yield f"{wrong} vectors are not what was written"
