"""The one interface between the index and everything that uses it.

``Snapshot`` is a reader's view of one committed state; ``Writer`` prepares the
next one and switches to it atomically. The embedded store is the first
implementation of both.

A *row* is the number of a passage within one committed state, from 0, in the
order of document paths and then starts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ..encoder import EncoderSpec, Vectors
from ..passages import PassageSpan, SentenceSpan
from ..records import Document, Passage, Section, Skipped

Rows = npt.NDArray[np.int64]
"""(n,) int64 passage rows."""
Scores = npt.NDArray[np.float32]
"""(n,) float32."""
Level = Literal["passage", "sentence"]


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """What a committed state is and was made from."""

    path: Path
    corpus: Path
    format: int
    generation: int
    fingerprint: str
    encoder: EncoderSpec
    documents: int
    passages: int
    sentences: int
    skipped: int
    indexed_at: float
    """Seconds since the epoch, of the last commit."""


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """What the last commit knows of a file: enough to tell whether it changed."""

    path: str
    content: int
    sha256: str
    cut: str
    """How it was read and cut into passages."""
    size: int
    modified_ns: int
    scanned_ns: int


@dataclass(frozen=True, slots=True)
class Content:
    """A document's content, independent of where it lies, ready to be stored."""

    sha256: str
    cut: str
    encoding: str
    title: str | None
    text: str
    sections: tuple[Section, ...]
    pages: tuple[int, ...]
    size: int
    passages: tuple[PassageSpan, ...]


class Found(NamedTuple):
    """Candidates, best first; ties in the order of rows."""

    rows: Rows
    scores: Scores


class Snapshot(Protocol):
    """One committed state. It never changes, whatever a writer does meanwhile."""

    @property
    def info(self) -> StoreInfo:
        """What this state is and was made from."""
        ...

    def dense(
        self, query: Vectors, k: int, level: Level, allowed: Rows | None = None, *,
        exact: bool = False,
    ) -> Found:  # fmt: skip
        """Return the ``k`` passages nearest to ``query`` ((dim,) float32), by cosine.

        Args:
            query: of unit length.
            k: clamped to what there is.
            level: at "sentence" a passage counts as near as its nearest sentence.
            allowed: ascending rows to look among; None for all.
            exact: compare with every vector, however long that takes.
        """
        ...

    def lexical(self, text: str, k: int, allowed: Rows | None = None) -> Found:
        """Return the ``k`` best passages for the words of ``text``, by BM25."""
        ...

    def with_phrase(self, phrase: str) -> Rows:
        """Return every row whose text holds the words of ``phrase`` in a row, ascending."""
        ...

    def with_similar(self, word: str, distance: int, limit: int) -> Rows:
        """Return at most ``limit`` rows that hold a word up to ``distance`` edits away."""
        ...

    def rows_of(self, paths: Iterable[str]) -> Rows:
        """Return the rows of the documents at ``paths``, ascending."""
        ...

    def passage_vectors(self, rows: Sequence[int]) -> Vectors:
        """Return (n, dim) float32."""
        ...

    def spans(self, row: int) -> Sequence[SentenceSpan]:
        """Return a passage's sentences, in order."""
        ...

    def sentence_vectors(self, row: int) -> Vectors:
        """Return the vectors of a passage's sentences, (n, dim) float32."""
        ...

    def best_sentences(self, rows: Rows, queries: Vectors) -> Scores:
        """Return the cosine of each row's sentence nearest to each query.

        Args:
            rows: (m,) ascending.
            queries: (n, dim) float32, of unit length.

        Returns:
            (n, m) float32.
        """
        ...

    def passages(self, row: int) -> list[Passage]:
        """Return the passage in every document that holds it, by path."""
        ...

    def term_count(self, word: str) -> int:
        """Return how often ``word`` stands in all documents, whole and case-folded."""
        ...

    def stems(self, text: str) -> list[str]:
        """Return the words of ``text`` in order, folded and stemmed as they are indexed."""
        ...

    def passage_count(self, stem: str) -> int:
        """Return how many passages hold ``stem``, one of :meth:`stems`."""
        ...

    def document(self, path: str) -> Document | None:
        """Return the document at ``path``, or None."""
        ...

    def documents(self) -> Iterator[Document]:
        """Yield every document, by path."""
        ...

    def known(self) -> Mapping[str, StoredDocument]:
        """Return what is stored of every file, by path."""
        ...

    def skipped(self) -> list[Skipped]:
        """Return the files that were found and not read, by path."""
        ...

    def lists(self) -> dict[str, dict[str, float]]:
        """Return what is not searched exactly: by kind, how much of the nearest is found."""
        ...

    def check(self) -> list[str]:
        """Look for damage at full depth; return what is damaged, in words."""
        ...

    def close(self) -> None:
        """Let go of it; it cannot be used afterwards."""
        ...


class Writer(Protocol):
    """The only writer of an index. Closing it without a commit leaves the last state."""

    @property
    def info(self) -> StoreInfo | None:
        """The last committed state; None for a new index."""
        ...

    def known(self) -> dict[str, StoredDocument]:
        """Return what the last commit knows of every file, by path."""
        ...

    def skipped(self) -> list[Skipped]:
        """Return the files that were found and not read, by path."""
        ...

    def find_content(self, sha256: str, cut: str) -> int | None:
        """Return the number of a content that is stored already."""
        ...

    def add_content(self, content: Content) -> int:
        """Store a content at once; unseen by readers until a commit refers to it."""
        ...

    def count_texts(self, contents: Iterable[int]) -> int:
        """Return how many passages and sentences contents have."""
        ...

    def missing_vectors(self, encoder_id: str, contents: Iterable[int]) -> list[tuple[bytes, str]]:
        """Return (key, text) of every passage and sentence that has no vector yet."""
        ...

    def add_vectors(self, encoder_id: str, keys: Sequence[bytes], vectors: Vectors) -> None:
        """Store vectors at once, so that an interrupted run embeds nothing twice."""
        ...

    def commit(
        self, corpus: Path, encoder: EncoderSpec, documents: Sequence[StoredDocument],
        skipped: Sequence[Skipped], fingerprint: str,
    ) -> StoreInfo:  # fmt: skip
        """Make ``documents`` the state that readers see, atomically."""
        ...

    def merge(self) -> bool:
        """Write parts of the last state together where there are many; say whether it did."""
        ...

    def close(self) -> None:
        """Let go of it; it cannot be used afterwards."""
        ...
