"""Have the best sentences read together with the question, where a pair encoder is at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..encoder import PairEncoder, Reading
from ..store import Snapshot
from .choosing import Choice

READ = 9
"""Sentences that are read."""
_FURNITURE = 0.5
"""What is page furniture from here on is not read: "Leave a comment" answers how to leave one."""


def read_again(
    snapshot: Snapshot, pair: PairEncoder, question: str, choices: Sequence[Choice], weight: float
) -> list[Choice]:
    """Return the choices in the order of their scores, with what reading adds to them.

    Args:
        snapshot: the index.
        pair: what reads.
        question: one that can be understood without others.
        choices: best first; those that are not read count as the worst that is.
        weight: of what reading adds.
    """
    best = [choice for choice in choices if choice.features.furniture < _FURNITURE][:READ]
    if not best:
        return list(choices)
    scores = pair.scores(question, [reading_of(snapshot, choice) for choice in best])
    read = {id(choice): score for choice, score in zip(best, scores, strict=True)}
    worst = min(scores)
    again = [_with(choice, weight, read.get(id(choice), worst)) for choice in choices]
    again.sort(key=lambda c: (-round(c.score, 6), c.passage.document.path, c.start))
    return again


def _with(choice: Choice, weight: float, value: float) -> Choice:
    features = replace(choice.features, pair=value)
    return replace(choice, score=choice.score + weight * value, features=features)


def reading_of(snapshot: Snapshot, choice: Choice) -> Reading:
    """Return a choice with what stands around it, as the pair encoder reads it."""
    document = choice.passage.document
    before = ""
    if choice.number:
        span = snapshot.spans(choice.row)[choice.number - 1]
        before = document.text[span.start : span.end]
    title = document.title
    return Reading(
        title, "" if before == title else before, document.text[choice.core : choice.end]
    )
