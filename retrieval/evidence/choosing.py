"""Choose the sentences that answer, inside the passages that were found."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from operator import attrgetter, mul

from ..encoder import Vectors
from ..passages import SentenceSpan
from ..records import Passage
from ..search import Ranked
from ..store import Snapshot
from .features import Features, Wants, features_of

PASSAGES = 12
"""Passages whose sentences are weighed."""
_SAME_DOCUMENT = 3
"""Quotes of one document before those of another go first."""
_POINTS_BACK = re.compile(
    r"^[\"'“‘(\[]*(?:he|she|it|they|this|these|those|that|such|his|her|their|its)\b", re.IGNORECASE
)

FEATURES = tuple(field.name for field in fields(Features))


@dataclass(frozen=True, slots=True)
class Choice:
    """A quote, before it is cited."""

    row: int
    passage: Passage
    start: int
    end: int
    number: int
    """Of the sentence in its passage, from 0."""
    core: int
    """Where the sentence itself starts; before it stands what its pronoun points to."""
    score: float
    features: Features

    @property
    def quote(self) -> str:
        """The words."""
        return self.passage.document.text[self.start : self.end]


def weigh(
    snapshot: Snapshot, ranked: Sequence[Ranked], wants: Wants, weights: Mapping[str, float]
) -> list[Choice]:
    """Return every sentence of the best passages, best first.

    Args:
        snapshot: the index.
        ranked: passages, best first.
        wants: the question.
        weights: of the features, by name.
    """
    choices: list[Choice] = []
    factors = list(weights.values())
    values = _reader(tuple(weights))
    for item in ranked[:PASSAGES]:
        passage, spans = snapshot.passages(item.row)[0], snapshot.spans(item.row)
        found = features_of(snapshot, wants, item, passage, spans)
        for at, (span, features) in enumerate(zip(spans, found, strict=True)):
            start = _with_antecedent(passage, spans, at)
            score = sum(map(mul, factors, values(features)))
            choices.append(
                Choice(item.row, passage, start, span.end, at, span.start, score, features)
            )
    choices.sort(key=lambda c: (-round(c.score, 6), c.passage.document.path, c.start))
    return choices


def spread(choices: Sequence[Choice], limit: int) -> list[Choice]:
    """Take the best, but those of other documents before a fourth of the same one."""
    taken: list[Choice] = []
    late: list[Choice] = []
    by_path: defaultdict[str, list[Choice]] = defaultdict(list)
    for choice in choices:
        if len(taken) >= limit:
            break
        same = by_path[choice.passage.document.path]
        if any(c.start < choice.end and choice.start < c.end for c in same):
            continue
        if len(same) >= _SAME_DOCUMENT:
            late.append(choice)
        else:
            taken.append(choice)
            same.append(choice)
    return [*taken, *late][:limit]


def sentence_vector(snapshot: Snapshot, choice: Choice) -> Vectors:
    """Return the vector of a choice's sentence, (dim,) float32."""
    vector: Vectors = snapshot.sentence_vectors(choice.row)[choice.number]
    return vector


@lru_cache(maxsize=8)
def _reader(names: tuple[str, ...]) -> Callable[[Features], Iterable[float]]:
    """Return what reads several features off at once."""
    if len(names) == 1:
        return lambda features: (getattr(features, names[0]),)
    return attrgetter(*names)


def _with_antecedent(passage: Passage, spans: Sequence[SentenceSpan], at: int) -> int:
    """Return where a quote has to start for its opening pronoun to be understood."""
    text, span = passage.document.text, spans[at]
    if at and _POINTS_BACK.match(text[span.start : span.end]) and not spans[at - 1].furniture:
        return spans[at - 1].start
    return span.start
