"""What the disk and SQLite raise, turned into errors a person can act on."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import IndexDamagedError, StorageError
from . import catalog

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_WORDS = ("is full", "disk I/O", "No space left", "File too large", "os error 28")
_CLOSED_WORDS = ("readonly database", "unable to open database")


@contextmanager
def reported(index: Path) -> Iterator[None]:
    """Turn what the disk and SQLite raise into errors a person can act on."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (sqlite3.DatabaseError, OSError, ValueError, RuntimeError) as error:
        told = _told(index, error)
        if told is None:
            raise
        raise told from error


def _told(index: Path, error: Exception) -> StorageError | IndexDamagedError | None:
    text = str(error)
    # tantivy and FAISS have no type of their own for a disk that is full.
    if getattr(error, "errno", None) in _FULL or any(word in text for word in _FULL_WORDS):
        return _no_room(index)
    if isinstance(error, PermissionError) or any(word in text for word in _CLOSED_WORDS):
        return _no_permission(index)
    if isinstance(error, sqlite3.DatabaseError):
        return catalog.damaged_catalog(index / catalog.FILE, text)
    if isinstance(error, OSError):
        return StorageError(
            f"The index {index} cannot be used: {error.strerror or error}.",
            "Check the disk it lies on.",
        )
    return None


def _no_room(index: Path) -> StorageError:
    return StorageError(
        f"There is no room left to write the index {index}.",
        "Make room and run the same command again; the last state is whole and nothing is lost.",
    )


def _no_permission(index: Path) -> StorageError:
    return StorageError(
        f"The index {index} may not be written.",
        "Name another place with --index, or ask for permission.",
    )
