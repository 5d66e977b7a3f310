"""How many of the characters shown are gold, and how much of the gold is shown."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import Gold, Place
from .base import Case, Measure


def covered(place: Place, others: Sequence[Place]) -> int:
    """Return how many characters of ``place`` stand in at least one of ``others``."""
    parts = sorted(
        (max(place.start, other.start), min(place.end, other.end))
        for other in others
        if place.overlap(other)
    )
    total, reached = 0, place.start
    for start, end in parts:
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def _quoted(case: Case) -> list[Gold]:
    """Return the gold that has words; a whole document's characters say nothing."""
    return [entry for entry in case.question.gold if entry.quote]


def _precision(case: Case) -> float | None:
    gold = [entry.place for entry in _quoted(case)]
    if not gold:
        return None
    if case.outcome is None or not case.outcome.shown:
        return 0.0
    places = case.outcome.shown[0].places
    return max(covered(place, gold) / place.length for place in places)


def _recall(case: Case, quotes: int) -> float | None:
    gold = _quoted(case)
    if not gold:
        return None
    if case.outcome is None:
        return 0.0
    shown = [place for item in case.outcome.shown[:quotes] for place in item.places]
    if case.question.sides or case.question.kind == "multi":
        # Several places are needed: all of them count, by length.
        return _sum(gold, shown)
    return max(covered(entry.place, shown) / entry.place.length for entry in gold)


def _sum(gold: Sequence[Gold], shown: Sequence[Place]) -> float:
    total = sum(entry.place.length for entry in gold)
    return sum(covered(entry.place, shown) for entry in gold) / total


QUOTE_PRECISION = Measure(
    "character precision",
    "share of the first quote's characters that are gold",
    "higher",
    _precision,
)
QUOTE_RECALL = Measure(
    "character recall@1",
    "share of a gold place's characters in the first quote; of all places where several are needed",
    "higher",
    lambda case: _recall(case, 1),
)
SHOWN_RECALL = Measure(
    "character recall@k",
    "the same in all quotes that are shown",
    "higher",
    lambda case: _recall(case, case.shown),
)
