"""From a folder to documents: exact text, each with its proof of origin."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from ..errors import CorpusError
from ..records import Document, Skipped
from .decoding import NotTextError, decode
from .formats import ReadText, reader_for
from .opening import read_bytes
from .walking import IGNORE_FILE, Found, corpus_root, walk

__all__ = [
    "IGNORE_FILE", "Found", "NotTextError", "corpus_root", "decode", "read_bytes",
    "read_document", "read_folder", "reader_for", "to_document", "walk",
]  # fmt: skip


def to_document(path: str, data: bytes, info: os.stat_result) -> Document:
    """Decode ``data`` with the reader for ``path``.

    Raises:
        NotTextError: the bytes are not text, or hold nothing but white space.
    """
    read: ReadText = reader_for(path).read(data)
    if not read.text.strip():
        raise NotTextError("empty (only white space)")
    return Document(
        path=path,
        title=read.title or PurePosixPath(path).name,
        sha256=hashlib.sha256(data).hexdigest(),
        encoding=read.encoding,
        modified=info.st_mtime,
        text=read.text,
        size=len(data),
        sections=read.sections,
        pages=read.pages,
    )


def read_document(root: Path, path: str, max_bytes: int | None = None) -> Document:
    """Read one file of the corpus.

    Raises:
        NotTextError: it is not a document.
        OSError: it cannot be read.
    """
    data, info = read_bytes(root, path, max_bytes)
    return to_document(path, data, info)


def read_folder(root: Path, max_bytes: int) -> Iterator[Document | Skipped]:
    """Yield every document under ``root`` and every file skipped, in the order of paths."""
    for item in walk(root, max_bytes):
        if isinstance(item, Skipped):
            yield item
            continue
        try:
            yield read_document(root, item.path, max_bytes)
        except (NotTextError, OSError) as error:
            yield Skipped(item.path, skip_reason(error))


def skip_reason(error: NotTextError | OSError) -> str:
    """Say in a few words why a file could not be read."""
    if isinstance(error, NotTextError):
        return str(error)
    return f"cannot be read: {(error.strerror or str(error)).lower()}"


def nothing_to_read(root: Path, skipped: int) -> CorpusError:
    """Return the error for a folder in which no file could be read."""
    if skipped:
        return CorpusError(
            f"None of the {skipped} files in {root} could be read as text.",
            "quoth reads text and Markdown; `quoth status` lists each file with the reason.",
        )
    return CorpusError(f"The folder {root} is empty.", "Put text or Markdown files into it.")
