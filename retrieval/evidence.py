"""Choose the sentences that answer, inside the passages that were found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .encoder import Vectors
from .passages import SentenceSpan
from .records import Passage
from .search import Ranked, idf
from .store import Snapshot

PASSAGES = 12
"""Passages whose sentences are weighed."""
_SAME_DOCUMENT = 3
"""Quotes of one document before those of another go first."""
_POINTS_BACK = re.compile(
    r"^[\"'“‘(\[]*(?:he|she|it|they|this|these|those|that|such|his|her|their|its)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of a sentence's features; how they were fitted: docs/experiments.md."""

    passage: float = 0.8
    cosine: float = 0.8
    cover: float = 0.9
    context: float = 0.3
    furniture: float = -1.2
    title: float = -0.1


@dataclass(frozen=True, slots=True)
class Features:
    """What speaks for a sentence as an answer, each about 0 to 1."""

    passage: float
    """The passage's fused score."""
    cosine: float
    """Of the query and the sentence."""
    cover: float
    """Share of the query's words, by inverse document frequency, that stand in the sentence."""
    context: float
    """The same for the sentence before it, the passage and the title together."""
    furniture: float
    title: float
    """1 where the sentence is the document's title."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A quote, before it is cited."""

    row: int
    passage: Passage
    start: int
    end: int
    score: float
    features: Features

    @property
    def quote(self) -> str:
        """The words."""
        return self.passage.document.text[self.start : self.end]


def weigh(
    snapshot: Snapshot,
    ranked: Sequence[Ranked],
    vector: Vectors,
    texts: Sequence[tuple[str, float]],
    weights: Weights | None = None,
) -> list[Choice]:
    """Return every sentence of the best passages, best first.

    Args:
        snapshot: the index.
        ranked: passages, best first.
        vector: (dim,) float32, the query's.
        texts: the query's words, in parts with their weights.
        weights: other than the default ones.
    """
    used = weights or Weights()
    rarity: dict[str, float] = {}
    for text, weight in texts:
        for stem in set(snapshot.stems(text)):
            rarity[stem] = rarity.get(stem, 0.0) + weight * idf(snapshot, stem)
    choices: list[Choice] = []
    for item in ranked[:PASSAGES]:
        passage = snapshot.passages(item.row)[0]
        spans, vectors = snapshot.spans(item.row), snapshot.sentence_vectors(item.row)
        document = passage.document
        around = _cover(snapshot, passage.text + " " + document.title, rarity)
        for span, sentence_vector in zip(spans, vectors, strict=True):
            quote = document.text[span.start : span.end]
            features = Features(
                passage=item.score,
                cosine=float(sentence_vector @ vector),
                cover=_cover(snapshot, quote, rarity),
                context=around,
                furniture=span.furniture,
                title=float(quote == document.title),
            )
            start = _with_antecedent(passage, spans, span)
            choices.append(
                Choice(item.row, passage, start, span.end, _score(features, used), features)
            )
    choices.sort(key=lambda c: (-round(c.score, 6), c.passage.document.path, c.start))
    return choices


def spread(choices: Sequence[Choice], limit: int) -> list[Choice]:
    """Take the best, but those of other documents before a fourth of the same one."""
    taken: list[Choice] = []
    late: list[Choice] = []
    for choice in choices:
        same = [c for c in taken if c.passage.document.path == choice.passage.document.path]
        if any(c.start < choice.end and choice.start < c.end for c in same):
            continue
        (late if len(same) >= _SAME_DOCUMENT else taken).append(choice)
    return [*taken, *late][:limit]


def _score(features: Features, weights: Weights) -> float:
    return (
        weights.passage * features.passage
        + weights.cosine * features.cosine
        + weights.cover * features.cover
        + weights.context * features.context
        + weights.furniture * features.furniture
        + weights.title * features.title
    )


def _cover(snapshot: Snapshot, text: str, rarity: dict[str, float]) -> float:
    total = sum(rarity.values())
    if not total:
        return 0.0
    present = set(snapshot.stems(text))
    return sum(value for stem, value in rarity.items() if stem in present) / total


def _with_antecedent(passage: Passage, spans: Sequence[SentenceSpan], span: SentenceSpan) -> int:
    """Return where a quote has to start for its opening pronoun to be understood."""
    text = passage.document.text
    number = list(spans).index(span)
    if (
        number
        and _POINTS_BACK.match(text[span.start : span.end])
        and not spans[number - 1].furniture
    ):
        return spans[number - 1].start
    return span.start
