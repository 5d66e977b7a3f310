"""BM25 over all segments of a state, exactly as one index of them all would give it.

The engine ranks each segment by that segment's own statistics. Here its
candidates are weighed by those of the whole state, without what was deleted, and
more are fetched until nothing that was not fetched could be among the best.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from .tables import DEAD, STEM

K1, B = 1.2, 0.75
_SLACK = 1e-4
"""How far the engine's single-precision scores may be off, relatively."""

Weights = npt.NDArray[np.float64]
"""(n,) float64."""


@lru_cache(maxsize=200_000)
def stem_hash(stem: str) -> int:
    """Return the number under which a stem is kept beside passages."""
    return int.from_bytes(blake2b(stem.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def idf(total: int, holding: int) -> float:
    """Return a stem's inverse document frequency, as in BM25 (Robertson et al. 1994)."""
    return math.log(1 + (total - holding + 0.5) / (holding + 0.5))


def count_stems(found: Sequence[str]) -> npt.NDArray[np.void]:
    """Return the records of a passage's stems, sorted by hash."""
    hashes, times = np.unique(
        np.array([stem_hash(stem) for stem in found], np.uint64), return_counts=True
    )
    table: npt.NDArray[np.void] = np.zeros(len(hashes), STEM)
    table["stem"], table["times"] = hashes, np.minimum(times, 255)
    return table


def count_dead(parts: Sequence[npt.NDArray[np.void]]) -> npt.NDArray[np.void]:
    """Return in how many passages each stem of ``parts`` stands, sorted by hash."""
    stems = np.concatenate([np.empty(0, np.uint64), *(part["stem"] for part in parts)])
    hashes, passages = np.unique(stems, return_counts=True)
    table: npt.NDArray[np.void] = np.zeros(len(hashes), DEAD)
    table["stem"], table["passages"] = hashes, passages
    return table


def _lengths() -> Weights:
    """Return the lengths that the engine tells apart: all to 40, then eight to each doubling."""
    exact = list(range(24))
    steps = list(range(8)) + [(8 + i % 8) << (i // 8) for i in range(256 - 24 - 8)]
    return np.array(exact + [24 + step for step in steps], np.float64)


_LENGTHS = _lengths()


def quantised(words: npt.NDArray[np.integer]) -> Weights:
    """Return the lengths of passages as the engine keeps them."""
    return _LENGTHS[np.searchsorted(_LENGTHS, words, side="right") - 1]


def bm25(
    weights: Mapping[int, float],
    stems: npt.NDArray[np.void],
    counts: npt.NDArray[np.integer],
    words: npt.NDArray[np.integer],
    average: float,
) -> Weights:
    """Return the scores of passages.

    Args:
        weights: the query's stems by hash, each with its inverse document frequency.
        stems: the passages' stem records, one passage after the other.
        counts: how many records each passage has.
        words: how many words each passage has.
        average: words of a passage, over the whole state.
    """
    hashes = np.array(sorted(weights), np.uint64)
    values = np.array([weights[int(h)] for h in hashes], np.float64)
    owners = np.repeat(np.arange(len(counts)), counts)
    place = np.minimum(np.searchsorted(hashes, stems["stem"]), len(hashes) - 1)
    held = hashes[place] == stems["stem"]
    owners, place = owners[held], place[held]
    times = stems["times"][held].astype(np.float64)
    norm = K1 * (1 - B + B * quantised(words) / max(average, 1e-9))
    parts = values[place] * (K1 + 1) * times / (times + norm[owners])
    scores: Weights = np.bincount(owners, parts, len(counts)).astype(np.float64)
    return scores


def enough(scores: Weights, k: int, lowest: float, ratio: float) -> bool:
    """Say whether no passage that was not fetched can be among the ``k`` best.

    Args:
        scores: of those fetched, as they are.
        k: how many are wanted.
        lowest: the engine's score that none of the others exceeds; 0 if there are none.
        ratio: how much more than the engine says another one can score at most.
    """
    if lowest <= 0:
        return True
    if len(scores) < k:
        return False
    best = float(np.partition(scores, len(scores) - k)[len(scores) - k])
    return best > lowest * ratio * (1 + _SLACK)
