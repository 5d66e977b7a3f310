"""The segments of a committed state, and the rows of their passages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..encoder import Vectors
from . import layout
from .base import Rows, Scores, StoreInfo
from .candidates import Candidates
from .generation import Generation
from .segment import Segment, read_contents
from .tables import Numbers
from .vectors import Mask

_KEPT = 4_096
"""Passages whose places are kept: those of one question are looked at several times."""


class PassagePlace(NamedTuple):
    """Where a passage lies."""

    segment: int
    content: int
    start: int
    end: int
    sentence: int
    """Number of its first sentence in the segment."""
    sentences: int


class State:
    """Everything derived that a state consists of, open for reading.

    Raises:
        IndexDamagedError: its files do not fit each other.
    """

    def __init__(self, generation: Generation, info: StoreInfo) -> None:
        self._places = generation.places()
        self._folder = generation.folder
        self._dim = info.encoder.dim
        tables = [read_contents(s.folder, s.manifest) for s in generation.segments]
        counts = np.zeros(len(self._places), np.int64)
        words = 0
        for number, table in enumerate(tables):
            own = self._places["segment"] == number
            entries = self._entries(table, own)
            counts[own] = entries["count"]
            words += int(entries["words"].sum())
        self._first_rows = np.cumsum(counts) - counts
        self._total = int(counts.sum())
        if self._total != info.passages:
            raise layout.damaged(generation.folder)
        self.segments: list[Segment] = []
        try:
            for number, ref in enumerate(generation.segments):
                own = self._places["segment"] == number
                slots = self._places["slot"][own].astype(np.int64)
                self.segments.append(
                    Segment(
                        ref.folder, ref.manifest, info.encoder.dim, slots, self._first_rows[own]
                    )
                )
        except BaseException:
            self.close()
            raise
        self._place = lru_cache(maxsize=_KEPT)(self._find)
        self.candidates = Candidates(self.segments, self._total, words, generation.dead_stems())

    def _entries(self, table: npt.NDArray[np.void], own: Mask) -> npt.NDArray[np.void]:
        """Return a segment's entries of the state's contents."""
        slots = self._places["slot"][own]
        if len(slots) and int(slots.max()) >= len(table):
            raise layout.damaged(self._folder)
        entries: npt.NDArray[np.void] = table[slots]
        if not np.array_equal(entries["content"], self._places["content"][own]):
            raise layout.damaged(self._folder)
        return entries

    def lists(self) -> dict[str, dict[str, float]]:
        """Return, by kind, the least that the lists of any segment find, and how many are read."""
        found: dict[str, dict[str, float]] = {}
        for segment in self.segments:
            for kind, facts in segment.lists.items():
                if kind not in found or facts["recall"] < found[kind]["recall"]:
                    found[kind] = facts
        return found

    def close(self) -> None:
        """Let go of the files."""
        for segment in self.segments:
            segment.close()

    def passage(self, row: int) -> tuple[Segment, PassagePlace]:
        """Return a passage's segment, and where it lies there and in the catalog.

        Raises:
            IndexError: there is no such row.
        """
        place = self._place(row)
        return self.segments[place.segment], place

    def _find(self, row: int) -> PassagePlace:
        if not 0 <= row < self._total:
            raise IndexError(row)
        at = int(self._first_rows.searchsorted(row, side="right")) - 1
        content, number, slot = self._places[at].tolist()
        segment = self.segments[number]
        first = int(segment.contents["first"][slot])
        entry = segment.passages[first + row - int(self._first_rows[at])].tolist()
        return PassagePlace(number, content, *entry[:4])

    def rows_of(self, contents: Iterable[int]) -> Rows:
        """Return the rows of contents, ascending."""
        own = np.isin(self._places["content"], np.array(list(contents), np.int64))
        ends = np.append(self._first_rows[1:], self._total)
        ranges = [
            np.arange(first, end)
            for first, end in zip(self._first_rows[own].tolist(), ends[own].tolist(), strict=True)
        ]
        return np.concatenate([np.empty(0, np.int64), *ranges])

    def masks(self, rows: Rows) -> list[Mask]:
        """Return for each segment which of its passages are among ``rows``."""
        masks = [np.zeros(segment.count, bool) for segment in self.segments]
        for mask, (_, _, numbers) in zip(masks, self._by_segment(rows), strict=True):
            mask[numbers] = True
        return masks

    def with_phrase(self, phrase: str) -> Rows:
        """Return every row whose text holds the words of ``phrase`` in a row, ascending."""
        found = [segment.rows(segment.lexical.with_phrase(phrase)) for segment in self.segments]
        rows = np.concatenate([np.empty(0, np.int64), *found])
        return np.sort(rows[rows >= 0])

    def with_similar(self, word: str, distance: int, limit: int) -> Rows:
        """Return some rows that hold a word much like ``word``, ascending."""
        found = [
            segment.rows(segment.lexical.with_similar(word, distance, limit))
            for segment in self.segments
        ]
        rows = np.concatenate([np.empty(0, np.int64), *found])
        return np.sort(rows[rows >= 0])[:limit]

    def passage_vectors(self, rows: Rows) -> Vectors:
        """Return the vectors of ``rows``, (n, dim) float32."""
        result: Vectors = np.empty((len(rows), self._dim), np.float32)
        for segment, own, numbers in self._by_segment(rows):
            result[own] = segment.passage_vectors.gather(numbers)
        return result

    def best_sentences(self, rows: Rows, queries: Vectors) -> Scores:
        """See :meth:`Snapshot.best_sentences`."""
        result: Scores = np.zeros((len(queries), len(rows)), np.float32)
        for segment, own, numbers in self._by_segment(rows):
            result[:, own] = segment.best_sentences(numbers, queries)
        return result

    def _by_segment(self, rows: Rows) -> Iterator[tuple[Segment, Numbers, Numbers]]:
        """Yield (segment, which of ``rows`` lie in it, their numbers there)."""
        at = np.searchsorted(self._first_rows, rows, side="right") - 1
        owners = self._places["segment"][at]
        for number, segment in enumerate(self.segments):
            own = np.flatnonzero(owners == number)
            slots = self._places["slot"][at[own]]
            first = segment.contents["first"][slots].astype(np.int64)
            yield segment, own, first + rows[own] - self._first_rows[at[own]]
