"""The best passages of a state by words and by nearness, over all of its segments."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ..encoder import Vectors
from . import lexical, terms
from .base import Found, Level, Rows, Scores
from .segment import Segment
from .tables import Numbers
from .vectors import Mask

_MAX_TERMS = 512
"""Distinct words of one query that are looked up; the rest of a longer one is ignored."""
_OVERFETCH = 4
"""Sentences asked for per passage wanted, since several may stand in one passage."""
_MOST_FETCHED = 4096
"""Passages of a segment that are weighed at most, when very many score alike."""


class Candidates:
    """Searches segments as if they were one.

    Args:
        segments: those of the state.
        passages: how many the state has.
        words: how many they have together.
        dead: the stems of what was deleted.
    """

    def __init__(
        self, segments: Sequence[Segment], passages: int, words: int, dead: npt.NDArray[np.void]
    ) -> None:
        self._segments = segments
        self._total = passages
        self._average = words / max(1, passages)
        self._dead = dead
        # A field of a table is copied whole each time something is looked up in it.
        self._dead_stems = np.ascontiguousarray(dead["stem"])
        self.passage_count = lru_cache(maxsize=4096)(self._passage_count)

    def lexical(self, text: str, k: int, allowed: Sequence[Mask] | None) -> Found:
        """See :meth:`Snapshot.lexical`; ``allowed`` has a mask for each segment."""
        stems = list(dict.fromkeys(lexical.stems(text)))[:_MAX_TERMS]
        weights = {
            stem: terms.idf(self._total, self.passage_count(stem))
            for stem in stems
            if self.passage_count(stem)
        }
        if not weights or k <= 0:
            return _best([], [], 0)
        rows, scores = [], []
        for number, segment in enumerate(self._segments):
            mask = None if allowed is None else allowed[number]
            numbers, found = self._of_segment(segment, weights, k, mask)
            rows.append(segment.rows(numbers))
            scores.append(found)
        return _best(rows, scores, k)

    def _of_segment(
        self, segment: Segment, weights: dict[str, float], k: int, allowed: Mask | None
    ) -> tuple[Numbers, terms.Weights]:
        boosts = {}
        for stem, weight in weights.items():
            holding = segment.lexical.document_frequency(stem)
            if holding:
                boosts[stem] = weight / terms.idf(segment.count, holding)
        if not boosts:
            return np.empty(0, np.int64), np.empty(0, np.float64)
        hashed = {terms.stem_hash(stem): weight for stem, weight in weights.items()}
        among = None if allowed is None else np.flatnonzero(allowed)
        ratio = max(1.0, self._average / max(segment.words, 1e-9))
        limit = min(segment.count, k + k // 2 + 16)
        while True:
            numbers, lowest = segment.lexical.search(boosts, limit, among)
            numbers = np.sort(numbers[segment.rows(numbers) >= 0])
            scores = segment.bm25(numbers, hashed, self._average)
            fetched_all = limit >= min(segment.count, max(_MOST_FETCHED, 2 * k))
            if fetched_all or terms.enough(scores, k, lowest, ratio):
                return numbers, scores
            limit = min(segment.count, limit * 4)

    def _passage_count(self, stem: str) -> int:
        """Return how many passages of the state hold ``stem``."""
        total = sum(segment.lexical.document_frequency(stem) for segment in self._segments)
        wanted = terms.stem_hash(stem)
        place = int(self._dead_stems.searchsorted(np.uint64(wanted)))
        if place < len(self._dead) and int(self._dead_stems[place]) == wanted:
            total -= int(self._dead["passages"][place])
        return max(0, total)

    def dense(
        self, query: Vectors, k: int, level: Level, allowed: Sequence[Mask] | None, *,
        exact: bool = False,
    ) -> Found:  # fmt: skip
        """See :meth:`Snapshot.dense`; ``allowed`` has a mask for each segment."""
        wanted = k if level == "passage" else k * _OVERFETCH
        parts = []
        for number, segment in enumerate(self._segments):
            mask = None if allowed is None else allowed[number]
            found, scores = segment.nearest(query, wanted, level, mask, exact=exact)
            parts.append((np.full(len(found), number), found, segment.rows(found), scores))
        owners, numbers, rows, scores = (
            parts[0] if len(parts) == 1 else map(np.concatenate, zip(*parts, strict=True))
        )
        order = np.lexsort((rows, -scores))[:wanted]
        if level == "passage":
            cosines = self._cosines(query, owners[order], numbers[order])
            return _best([rows[order]], [cosines], k)
        # Best first: where a passage comes up the first time, it is as near as it gets.
        first: dict[int, int] = {}
        for place, row in zip(order.tolist(), rows[order].tolist(), strict=True):
            first.setdefault(row, place)
        chosen = np.fromiter(first.values(), np.int64, len(first))[:k]
        return Found(rows[chosen], scores[chosen])

    def _cosines(self, query: Vectors, owners: Numbers, numbers: Numbers) -> Scores:
        """Return cosines that do not depend on where a vector is stored."""
        result = np.zeros(len(numbers), np.float32)
        for number, segment in enumerate(self._segments):
            own = np.flatnonzero(owners == number)
            own = own[np.argsort(numbers[own])]
            vectors = segment.passage_vectors.gather(numbers[own])
            result[own] = (vectors.astype(np.float64) * query).sum(axis=1)
        return result


def _best(rows: Sequence[Rows], scores: Sequence[npt.NDArray[np.floating]], k: int) -> Found:
    """Return the ``k`` best; ties in the order of rows."""
    all_rows = np.concatenate([np.empty(0, np.int64), *rows])
    all_scores = np.concatenate([np.empty(0, np.float32), *(s.astype(np.float32) for s in scores)])
    order = np.lexsort((all_rows, -all_scores))[:k]
    return Found(all_rows[order], all_scores[order])
