"""What speaks for a sentence as an answer: named features, each about 0 to 1."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..encoder import Vectors
from ..passages import SentenceSpan
from ..query import read_query
from ..records import Passage
from ..search import Ranked, idf
from ..store import Snapshot
from .wanted import Kind, offers, wanted

_BEFORE = 0.5
"""Share of the sentence before in the vector of the two."""
_APART = 3
"""Words that stand next to each other in a question may be this far apart in a sentence."""


@dataclass(frozen=True, slots=True)
class Features:
    """Of one sentence, for one question."""

    dense: float
    """Cosine of query and passage."""
    nearest: float
    """Cosine of the query and the passage's nearest sentence."""
    cosine: float
    """Of the query and the sentence."""
    window: float
    """Of the query and the sentence with the one before it."""
    cover: float
    """Share of the query's words, by inverse document frequency, that stand in the sentence."""
    union: float
    """The same for the sentence and the one before it."""
    context: float
    """The same for the passage and the title."""
    pairs: float
    """Share, by rarity, of the question's pairs of neighbouring words that stand close in it."""
    names: float
    """Share of the question's capitalised words that stand in the sentence."""
    length: float
    """Logarithm of the number of words, 1 at about 150."""
    furniture: float
    """How far it is page furniture and not part of the text."""
    title: float
    """1 where it is the document's title."""
    number: float
    """1 where the question asks how many and the sentence holds a number; and so on."""
    date: float
    place: float
    reason: float
    pair: float = 0.0
    """What the pair encoder makes of it, in log-odds; 0 where none reads."""


@dataclass(frozen=True, slots=True)
class Wants:
    """A question, as sentences are compared with it."""

    vector: Vectors
    """(dim,) float32."""
    rarity: Mapping[str, float]
    """Inverse document frequency of each stem that is searched for, times its weight."""
    pairs: Mapping[tuple[str, str], float]
    """Neighbouring content words, each with the rarity of the commoner one."""
    names: frozenset[str]
    kind: Kind
    words: frozenset[str]

    @classmethod
    def of(
        cls,
        snapshot: Snapshot,
        question: str,
        parts: Sequence[tuple[str, float]],
        vector: Vectors,
    ) -> Wants:
        """Read a question.

        Args:
            snapshot: the index.
            question: its own words, without what was carried over.
            parts: what is searched for, with weights.
            vector: (dim,) float32, of all the parts.
        """
        rarity: dict[str, float] = {}
        for text, weight in parts:
            for stem in set(snapshot.stems(text)):
                rarity[stem] = rarity.get(stem, 0.0) + weight * idf(snapshot, stem)
        query = read_query(question)
        own = _content(snapshot, question)
        capitals = (word for word in query.words[1:] if word[:1].isupper())
        return cls(
            # Cosines are of unit vectors; a sum of several parts is shorter.
            vector=vector / max(float(np.linalg.norm(vector)), 1e-9),
            rarity=rarity,
            pairs={
                (a, b): min(idf(snapshot, a), idf(snapshot, b))
                for a, b in zip(own, own[1:], strict=False)
            },
            names=frozenset(stem for word in capitals for stem in snapshot.stems(word)),
            kind=wanted(question),
            words=frozenset(word.casefold() for word in query.words),
        )

    def covered(self, stems: set[str]) -> float:
        """Return the share of what is searched for that is among ``stems``, by rarity."""
        total = sum(self.rarity.values())
        held = [v for stem, v in self.rarity.items() if stem in stems]
        return sum(held) / total if total else 0.0


def features_of(
    snapshot: Snapshot, wants: Wants, item: Ranked, passage: Passage, spans: Sequence[SentenceSpan]
) -> Iterator[Features]:
    """Yield the features of each sentence of a passage, in order."""
    document = passage.document
    quotes = [document.text[span.start : span.end] for span in spans]
    stems = [snapshot.stems(quote) for quote in quotes]
    held = [set(own) for own in stems]
    vectors = snapshot.sentence_vectors(item.row)
    cosines, windows = (vectors @ wants.vector).tolist(), _windows(vectors, wants.vector)
    # The sentences of a passage hold all of its words.
    context = wants.covered(set(snapshot.stems(document.title)).union(*held))
    for at, (span, quote) in enumerate(zip(spans, quotes, strict=True)):
        cover = wants.covered(held[at])
        yield Features(
            dense=item.dense,
            nearest=item.sentence,
            cosine=cosines[at],
            window=windows[at],
            cover=cover,
            union=wants.covered(held[at] | held[at - 1]) if at else cover,
            context=context,
            pairs=_pairs(wants.pairs, stems[at]),
            names=len(wants.names & held[at]) / max(1, len(wants.names)),
            length=math.log(1 + len(stems[at])) / 5,
            furniture=span.furniture,
            title=float(quote == document.title),
            **_offered(wants, quote),
        )


def _windows(vectors: Vectors, vector: Vectors) -> list[float]:
    """Return the cosine of each sentence together with the one before it."""
    both = vectors.copy()
    both[1:] += _BEFORE * vectors[:-1]
    lengths = np.maximum(np.linalg.norm(both, axis=1), 1e-9)
    cosines: list[float] = ((both @ vector) / lengths).tolist()
    return cosines


def _content(snapshot: Snapshot, text: str) -> list[str]:
    """Return the stems of the words that carry meaning, in order."""
    return [stem for word in read_query(text).content_words for stem in snapshot.stems(word)]


def _pairs(asked: Mapping[tuple[str, str], float], stems: Sequence[str]) -> float:
    held = [pair for pair in asked if pair[0] in stems and pair[1] in stems]
    if not held:
        return 0.0
    last = {stem: at for at, stem in enumerate(stems)}
    close = [asked[a, b] for a, b in held if 0 < last[b] - last[a] <= _APART]
    return sum(close) / (sum(asked.values()) or 1.0)


_KINDS = ("number", "date", "place", "reason")
_NONE = dict.fromkeys(_KINDS, 0.0)


def _offered(wants: Wants, quote: str) -> Mapping[str, float]:
    if wants.kind not in _KINDS or not offers(wants.kind, quote, wants.words):
        return _NONE
    return {**_NONE, wants.kind: 1.0}
