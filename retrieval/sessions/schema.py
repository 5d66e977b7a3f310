"""The tables, and how an older file becomes a current one.

Times are whole microseconds since the epoch, paths are bytes as the file system
has them, and an answer is ASCII JSON, in which every character is exact.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

APPLICATION_ID = 0x71756F73
"""Marks a SQLite file as conversations of quoth ("quos")."""

Migration = Callable[[sqlite3.Connection], None]


def m001_create(db: sqlite3.Connection) -> None:
    """Conversations, their turns, and what was put aside from them."""
    for statement in (
        # `turns` is counted besides, so that a turn that was lost to damage is missed.
        """CREATE TABLE sessions (
            id INTEGER PRIMARY KEY AUTOINCREMENT, corpus BLOB NOT NULL, title TEXT NOT NULL,
            draft TEXT NOT NULL DEFAULT '', started INTEGER NOT NULL, updated INTEGER NOT NULL,
            turns INTEGER NOT NULL DEFAULT 0)""",
        "CREATE INDEX sessions_by_time ON sessions (updated, id)",
        """CREATE TABLE turns (
            session INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
            number INTEGER NOT NULL, question TEXT NOT NULL, asked INTEGER NOT NULL,
            answer TEXT NOT NULL, sha256 TEXT NOT NULL,
            mark TEXT, dropped INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (session, number)) WITHOUT ROWID""",
        "CREATE INDEX turns_by_time ON turns (asked, question)",
        """CREATE TABLE pins (
            session INTEGER NOT NULL, turn INTEGER NOT NULL, evidence INTEGER NOT NULL,
            pinned INTEGER NOT NULL, PRIMARY KEY (session, turn, evidence),
            FOREIGN KEY (session, turn) REFERENCES turns (session, number) ON DELETE CASCADE
            ) WITHOUT ROWID""",
    ):
        db.execute(statement)


MIGRATIONS: tuple[Migration, ...] = (m001_create,)
FORMAT = len(MIGRATIONS)


def version(db: sqlite3.Connection) -> int:
    """Return the format number of a file; 0 for an empty one."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def is_whole(db: sqlite3.Connection) -> bool:
    """Return whether the tables are those of this format; damage may have renamed a column."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        migrate(fresh)
        return _tables(db) == _tables(fresh)


def _tables(db: sqlite3.Connection) -> list[tuple[object, ...]]:
    rows = db.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name")
    return [tuple(row) for row in rows]


def migrate(db: sqlite3.Connection) -> None:
    """Apply the migrations that a file lacks; several processes may try at once."""
    if version(db) >= FORMAT:
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        for number, migration in enumerate(MIGRATIONS[version(db) :], start=version(db) + 1):
            migration(db)
            db.execute(f"PRAGMA user_version = {number}")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
