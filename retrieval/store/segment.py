"""One segment, open for reading, as one committed state sees it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..encoder import Vectors
from . import layout, terms
from .base import Rows
from .lexical import LexicalIndex
from .tables import (
    CONTENT,
    PASSAGE,
    SENTENCE,
    STEM,
    Numbers,
    RecordFile,
    VectorFile,
    loaded,
    mapped,
)  # fmt: skip
from .vectors import Mask, VectorIndex


class Segment:
    """The files of a segment, and which of its passages belong to a state.

    Args:
        folder: the segment's.
        manifest: of the folder.
        dim: of the vectors.
        slots: of the contents that belong to the state.
        first_rows: the row of the first passage of each of them.

    Raises:
        IndexDamagedError: its files cannot be used.
    """

    def __init__(
        self, folder: Path, manifest: Mapping[str, Any], dim: int, slots: Numbers, first_rows: Rows
    ) -> None:
        self.count = int(manifest["passages"])
        self.contents = read_contents(folder, manifest)
        # A field of a table is copied whole each time something is looked up in it.
        self._first: Numbers = self.contents["first"].astype(np.int64)
        self._rows = np.full(len(self.contents), -1, np.int64)
        self._rows[slots] = first_rows
        sentences = int(manifest["sentences"])
        self.passages = mapped(folder / layout.PASSAGES, PASSAGE, self.count)
        self.sentences = mapped(folder / layout.SENTENCES, SENTENCE, sentences)
        self._stems = RecordFile(folder / layout.STEMS, STEM, int(manifest["stems"]))
        self.passage_vectors = VectorFile(folder / layout.PASSAGE_VECTORS, self.count, dim)
        self.sentence_vectors = VectorFile(folder / layout.SENTENCE_VECTORS, sentences, dim)
        self.near_passages = _index(
            self.passage_vectors, dim, folder / layout.PASSAGE_LISTS, manifest.get("passages_lists")
        )
        self.near_sentences = _index(
            self.sentence_vectors, dim,
            folder / layout.SENTENCE_LISTS, manifest.get("sentences_lists"),
        )  # fmt: skip
        self.lexical = LexicalIndex(folder / layout.LEXICAL, self.count)
        self._looked_at = _Sentences.none(dim)
        self.lists: dict[str, dict[str, float]] = {
            kind: manifest[f"{kind}_lists"]
            for kind in ("passages", "sentences")
            if f"{kind}_lists" in manifest
        }

    def close(self) -> None:
        """Let go of the files."""
        self.lexical.close()
        for file in (self._stems, self.passage_vectors, self.sentence_vectors):
            file.close()

    @cached_property
    def words(self) -> float:
        """How many words a passage of the segment has on average."""
        return float(self.contents["words"].sum()) / max(1, self.count)

    @cached_property
    def whole(self) -> bool:
        """Say whether all contents of the segment belong to the state."""
        return bool((self._rows >= 0).all())

    def rows(self, numbers: Numbers) -> Rows:
        """Return the rows of passages; -1 for those that no document holds any more."""
        slots = self._first.searchsorted(numbers, side="right") - 1
        first = self._rows[slots]
        found = first + numbers - self._first[slots]
        return np.where(first >= 0, found, -1)

    def living(self, allowed: Mask | None, level: str) -> Mask | None:
        """Return which passages or sentences may be found; None for all.

        Args:
            allowed: the passages that may be found; None for all of the state.
            level: "passage" or "sentence".
        """
        if allowed is None:
            if self.whole:
                return None
            return self._alive if level == "passage" else self._alive_sentences
        return allowed if level == "passage" else allowed[self.sentences["passage"]]

    @cached_property
    def _alive(self) -> Mask:
        return np.repeat(self._rows >= 0, self.contents["count"])

    @cached_property
    def _alive_sentences(self) -> Mask:
        alive: Mask = self._alive[self.sentences["passage"]]
        return alive

    def nearest(
        self, query: Vectors, k: int, level: str, allowed: Mask | None, *, exact: bool = False
    ) -> tuple[Numbers, npt.NDArray[np.float32]]:
        """Return passages and about their cosines; at level "sentence", one for each sentence."""
        index = self.near_passages if level == "passage" else self.near_sentences
        numbers, scores = index.search(query, k, self.living(allowed, level), exact=exact)
        if level == "sentence":
            numbers = self.sentences["passage"][numbers].astype(np.int64)
        return numbers, scores

    def bm25(self, numbers: Numbers, weights: Mapping[int, float], average: float) -> terms.Weights:
        """Return the scores of ascending passages; see :func:`terms.bm25`."""
        entries = self.passages[numbers]
        counts = entries["stems"].astype(np.int64)
        stems = self._stems.runs(entries["stem"].astype(np.int64), counts)
        return terms.bm25(weights, stems, counts, entries["words"], average)

    def best_sentences(self, numbers: Numbers, queries: Vectors) -> npt.NDArray[np.float32]:
        """Return (queries, passages) cosines of the nearest sentence; 0 without sentences."""
        found = self._sentences(numbers)
        best = np.zeros((len(queries), len(numbers)), np.float32)
        some = found.counts > 0
        if some.any():
            first = (np.cumsum(found.counts) - found.counts)[some]
            # One by one: a product of matrices is shared among threads, which wait for one another,
            # thirty times as long where another program has one of the cores.
            cosines = np.vecdot(queries[:, np.newaxis], found.vectors)
            best[:, some] = np.maximum.reduceat(cosines, first, axis=1)
        return best

    def _sentences(self, numbers: Numbers) -> _Sentences:
        """Return the sentences of ascending passages.

        What was found for a question is looked at again for the repeats of its quotes.
        """
        again = self._looked_at.among(numbers)
        if again is not None:
            return again
        entries = self.passages[numbers]
        counts = entries["sentences"].astype(np.int64)
        vectors = self.sentence_vectors.runs(entries["sentence"].astype(np.int64), counts)
        self._looked_at = _Sentences(numbers, counts, vectors)
        return self._looked_at


class _Sentences(NamedTuple):
    """The vectors of the sentences of ascending passages, one passage after the other."""

    numbers: Numbers
    """Of the passages."""
    counts: Numbers
    """How many sentences each of them has."""
    vectors: Vectors

    @classmethod
    def none(cls, dim: int) -> _Sentences:
        """Return those of no passage."""
        empty: Numbers = np.empty(0, np.int64)
        return cls(empty, empty, np.empty((0, dim), np.float32))

    def among(self, numbers: Numbers) -> _Sentences | None:
        """Return those of some of the passages; None where one of them is not here."""
        at = np.searchsorted(self.numbers, numbers)
        if not len(self.numbers) or not np.array_equal(self.numbers.take(at, mode="clip"), numbers):
            return None
        counts = self.counts[at]
        first = (np.cumsum(self.counts) - self.counts)[at] - (np.cumsum(counts) - counts)
        rows = np.repeat(first, counts) + np.arange(int(counts.sum()))
        return _Sentences(numbers, counts, self.vectors[rows])


def read_contents(folder: Path, manifest: Mapping[str, Any]) -> npt.NDArray[np.void]:
    """Return the table of a segment's contents.

    Raises:
        IndexDamagedError: it has another size, or its passages do not fit.
    """
    table = loaded(folder / layout.CONTENTS, CONTENT, int(manifest["contents"]))
    counts = table["count"].astype(np.int64)
    fits = np.array_equal(table["first"], np.cumsum(counts) - counts)
    if not fits or counts.sum() != manifest["passages"]:
        raise layout.damaged(folder / layout.CONTENTS)
    return table


def _index(
    vectors: VectorFile, dim: int, lists: Path, facts: Mapping[str, float] | None
) -> VectorIndex:
    return VectorIndex(vectors, dim, lists if facts else None, int(facts["lists"]) if facts else 0)
