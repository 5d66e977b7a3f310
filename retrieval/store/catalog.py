"""The catalog in SQLite: the truth of an index, from which all else can be rebuilt."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..encoder import Vectors
from ..errors import IndexDamagedError, IndexMismatchError
from ..records import Section, Skipped
from . import proofs, schema
from .base import Content, StoredDocument
from .tables import NUMBER, packed

FILE = "catalog.sqlite"
_CHUNK = 500
_SWEPT_AT_ONCE = 20_000
"""Vectors up to which none is kept that nothing needs."""


def vector_key(text: str) -> bytes:
    """Return the key under which a text's vector is stored: its hash."""
    return hashlib.sha256(text.encode("utf-8")).digest()[:16]


def connect(path: Path, *, write: bool) -> sqlite3.Connection:
    """Open a catalog; a reader needs no permission to write.

    Raises:
        IndexMismatchError: the file is something else, or of a newer format.
        IndexDamagedError: it is not a database any more.
    """
    uri = path.absolute().as_uri()
    try:
        db = _open(uri + ("?mode=rwc" if write else "?mode=ro"))
        known = int(db.execute("PRAGMA application_id").fetchone()[0])
        format_ = schema.version(db)
    except sqlite3.OperationalError:
        if write:
            raise
        # A folder that may not be written holds no writer either: read it as it lies.
        db = _open(uri + "?immutable=1")
        known = int(db.execute("PRAGMA application_id").fetchone()[0])
        format_ = schema.version(db)
    except sqlite3.DatabaseError as error:
        raise damaged_catalog(path, str(error)) from error
    if format_ and known != schema.APPLICATION_ID:
        raise IndexMismatchError(f"{path} is not a catalog of quoth.", "Name another index folder.")
    if format_ > schema.FORMAT:
        raise IndexMismatchError(
            f"The index {path.parent} has format {format_}; "
            f"this quoth knows formats up to {schema.FORMAT}.",
            "Install a newer quoth, or index the folder anew into another index folder.",
        )
    return db


def _open(uri: str) -> sqlite3.Connection:
    db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=30)
    db.execute("PRAGMA foreign_keys = ON")
    return db


def damaged_catalog(path: Path, why: str) -> IndexDamagedError:
    """Return the error for a catalog that SQLite cannot read."""
    return IndexDamagedError(
        f"The catalog {path} is damaged: {why}.",
        "Delete that index folder and index again; the documents themselves are untouched.",
    )


def read_meta(db: sqlite3.Connection) -> dict[str, str]:
    """Return the facts of the last commit; empty before the first."""
    return dict(db.execute("SELECT key, value FROM meta"))


def write_meta(db: sqlite3.Connection, values: dict[str, str]) -> None:
    """Set facts of the commit in progress."""
    db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())


def stored_documents(db: sqlite3.Connection) -> Iterator[StoredDocument]:
    """Yield what is known of each file, by path."""
    for row in db.execute(
        """SELECT path, content, sha256, cut, d.size, modified_ns, scanned_ns
           FROM documents d JOIN contents c ON c.id = d.content ORDER BY path"""
    ):
        yield StoredDocument(*row)


def contents_by_path(db: sqlite3.Connection) -> list[int]:
    """Return the contents that documents have, each once, by the first path that has it."""
    query = "SELECT content FROM documents GROUP BY content ORDER BY MIN(path)"
    return [number for (number,) in db.execute(query)]


def skipped_files(db: sqlite3.Connection) -> list[Skipped]:
    """Return the files that were not read, by path."""
    return [Skipped(*row) for row in db.execute("SELECT path, reason FROM skipped ORDER BY path")]


def replace_documents(
    db: sqlite3.Connection, documents: Sequence[StoredDocument], skipped: Sequence[Skipped]
) -> None:
    """Set which files there are, and forget contents that no file has any more."""
    query = "SELECT path, content, size, modified_ns, scanned_ns FROM documents"
    before = {row[0]: row for row in db.execute(query)}
    now = {d.path: (d.path, d.content, d.size, d.modified_ns, d.scanned_ns) for d in documents}
    gone = [path for path in before if path not in now]
    new = [row for path, row in now.items() if before.get(path) != row]
    left = {before[row[0]][1] for row in new if row[0] in before}
    left.update(before[path][1] for path in gone)
    left.update(number for (number,) in db.execute("SELECT content FROM uncommitted"))
    db.executemany("DELETE FROM documents WHERE path = ?", ((path,) for path in gone))
    db.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?)", new)
    db.execute("DELETE FROM skipped")
    db.executemany(
        "INSERT OR REPLACE INTO skipped VALUES (?, ?)", ((s.path, s.reason) for s in skipped)
    )
    _forget(db, left)
    db.execute("DELETE FROM uncommitted")


def _forget(db: sqlite3.Connection, contents: Iterable[int]) -> None:
    """Remove those of ``contents`` that no file has, and the vectors that only they needed."""
    loose = int(read_meta(db).get("loose", 0))
    for number in contents:
        if db.execute("SELECT 1 FROM documents WHERE content = ?", (number,)).fetchone():
            continue
        loose += count_texts(db, number)
        db.execute("DELETE FROM contents WHERE id = ?", (number,))
    # To look for vectors that nothing needs costs as much as the catalog is large: it
    # is done when it is small, or when a tenth of its vectors may have to go.
    (vectors,) = db.execute("SELECT COALESCE(MAX(id), 0) FROM vectors").fetchone()
    if loose and (vectors <= _SWEPT_AT_ONCE or loose * 10 >= vectors):
        db.execute(
            """DELETE FROM vectors WHERE key NOT IN
               (SELECT key FROM passages UNION SELECT key FROM sentences)"""
        )
        loose = 0
    write_meta(db, {"loose": str(loose)})


def find_content(db: sqlite3.Connection, sha256: str, cut: str) -> int | None:
    """Return the number of a stored content."""
    row = db.execute(
        "SELECT id FROM contents WHERE sha256 = ? AND cut = ?", (sha256, cut)
    ).fetchone()
    return None if row is None else int(row[0])


def insert_content(db: sqlite3.Connection, content: Content) -> int:
    """Store a content with its passages and sentences; return its number."""
    number = _new_number(db)
    db.execute(
        """INSERT INTO contents
           (id, sha256, cut, encoding, title, size, text, text_sha256, sections, pages)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            number, content.sha256, content.cut, content.encoding, content.title, content.size,
            content.text, _text_sha256(content.text),
            json.dumps([asdict(section) for section in content.sections]),
            json.dumps(list(content.pages)),
        ),
    )  # fmt: skip
    db.execute("INSERT INTO uncommitted VALUES (?)", (number,))
    text = content.text
    for passage in content.passages:
        key = vector_key(text[passage.start : passage.end])
        cursor = db.execute(
            "INSERT INTO passages (content, start, end, key) VALUES (?, ?, ?, ?)",
            (number, passage.start, passage.end, key),
        )
        owner = cursor.lastrowid
        db.executemany(
            "INSERT INTO sentences (passage, start, end, furniture, key) VALUES (?, ?, ?, ?, ?)",
            (
                (owner, s.start, s.end, s.furniture, vector_key(text[s.start : s.end]))
                for s in passage.sentences
            ),
        )
    proof = proofs.of_content(db, number)
    db.execute("UPDATE contents SET proof = ? WHERE id = ?", (proof, number))
    return number


def _new_number(db: sqlite3.Connection) -> int:
    """Return a number that no content ever had: segments may still hold one that was deleted."""
    (largest,) = db.execute("SELECT COALESCE(MAX(id), 0) FROM contents").fetchone()
    number = max(int(read_meta(db).get("next_content", 1)), int(largest) + 1)
    write_meta(db, {"next_content": str(number + 1)})
    return number


def load_content(db: sqlite3.Connection, number: int, where: Path) -> Content:
    """Return a stored content without its passages, checked against its hash.

    Raises:
        IndexDamagedError: the stored text is not what was written.
    """
    row = db.execute(
        """SELECT sha256, cut, encoding, title, text, sections, pages, size, text_sha256
           FROM contents WHERE id = ?""",
        (number,),
    ).fetchone()
    try:
        if _text_sha256(row[4]) != row[8]:
            raise ValueError(number)
        sections = tuple(Section(**values) for values in json.loads(row[5]))
        pages = tuple(json.loads(row[6]))
    except (ValueError, TypeError, AttributeError) as error:  # a value may be of any kind
        raise damaged_catalog(where, "a stored text is not what was written") from error
    return Content(row[0], row[1], row[2], row[3], row[4], sections, pages, row[7], ())


def count_texts(db: sqlite3.Connection, content: int) -> int:
    """Return how many passages and sentences a content has."""
    (count,) = db.execute(
        """SELECT COUNT(DISTINCT p.id) + COUNT(s.id) FROM passages p
           LEFT JOIN sentences s ON s.passage = p.id WHERE p.content = ?""",
        (content,),
    ).fetchone()
    return int(count)


def missing_vectors(
    db: sqlite3.Connection, encoder: str, contents: Iterable[int]
) -> list[tuple[bytes, str]]:
    """Return (key, text) of what has no vector by this encoder, each text once."""
    found: dict[bytes, str] = {}
    for content in contents:
        text: str | None = None
        rows = db.execute(
            """SELECT s.start, s.end, s.key FROM
                 (SELECT start, end, key FROM passages WHERE content = :content
                  UNION ALL SELECT s.start, s.end, s.key FROM sentences s
                  JOIN passages p ON p.id = s.passage WHERE p.content = :content) s
               LEFT JOIN vectors v ON v.encoder = :encoder AND v.key = s.key
               WHERE v.key IS NULL ORDER BY s.start, s.end""",
            {"content": content, "encoder": encoder},
        ).fetchall()
        if rows:
            text = db.execute("SELECT text FROM contents WHERE id = ?", (content,)).fetchone()[0]
        for start, end, key in rows:
            found.setdefault(key, (text or "")[start:end])
    return list(found.items())


def insert_vectors(
    db: sqlite3.Connection, encoder: str, keys: Sequence[bytes], vectors: Vectors
) -> None:
    """Store unit vectors, (n, dim) float32, under their keys."""
    rows = (
        (encoder, key, data, proofs.of_vector(encoder, key, data))
        for key, data in zip(keys, map(bytes, packed(vectors)), strict=True)
    )
    db.executemany(
        "INSERT OR IGNORE INTO vectors (encoder, key, vector, proof) VALUES (?, ?, ?, ?)", rows
    )


def load_vectors(
    db: sqlite3.Connection, encoder: str, keys: Sequence[bytes], dim: int, where: Path
) -> npt.NDArray[np.int16]:
    """Return stored vectors, (n, dim) and packed, in the order of ``keys``.

    Raises:
        IndexDamagedError: one is missing, or not what was written.
    """
    found: dict[bytes, tuple[bytes, bytes]] = {}
    for first in range(0, len(keys), _CHUNK):
        part = keys[first : first + _CHUNK]
        marks = ",".join("?" * len(part))
        query = f"SELECT key, vector, proof FROM vectors WHERE encoder = ? AND key IN ({marks})"  # noqa: S608
        found.update((key, rest) for key, *rest in db.execute(query, (encoder, *part)))
    result = np.empty((len(keys), dim), NUMBER)
    for row, key in enumerate(keys):
        data, proof = found.get(key, (b"", b""))
        if len(data) != NUMBER.itemsize * dim or proof != proofs.of_vector(encoder, key, data):
            raise damaged_catalog(where, "a vector is missing or not what was written")
        result[row] = np.frombuffer(data, NUMBER)
    return result


def _text_sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
