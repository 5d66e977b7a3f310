"""The questions that are put to the file."""

from __future__ import annotations

import sqlite3
import unicodedata

_MOST = 2**63 - 1
_SHOWN = """SELECT s.*, coalesce(
    (SELECT question FROM turns t WHERE t.session = s.id AND number = 1), '') AS first
    FROM sessions s"""


def fold(text: str) -> str:
    """Return text in the form in which it is compared when it is searched for."""
    return unicodedata.normalize("NFKC", text).casefold()


def session(db: sqlite3.Connection, sid: int) -> sqlite3.Row | None:
    """Return a conversation's row, or None."""
    if not 0 < sid <= _MOST:
        return None
    row: sqlite3.Row | None = db.execute(f"{_SHOWN} WHERE s.id = ?", (sid,)).fetchone()
    return row


def sessions(db: sqlite3.Connection, search: str, folder: bytes | None) -> list[sqlite3.Row]:
    """Return the rows of conversations about a folder that hold every word, last first."""
    rows = db.execute(
        f"{_SHOWN} WHERE :folder IS NULL OR corpus = :folder ORDER BY updated DESC, id DESC",
        {"folder": folder},
    ).fetchall()
    words = fold(search).split()
    return [row for row in rows if _holds(db, row, words)] if words else rows


def _holds(db: sqlite3.Connection, row: sqlite3.Row, words: list[str]) -> bool:
    asked = db.execute("SELECT question FROM turns WHERE session = ?", (row["id"],))
    text = fold("\n".join([row["title"], *(question for (question,) in asked)]))
    return all(word in text for word in words)


def questions(db: sqlite3.Connection, limit: int) -> tuple[str, ...]:
    """Return the questions that were asked last, each once."""
    rows = db.execute(
        "SELECT question, max(asked) AS last FROM turns GROUP BY question "
        "ORDER BY last DESC, question LIMIT ?",
        (max(0, min(limit, _MOST)),),
    )
    return tuple(question for question, _ in rows)
