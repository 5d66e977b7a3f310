"""The conversations of a user: started, continued, found again, deleted."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from ..errors import SessionMissingError, UsageError
from ..settings import Settings
from . import database, finding, packing
from .records import MARKS, Mark, Pin, Session, SessionInfo, Turn


class Sessions:
    """Every conversation that was kept; safe to share between threads.

    Each change is on disk when its method returns. Any method may raise
    :class:`SessionsDamagedError` when the file turns out not to hold what was
    written, and :class:`StorageError` when the disk fails.
    """

    def __init__(self, folder: Path, *, keep: bool = True) -> None:
        self._path = folder / database.FILE
        self._lock = threading.RLock()
        self._db = database.connect(folder) if keep else database.in_memory()

    @classmethod
    def open(cls, settings: Settings) -> Sessions:
        """Open the user's conversations, in the data directory that the settings name.

        Where the setting ``save`` is off, they are kept in memory and gone at the end.

        Raises:
            SessionsDamagedError: the file is damaged.
            StorageError: it cannot be read and written.
        """
        return cls(cls.file(settings).parent, keep=settings.save)

    @staticmethod
    def file(settings: Settings) -> Path:
        """Return the file in which a user's conversations are kept, there or not."""
        return settings.data_dir / "sessions" / database.FILE

    @property
    def path(self) -> Path:
        """The file in which they are kept."""
        return self._path

    def close(self) -> None:
        """Let go of the file; everything is on disk already."""
        with self._lock:
            self._db.close()

    def __enter__(self) -> Sessions:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self, corpus: Path, title: str = "") -> int:
        """Begin a conversation about a folder and return its number."""
        now = packing.now()
        with self._writing() as db:
            cursor = db.execute(
                "INSERT INTO sessions (corpus, title, started, updated) VALUES (?, ?, ?, ?)",
                (os.fsencode(corpus.absolute()), packing.storable(title), now, now),
            )
            return int(cursor.lastrowid or 0)

    def append(self, sid: int, answer: Mapping[str, Any]) -> int:
        """Keep an answer (the JSON of one) as the next turn and return the turn's number.

        Raises:
            SessionMissingError: there is no such conversation.
        """
        question, text = packing.pack(answer)
        now = packing.now()
        with self._writing() as db:
            number = self._row(db, sid)["turns"] + 1
            db.execute(
                """INSERT INTO turns (session, number, question, asked, answer, sha256)
                   VALUES (?, ?, ?, ?, ?, ?)""",
                (sid, number, question, now, text, packing.sha256(sid, number, question, text)),
            )
            db.execute(
                "UPDATE sessions SET turns = ?, updated = ? WHERE id = ?", (number, now, sid)
            )
            return int(number)

    def replace(
        self, sid: int, turn: int, answer: Mapping[str, Any], *, dropped: bool = True
    ) -> None:
        """Keep another answer for a turn that was asked again.

        The mark and the pins were those of the answer before, and go.

        Args:
            sid: the conversation.
            turn: its number.
            answer: takes the place of the one before.
            dropped: whether it was asked without what had been carried.

        Raises:
            SessionMissingError: there is no such turn.
        """
        question, text = packing.pack(answer)
        with self._writing() as db:
            self._need_turn(db, sid, turn)
            db.execute(
                """UPDATE turns SET question = ?, answer = ?, sha256 = ?, mark = NULL, dropped = ?
                   WHERE session = ? AND number = ?""",
                (question, text, packing.sha256(sid, turn, question, text), dropped, sid, turn),
            )
            db.execute("DELETE FROM pins WHERE session = ? AND turn = ?", (sid, turn))
            db.execute("UPDATE sessions SET updated = ? WHERE id = ?", (packing.now(), sid))

    def list(self, search: str = "", corpus: Path | None = None) -> tuple[SessionInfo, ...]:
        """Return the conversations, the last continued first.

        Args:
            search: words that all have to occur in the title or the questions; case is no matter.
            corpus: only those about this folder.
        """
        folder = None if corpus is None else os.fsencode(corpus.absolute())
        with self._reading() as db:
            return tuple(map(packing.info, finding.sessions(db, search, folder)))

    def read(self, sid: int) -> Session:
        """Return a conversation with all its turns.

        Raises:
            SessionMissingError: there is no such conversation.
            SessionsDamagedError: a turn is not what was written.
        """
        with self._reading() as db:
            info = packing.info(self._row(db, sid))
            rows = db.execute("SELECT * FROM turns WHERE session = ? ORDER BY number", (sid,))
            return packing.whole(info, tuple(map(packing.turn, rows)))

    def check(self) -> tuple[int, int]:
        """Go through everything that is kept; return the number of conversations and of turns.

        Raises:
            SessionsDamagedError: something is not what was written.
        """
        with self._lock, database.reported(self._path):
            database.check_pages(self._db, self._path, full=True)
        whole = [self.read(info.id) for info in self.list()]
        return len(whole), sum(len(session.turns) for session in whole)

    def questions(self, limit: int = 100) -> tuple[str, ...]:
        """Return what was asked in any conversation, each question once, the last first."""
        with self._reading() as db:
            return finding.questions(db, limit)

    def rename(self, sid: int, title: str) -> None:
        """Give a conversation a title; an empty one takes it away.

        Raises:
            SessionMissingError: there is no such conversation.
        """
        with self._writing() as db:
            self._row(db, sid)
            db.execute("UPDATE sessions SET title = ? WHERE id = ?", (packing.storable(title), sid))

    def delete(self, sid: int) -> None:
        """Delete a conversation; its words are overwritten on disk.

        Raises:
            SessionMissingError: there is no such conversation.
        """
        with self._writing() as db:
            self._row(db, sid)
            db.execute("DELETE FROM sessions WHERE id = ?", (sid,))
        with self._lock, database.reported(self._path):
            # What the write-ahead log still has of it goes too, unless somebody is reading.
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def set_mark(self, sid: int, turn: int, mark: Mark | None) -> None:
        """Keep what a person says of an answer; None takes it back.

        Raises:
            SessionMissingError: there is no such turn.
            UsageError: there is no such mark.
        """
        if mark is not None and mark not in MARKS:
            raise UsageError(f"There is no mark {mark!r}.", f"It may be {', '.join(MARKS)}.")
        with self._writing() as db:
            self._need_turn(db, sid, turn)
            db.execute(
                "UPDATE turns SET mark = ? WHERE session = ? AND number = ?", (mark, sid, turn)
            )

    def pin(self, sid: int, turn: int, evidence: int) -> None:
        """Put an evidence aside; ``evidence`` counts from 1, as ``turn`` does.

        Raises:
            SessionMissingError: there is no such turn, or no such evidence in it.
        """
        with self._writing() as db:
            shown = self._need_turn(db, sid, turn).answer.get("evidence", [])
            if not 1 <= evidence <= len(shown):
                raise SessionMissingError(
                    f"Turn {turn} of conversation {sid} has no evidence {evidence}.",
                    f"It has {len(shown)}.",
                )
            db.execute(
                "INSERT OR IGNORE INTO pins VALUES (?, ?, ?, ?)",
                (sid, turn, evidence, packing.now()),
            )

    def unpin(self, sid: int, turn: int, evidence: int) -> None:
        """Take a pin back; one that is not there is no error."""
        with self._writing() as db:
            db.execute(
                "DELETE FROM pins WHERE session = ? AND turn = ? AND evidence = ?",
                (sid, turn, evidence),
            )

    def pins(self, sid: int) -> tuple[Pin, ...]:
        """Return what was put aside, in the order of the conversation.

        Raises:
            SessionMissingError: there is no such conversation.
        """
        with self._reading() as db:
            self._row(db, sid)
            rows = db.execute(
                "SELECT turn, evidence, pinned FROM pins WHERE session = ? ORDER BY 1, 2", (sid,)
            )
            return tuple(
                Pin(turn, evidence, packing.moment(pinned)) for turn, evidence, pinned in rows
            )

    def draft(self, sid: int) -> str:
        """Return the question that was being typed.

        Raises:
            SessionMissingError: there is no such conversation.
        """
        with self._reading() as db:
            return str(self._row(db, sid)["draft"])

    def set_draft(self, sid: int, text: str) -> None:
        """Keep the question that is being typed.

        Raises:
            SessionMissingError: there is no such conversation.
        """
        with self._writing() as db:
            self._row(db, sid)
            db.execute("UPDATE sessions SET draft = ? WHERE id = ?", (packing.storable(text), sid))

    def _row(self, db: sqlite3.Connection, sid: int) -> sqlite3.Row:
        row = finding.session(db, sid)
        if row is None:
            raise SessionMissingError(
                f"There is no conversation {sid}.", "`quoth sessions` lists those that there are."
            )
        return row

    def _need_turn(self, db: sqlite3.Connection, sid: int, turn: int) -> Turn:
        turns = self._row(db, sid)["turns"]
        row = db.execute(
            "SELECT * FROM turns WHERE session = ? AND number = ?", (sid, turn)
        ).fetchone()
        if row is None and 1 <= turn <= turns:
            raise database.damaged(self._path, f"turn {turn} of conversation {sid} is missing")
        if row is None:
            raise SessionMissingError(
                f"Conversation {sid} has no turn {turn}.", f"It has {turns} turns."
            )
        return packing.turn(row)

    def _reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """Give the file to read in one transaction: one state of it, whatever others write."""
        return self._transaction("BEGIN")

    def _writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """Give the file to write in one transaction, alone among all processes."""
        return self._transaction("BEGIN IMMEDIATE")

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock, database.reported(self._path):
            self._db.execute(begin)
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # a full disk may have ended it already
                    self._db.execute("ROLLBACK")
                raise
