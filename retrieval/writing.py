"""Files that somebody keeps are written whole or not at all, for the user's eyes alone."""

from __future__ import annotations

import glob
import os
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Put ``data`` in the place of a file, on disk when this returns.

    It is written beside the file first; what a killed process left there is removed.

    Raises:
        OSError: it cannot be written; what was there before is there still.
    """
    _remove_left(path)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(fresh, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise
    with suppress(PermissionError):  # a folder that may be written and not read
        sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Flush a folder's entries to disk, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_left(path: Path) -> None:
    """Remove what processes that are gone, or this one, began to write in a file's place."""
    for name in glob.glob(f".{glob.escape(path.name)}.*", root_dir=path.parent):
        number = name.rpartition(".")[2]
        if number.isdecimal() and number.isascii() and not _runs(int(number)):
            with suppress(OSError):
                path.with_name(name).unlink()


def _runs(process: int) -> bool:
    """Say whether another process has this number; yes where the system cannot tell."""
    if process == os.getpid():
        return False
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
