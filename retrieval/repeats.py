"""Where else the words of a quote stand: exactly, or nearly."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import LCSseq

from .encoder import Vectors
from .records import Document
from .store import Snapshot

_WORD = re.compile(r"\w+")
_LOOKED_AT = 6
"""Passages that are compared with a quote: those with the sentences nearest to it."""
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


def repeats(
    snapshot: Snapshot, quote: str, at: Place, vector: Vectors
) -> tuple[list[Place], list[Place]]:
    """Find the other places of a quote.

    Args:
        snapshot: the index.
        quote: the words.
        at: where they were found; not reported again.
        vector: (dim,) float32, of the sentence.

    Returns:
        Places with the very same characters, and sentences whose words nearly
        repeat them without stating another figure; each by path and start.
    """
    words = words_of(quote)
    same: dict[tuple[str, int], Place] = {}
    near: dict[tuple[str, int], Place] = {}
    for place in _sentences(snapshot, quote, vector):
        if (
            place.document.path == at.document.path
            and place.start < at.end
            and at.start < place.end
        ):
            continue
        exact = place.quote.find(quote)
        if exact >= 0:
            start = place.start + exact
            same[place.document.path, start] = Place(place.document, start, start + len(quote))
        elif is_near(words, words_of(place.quote)):
            near[place.document.path, place.start] = place
    return [same[key] for key in sorted(same)], [near[key] for key in sorted(near)]


@lru_cache(maxsize=8192)
def words_of(text: str) -> tuple[str, ...]:
    """Return the words of ``text`` for comparing: folded, without marks."""
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def is_near(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Say whether two sentences nearly repeat each other, figures included."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if len(short) < _MIN_WORDS or len(short) < _LENGTHS * len(long):
        return False
    if len(set(short) & set(long)) < _SHARED * len(set(short)):
        return False  # too few words in common for any order of them
    if {w for w in one if w.isdecimal()} != {w for w in other if w.isdecimal()}:
        return False
    return LCSseq.similarity(short, long) >= _SHARED * len(short)


def _sentences(snapshot: Snapshot, quote: str, vector: Vectors) -> Iterator[Place]:
    """Yield the sentences, and runs of them, of passages with much the same words."""
    rows = dict.fromkeys(snapshot.with_phrase(quote)[:_COPIES].tolist())
    rows.update(dict.fromkeys(snapshot.dense(vector, _LOOKED_AT, "sentence").rows.tolist()))
    for row in rows:
        spans = snapshot.spans(row)
        for passage in snapshot.passages(row):
            if quote in passage.text and not any(
                quote in passage.document.text[s.start : s.end] for s in spans
            ):  # a quote of several sentences
                yield Place(passage.document, passage.start, passage.end)
                continue
            for span in spans:
                yield Place(passage.document, span.start, span.end)
