"""The file itself: made private, opened, checked; what SQLite says, in a person's words."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import QuothError, SessionsDamagedError, StorageError
from . import schema

FILE = "sessions.sqlite"
_CHECKED_BYTES = 32_000_000
"""Up to this size every page is looked through when the file is opened."""
_LEAST_PAGE = 512
"""Bytes; SQLite writes whole pages of this size or a multiple of it."""
_FULL_WORDS = ("is full", "disk I/O", "No space left")
_CLOSED_WORDS = ("readonly database", "unable to open database")


def connect(folder: Path) -> sqlite3.Connection:
    """Open the conversations in ``folder``, made where they are missing.

    Raises:
        SessionsDamagedError: the file is no database any more, or another program's.
        StorageError: it cannot be read and written.
    """
    path = folder / FILE
    with reported(path):
        _make_private(folder, path)
        _check_size(path)
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
        db.row_factory = sqlite3.Row
        try:
            _prepare(db, path)
        except BaseException:
            db.close()
            raise
    return db


def in_memory() -> sqlite3.Connection:
    """Return a place for conversations that are gone when it is closed."""
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA foreign_keys = ON")
    schema.migrate(db)
    return db


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    # In this order: another process may be making the tables right now.
    format_ = schema.version(db)
    known = int(db.execute("PRAGMA application_id").fetchone()[0])
    if format_ and known != schema.APPLICATION_ID:
        raise damaged(path, "it belongs to another program")
    if format_ > schema.FORMAT:
        raise StorageError(
            f"The conversations in {path} have format {format_}; "
            f"this quoth knows formats up to {schema.FORMAT}.",
            "Install a newer quoth, or name another data_dir in the settings.",
        )
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA secure_delete = ON")
    db.execute("PRAGMA journal_mode = WAL")
    # Every commit is flushed: what was answered survives a power cut too.
    db.execute("PRAGMA synchronous = FULL")
    schema.migrate(db)
    if not schema.is_whole(db):
        raise damaged(path, "its tables are not those that were made")
    if path.stat().st_size <= _CHECKED_BYTES:
        check_pages(db, path, full=False)


def check_pages(db: sqlite3.Connection, path: Path, *, full: bool) -> None:
    """Look through every page; ``full`` compares the indexes with the tables besides.

    Raises:
        SessionsDamagedError: something does not fit.
    """
    check = "PRAGMA integrity_check(1)" if full else "PRAGMA quick_check(1)"
    found = str(db.execute(check).fetchone()[0])
    if found != "ok":
        raise damaged(path, " ".join(found.split()))


def _check_size(path: Path) -> None:
    """Refuse a file that was cut off: SQLite reads what lacks at the end as zeros."""
    log = path.with_name(path.name + "-wal")
    if path.stat().st_size % _LEAST_PAGE and not (log.exists() and log.stat().st_size):
        raise damaged(path, "it was cut off")


def _make_private(folder: Path, path: Path) -> None:
    """Let nobody but the user read the folder and its files; SQLite's own take after ours."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
    os.close(os.open(path, flags, 0o600))
    if os.name == "posix":
        for one, wanted in ((folder, 0o700), (path, 0o600)):
            if stat.S_IMODE(one.stat().st_mode) & 0o077:
                one.chmod(wanted)


@contextmanager
def reported(path: Path) -> Iterator[None]:
    """Turn what the disk and SQLite raise into errors a person can act on."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise _told(path, error) from error
    except UnicodeDecodeError as error:  # in a message of SQLite about what it found
        raise damaged(path, "a text in it is none") from error


def _told(path: Path, error: sqlite3.Error | OSError) -> QuothError:
    text = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    if any(word in text for word in _FULL_WORDS):
        return StorageError(
            f"There is no room left to keep conversations in {path}.",
            "Make room; everything that was kept before is whole.",
        )
    if isinstance(error, OSError) or any(word in text for word in _CLOSED_WORDS):
        return StorageError(
            f"The conversations in {path} cannot be read and written: {text}.",
            "Name another data_dir in the settings, or ask for permission.",
        )
    if "locked" in text:
        return StorageError(
            f"Another process has been writing {path} for half a minute.",
            "Try again when it is done.",
        )
    return damaged(path, text)


def damaged(path: Path, why: str) -> SessionsDamagedError:
    """Return the error for conversations that cannot be trusted any more."""
    return SessionsDamagedError(
        f"The saved conversations in {path} are damaged: {why}.",
        "Nothing was changed. What is whole can be saved with: quoth sessions repair",
    )
