"""The bytes of one file of a corpus, which may be anything and change at any time."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath

from .decoding import NotTextError


def read_bytes(root: Path, path: str, max_bytes: int | None = None) -> tuple[bytes, os.stat_result]:
    """Return the bytes of a regular file inside ``root`` and its status.

    Raises:
        NotTextError: the path leaves the folder, or is not a regular file, or is too large.
        OSError: it cannot be read.
    """
    full = root / path
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise NotTextError("path that leaves the folder")
    if not full.resolve().is_relative_to(root):
        raise NotTextError("link that leaves the folder")
    # Not to hang on a pipe that took the file's place since it was listed.
    descriptor = os.open(
        full, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    )
    with os.fdopen(descriptor, "rb") as file:
        info = os.fstat(file.fileno())
        if not stat.S_ISREG(info.st_mode):
            raise NotTextError("not a regular file")
        if max_bytes is not None and info.st_size > max_bytes:
            raise NotTextError("larger than the limit")
        return file.read(), info
