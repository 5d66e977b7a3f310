"""The documents behind an index: listed, read, cited, and compared with their folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import freshness
from .citing import Prover
from .listing import Changes, Listed
from .records import Citation, CitationState, Document, Skipped
from .settings import Settings
from .store import Snapshot


class Shelf:
    """The documents of one committed state. Safe to share between threads."""

    def __init__(self, snapshot: Snapshot, settings: Settings) -> None:
        self._snapshot = snapshot
        self._settings = settings
        self._prover = Prover(snapshot.info.corpus)

    @property
    def root(self) -> Path:
        """The folder of documents."""
        return self._snapshot.info.corpus

    def documents(self) -> tuple[Listed, ...]:
        """Return every document, by path."""
        return tuple(
            Listed(d.path, d.size, d.modified_ns / 1e9) for d in self._snapshot.known().values()
        )

    def document(self, path: str) -> Document | None:
        """Return the document at ``path`` as it was indexed, or None."""
        return self._snapshot.document(path)

    def skipped(self) -> tuple[Skipped, ...]:
        """Return the files that were found and not read, and why."""
        return tuple(self._snapshot.skipped())

    def changes(self) -> Changes:
        """Compare the folder with the index, from the listing alone."""
        return freshness.changes(self.root, self._snapshot, self._settings)

    def cite(self, path: str, start: int, end: int) -> Citation | None:
        """Return the citation of a slice, proved against its file now; None without document.

        Raises:
            IndexDamagedError: the file has not changed, yet the slice is not in it.
        """
        document = self._snapshot.document(path)
        return None if document is None else self._prover.cite(document, start, end)

    def state(self, citation: Mapping[str, Any], quote: str) -> CitationState:
        """Return the state that a citation of an earlier answer is in now.

        Args:
            citation: as :meth:`Citation.to_dict` gave it.
            quote: the words it is about.
        """
        span = int(citation["start"]), int(citation["end"])
        return self._prover.state_of(str(citation["path"]), str(citation["sha256"]), span, quote)
