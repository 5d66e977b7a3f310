"""Where else the words of a quote stand: exactly, or nearly."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from rapidfuzz.distance import LCSseq

from .encoder import Vectors
from .records import Document
from .store import Snapshot
from .store.base import Rows

_WORD = re.compile(r"\w+")
_LOOKED_AT = 6
"""Passages that are compared with a quote at most: those with the sentences nearest to it."""
_ALIKE = 0.7
"""The least cosine of a sentence that may nearly repeat another (docs/experiments.md)."""
_COPIES = 100
"""Passages with the very words of a quote that are cited, the first by path."""
_MIN_WORDS = 6
"""Shorter sentences resemble one another by chance."""
_SHARED = 0.9
"""Share of the shorter sentence's words that must stand in the longer, in order."""
_LENGTHS = 0.6
"""The shorter sentence has at least this share of the longer one's words."""


@dataclass(frozen=True, slots=True)
class Place:
    """A slice of a document."""

    document: Document
    start: int
    end: int

    @property
    def quote(self) -> str:
        """The words."""
        return self.document.text[self.start : self.end]


def nearest_passages(snapshot: Snapshot, rows: Rows, sentences: Vectors) -> list[list[int]]:
    """Return for each sentence the passages among ``rows`` that may nearly repeat it.

    What repeats an answer resembles the question as the answer does, so that it is among
    what was found for it; another search for each quote took a third of the time.

    Args:
        snapshot: the index.
        rows: (m,) of the best passages for the question.
        sentences: (n, dim) float32, of the quotes.
    """
    rows = np.sort(rows)
    cosines = snapshot.best_sentences(rows, sentences)
    best = np.argsort(-cosines, axis=1, kind="stable")[:, :_LOOKED_AT]
    return [rows[own[of[own] >= _ALIKE]].tolist() for of, own in zip(cosines, best, strict=True)]


def repeats(
    snapshot: Snapshot, quote: str, at: Place, nearest: Sequence[int]
) -> tuple[list[Place], list[Place]]:
    """Find the other places of a quote.

    Args:
        snapshot: the index.
        quote: the words.
        at: where they were found; not reported again.
        nearest: rows of the passages whose sentences mean much the same;
            see :func:`nearest_passages`.

    Returns:
        Places with the very same characters, and sentences whose words nearly
        repeat them without stating another figure; each by path and start.
    """
    words = words_of(quote)
    same: dict[tuple[str, int], Place] = {}
    near: dict[tuple[str, int], Place] = {}
    for document, start, end in _sentences(snapshot, quote, nearest):
        if document.path == at.document.path and start < at.end and at.start < end:
            continue
        text = document.text[start:end]
        exact = text.find(quote)
        if exact >= 0:
            place = Place(document, start + exact, start + exact + len(quote))
            same[document.path, place.start] = place
        elif is_near(words, words_of(text)):
            near[document.path, start] = Place(document, start, end)
    return [same[key] for key in sorted(same)], [near[key] for key in sorted(near)]


@lru_cache(maxsize=8192)
def words_of(text: str) -> tuple[str, ...]:
    """Return the words of ``text`` for comparing: folded, without marks."""
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def is_near(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Say whether two sentences nearly repeat each other, figures included."""
    if one == other:
        return True
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if len(short) < _MIN_WORDS or len(short) < _LENGTHS * len(long):
        return False
    few = _distinct(short)
    if len(few & _distinct(long)) < _SHARED * len(few):
        return False  # too few words in common for any order of them
    if {w for w in one if w.isdecimal()} != {w for w in other if w.isdecimal()}:
        return False
    return LCSseq.similarity(short, long) >= _SHARED * len(short)


@lru_cache(maxsize=8192)
def _distinct(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(words)


def _sentences(
    snapshot: Snapshot, quote: str, nearest: Sequence[int]
) -> Iterator[tuple[Document, int, int]]:
    """Yield the sentences, and runs of them, of passages with much the same words."""
    rows = dict.fromkeys(snapshot.with_phrase(quote)[:_COPIES].tolist())
    rows.update(dict.fromkeys(nearest))
    for row in rows:
        spans = snapshot.spans(row)
        for passage in snapshot.passages(row):
            text, document = passage.text, passage.document
            if quote in text and not any(
                quote in document.text[s.start : s.end] for s in spans
            ):  # a quote of several sentences
                yield document, passage.start, passage.end
                continue
            for span in spans:
                yield document, span.start, span.end
