"""From a query to ranked passages: dense and lexical candidates, fused.

Every candidate gets the same named features, whichever way it was found; the
fused score is their weighted sum, so that it does not depend on what else is in
the index. Ties break by document path, then start.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .encoder import Vectors
from .store import Snapshot
from .store.base import Rows

CANDIDATES = 100
"""Passages taken from each of the three candidate lists."""


@dataclass(frozen=True, slots=True)
class Fusion:
    """Weights of the parts of a passage's score; fitted in docs/experiments.md."""

    dense: float = 1.0
    sentence: float = 0.75
    lexical: float = 1.75


@dataclass(frozen=True, slots=True)
class Ranked:
    """A row with its score and the parts of it."""

    row: int
    score: float
    dense: float
    """Cosine of query and passage."""
    sentence: float
    """Cosine of the query and the passage's nearest sentence."""
    lexical: float
    """BM25, as the engine gave it."""
    match: float
    """BM25 as a share of what a perfect short passage would get, about 0 to 1."""

    @property
    def parts(self) -> dict[str, float]:
        """The parts by name, for people and programs that want to know why."""
        return {"dense": self.dense, "sentence": self.sentence, "lexical": self.lexical}


def rank(
    snapshot: Snapshot,
    vector: Vectors,
    texts: Sequence[tuple[str, float]],
    k: int,
    *,
    phrases: Sequence[str] = (),
    allowed: Rows | None = None,
    fusion: Fusion | None = None,
    exact: bool = False,
) -> list[Ranked]:
    """Return the ``k`` best passages for a query, best first.

    Args:
        snapshot: the index.
        vector: (dim,) float32, the query's.
        texts: what to look for by words, each with its weight; the weights sum to 1.
        phrases: words that a passage must hold in a row.
        k: clamped to what there is.
        allowed: ascending rows to rank among; None for all.
        fusion: weights other than the default ones.
        exact: compare with every vector, to measure what is lost without.
    """
    allowed = _with_phrases(snapshot, phrases, allowed)
    if allowed is not None and not len(allowed):
        return []
    wanted = max(k, CANDIDATES)
    worded = [snapshot.lexical(text, wanted, allowed) for text, _ in texts]
    near = [
        snapshot.dense(vector, wanted, level, allowed, exact=exact)
        for level in ("passage", "sentence")
    ]
    rows = np.unique(np.concatenate([found.rows for found in (*worded, *near)]))
    if not len(rows):
        return []
    words, match = np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32)
    for found, (text, weight) in zip(worded, texts, strict=True):
        at = np.searchsorted(rows, found.rows)
        words[at] += weight * found.scores
        match[at] += weight * found.scores / max(_ceiling(snapshot, text), 1e-6)
    dense = snapshot.passage_vectors(rows.tolist()) @ vector
    sentence = snapshot.best_sentences(rows, vector[np.newaxis])[0]
    weights = fusion or Fusion()
    scores = weights.dense * dense + weights.sentence * sentence + weights.lexical * match
    # Equal to six digits is equal: the last bits depend on the order of additions.
    order = np.lexsort((rows, -np.round(scores, 6)))[:k]
    return [
        Ranked(
            int(rows[i]),
            float(scores[i]),
            float(dense[i]),
            float(sentence[i]),
            float(words[i]),
            float(match[i]),
        )
        for i in order
    ]


def _with_phrases(snapshot: Snapshot, phrases: Sequence[str], allowed: Rows | None) -> Rows | None:
    for phrase in phrases:
        if allowed is not None and not len(allowed):
            break
        rows = snapshot.with_phrase(phrase)
        allowed = rows if allowed is None else np.intersect1d(allowed, rows)
    return allowed


def _ceiling(snapshot: Snapshot, text: str) -> float:
    """Return about the BM25 score of a short passage with every word of the query in it."""
    return sum(2.2 * idf(snapshot, stem) for stem in set(snapshot.stems(text)))


def idf(snapshot: Snapshot, stem: str) -> float:
    """Return a stem's inverse document frequency, as in BM25 (Robertson et al. 1994)."""
    total, holding = snapshot.info.passages, snapshot.passage_count(stem)
    return math.log(1 + (total - holding + 0.5) / (holding + 0.5))
