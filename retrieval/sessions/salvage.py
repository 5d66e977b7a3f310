"""Save what is left of damaged conversations: every turn that is proved whole, and no other.

A damaged table can often be read from its start up to the damage, and from its
end back to it; so everything is looked for from both ends.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..errors import QuothError, SessionMissingError
from . import database, packing
from .records import MARKS
from .sessions import Sessions

# Columns by name: damage may have renamed one.
_SESSION = """SELECT id, corpus, title, draft, started, updated, turns
    FROM sessions WHERE id = ?"""
_TURNS = """SELECT number, session, question, asked, answer, sha256, mark, dropped
    FROM turns WHERE session = ?"""
_MOST_TURNS = 100_000
"""A larger number of turns in one conversation is damage, not patience."""
_OLDEST = 0
"""Microseconds since the epoch: a time that was lost."""


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What a repair saved, and what it did not."""

    sessions: int
    turns: int
    lost: tuple[str, ...]
    """What is gone, in the order of the conversations: ``turn 3 of conversation 5``."""
    damaged: Path | None
    """Where the damaged files are now; None where everything was whole and stayed."""


def repair(folder: Path) -> Salvaged:
    """Put a whole file in place of a damaged one, with all that can be saved from it.

    Raises:
        SessionMissingError: no conversation is saved there.
        SessionsDamagedError: nothing in the file can be read any more.
        StorageError: there is no room, or no permission.
    """
    path = folder / database.FILE
    if not path.exists():
        raise SessionMissingError(
            "No conversation is saved.", "`quoth chat` in a terminal saves what is asked."
        )
    try:
        with Sessions(folder) as sessions:
            return Salvaged(*sessions.check(), (), None)
    except QuothError as error:
        if error.exit_code == QuothError.exit_code:
            raise
    with database.reported(path):
        fresh = Path(tempfile.mkdtemp(prefix="sessions.new-", dir=folder.parent))
        try:
            found = _copy(path, fresh)
            kept = folder.with_name(f"sessions.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S}")
            folder.rename(kept)
            fresh.rename(folder)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
    return Salvaged(*found, kept)


def _copy(path: Path, fresh: Path) -> tuple[int, int, tuple[str, ...]]:
    """Copy what is whole into a new file; return conversations, turns and what is lost."""
    lost: list[str] = []
    conversations = turns = 0
    with closing(database.connect(fresh)) as new, closing(_open(path)) as old:
        new.execute("BEGIN IMMEDIATE")
        for sid in sorted(_numbers(old, "sessions", "id") | _numbers(old, "turns", "session")):
            row = next(_both_ends(old, _SESSION, sid), None)
            saved = _turns(old, sid)
            wanted = max(_wanted(row), *saved, 0)
            lost += [f"turn {n} of conversation {sid}" for n in range(1, wanted + 1)
                     if n not in saved]  # fmt: skip
            if row is None:
                lost.append(f"title and folder of conversation {sid}")
            _write(new, sid, row, saved)
            _write_pins(new, old, sid, list(saved))
            conversations, turns = conversations + 1, turns + len(saved)
        new.execute("COMMIT")
    if not conversations:
        raise database.damaged(path, "nothing in it can be read any more")
    return conversations, turns, tuple(lost)


def _open(path: Path) -> sqlite3.Connection:
    """Open a damaged file to read whatever it lets go."""
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    db.row_factory = sqlite3.Row
    db.text_factory = lambda data: data.decode("utf-8", "replace")
    return db


def _both_ends(db: sqlite3.Connection, query: str, *given: object) -> Iterator[sqlite3.Row]:
    """Yield what a query gives, from the start up to the damage and from the end back to it."""
    for order in ("ASC", "DESC"):
        try:
            yield from db.execute(f"{query} ORDER BY 1 {order}, 2 {order}", given)
        except (sqlite3.Error, UnicodeDecodeError):
            continue
        return


def _numbers(db: sqlite3.Connection, table: str, column: str) -> set[int]:
    rows = _both_ends(db, f"SELECT {column}, 0 FROM {table}")  # noqa: S608
    return {row[0] for row in rows if isinstance(row[0], int) and row[0] > 0}


def _turns(db: sqlite3.Connection, sid: int) -> dict[int, sqlite3.Row]:
    """Return the turns of a conversation that are proved to be what was written, in order."""
    found = {}
    for row in _both_ends(db, _TURNS, sid):
        try:
            packing.turn(row)
        except (sqlite3.Error, ValueError, TypeError):
            continue
        # A damaged key leads to other conversations' turns.
        if row["session"] == sid and _is_time(row["asked"]):
            found[row["number"]] = row
    return dict(sorted(found.items()))


def _write(
    db: sqlite3.Connection, sid: int, row: sqlite3.Row | None, turns: dict[int, sqlite3.Row]
) -> None:
    """Write a conversation; its turns are numbered anew where some are lost."""
    times = [turn["asked"] for turn in turns.values()] or [_OLDEST]
    about = (os.fsencode("(lost)"), "", "", min(times), max(times))
    if row is not None and _is_sound(row):
        about = tuple(row[name] for name in ("corpus", "title", "draft", "started", "updated"))
    db.execute("INSERT INTO sessions (id, corpus, title, draft, started, updated, turns) "
               "VALUES (?, ?, ?, ?, ?, ?, ?)", (sid, *about, len(turns)))  # fmt: skip
    for number, turn in enumerate(turns.values(), start=1):
        question, text = turn["question"], turn["answer"]
        mark = turn["mark"] if turn["mark"] in MARKS else None
        db.execute(
            """INSERT INTO turns (session, number, question, asked, answer, sha256, mark, dropped)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            (sid, number, question, turn["asked"], text,
             packing.sha256(sid, number, question, text), mark, bool(turn["dropped"])),
        )  # fmt: skip


def _wanted(row: sqlite3.Row | None) -> int:
    """Return how many turns there were, unless that number is damaged too."""
    turns = row["turns"] if row is not None else 0
    return turns if isinstance(turns, int) and 0 <= turns <= _MOST_TURNS else 0


def _is_sound(row: sqlite3.Row) -> bool:
    kinds = {"corpus": bytes, "title": str, "draft": str}
    told = all(isinstance(row[name], kind) for name, kind in kinds.items())
    return told and _is_time(row["started"]) and _is_time(row["updated"])


def _is_time(value: object) -> bool:
    try:
        packing.moment(value)
    except sqlite3.Error:
        return False
    return isinstance(value, int)


def _write_pins(
    db: sqlite3.Connection, old: sqlite3.Connection, sid: int, numbers: list[int]
) -> None:
    """Write the pins of turns that were saved, whatever their numbers are now."""
    query = "SELECT turn, evidence, pinned FROM pins WHERE session = ?"
    for turn, evidence, pinned in _both_ends(old, query, sid):
        if turn in numbers and isinstance(evidence, int) and _is_time(pinned):
            db.execute("INSERT OR IGNORE INTO pins VALUES (?, ?, ?, ?)",
                       (sid, numbers.index(turn) + 1, evidence, pinned))  # fmt: skip
