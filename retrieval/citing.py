"""Make citations, and prove them against the file when they are shown."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import dataclass, replace
from pathlib import Path

from .errors import IndexDamagedError
from .offsets import byte_range, line_range, page_of
from .reading import NotTextError, read_bytes, reader_for
from .records import Citation, CitationState, Document

_KEPT_CHARACTERS = 4_000_000
"""Characters of files that are kept, or one longer file."""
_Stamp = tuple[int, int, int, int]
"""Size, time of modification, time of change, inode: new whenever a file is written."""


@dataclass(frozen=True, slots=True)
class _Source:
    stamp: _Stamp
    sha256: str
    text: str | None
    """None where the bytes are no text any more."""


def cite(document: Document, start: int, end: int, state: CitationState = "verified") -> Citation:
    """Return the citation of ``document.text[start:end]``."""
    first, last = line_range(document.text, start, end)
    in_bytes = (
        byte_range(document.text, document.encoding, start, end) if not document.pages else None
    )
    return Citation(
        path=document.path, title=document.title, start=start, end=end,
        line_start=first, line_end=last, page=page_of(document.pages, start),
        section=section_of(document, start), sha256=document.sha256, state=state,
        byte_start=in_bytes[0] if in_bytes else None, byte_end=in_bytes[1] if in_bytes else None,
    )  # fmt: skip


def section_of(document: Document, start: int) -> str | None:
    """Return the words of the heading that ``start`` stands under, or None."""
    starts = [section.start for section in document.sections]
    number = bisect_right(starts, start)
    return document.sections[number - 1].title if number else None


class Prover:
    """Checks citations against the files of a corpus, reading each version of a file once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._sources: dict[str, _Source] = {}
        self._size = 0

    def cite(self, document: Document, start: int, end: int) -> Citation:
        """Return the citation of a slice, with the state its file is in right now.

        Raises:
            IndexDamagedError: the file has not changed, yet the slice is not in it.
        """
        return replace(cite(document, start, end), state=self._state(document, start, end))

    def state_of(self, path: str, sha256: str, span: tuple[int, int], quote: str) -> CitationState:
        """Return the state of a citation made earlier, from an index that may be gone."""
        source = self._read(path)
        if source is None:
            return "missing"
        same = source.sha256 == sha256 and source.text is not None
        return "verified" if same and (source.text or "")[slice(*span)] == quote else "changed"

    def _state(self, document: Document, start: int, end: int) -> CitationState:
        source = self._read(document.path)
        if source is None:
            return "missing"
        if source.sha256 != document.sha256 or source.text is None:
            return "changed"
        if source.text[start:end] != document.text[start:end]:
            raise IndexDamagedError(
                f"The index disagrees with the unchanged file {document.path}.",
                "Run: quoth doctor, then index the folder anew into an empty index folder.",
            )
        return "verified"

    def _read(self, path: str) -> _Source | None:
        try:
            info = (self._root / path).stat()
            stamp = (info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino)
            held = self._sources.get(path)
            if held is not None and held.stamp == stamp:
                return held
            data, _ = read_bytes(self._root, path)
        except (OSError, NotTextError):
            return None
        try:
            text: str | None = reader_for(path).text(data)
        except NotTextError:
            text = None
        self._size += len(text or "")
        if self._size > _KEPT_CHARACTERS:
            self._sources.clear()
            self._size = len(text or "")
        source = _Source(stamp, hashlib.sha256(data).hexdigest(), text)
        self._sources[path] = source
        return source
