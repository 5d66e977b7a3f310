"""Whether all sides of a disagreement are shown."""

from __future__ import annotations

from .base import Case, Measure


def _coverage(case: Case) -> float | None:
    sides = case.question.sides
    if not sides:
        return None
    if case.outcome is None:
        return 0.0
    shown = case.outcome.shown[: case.shown]
    places = [place for item in shown for place in (*item.places, *item.beside)]
    found = {case.question.gold[number].side for number in case.question.shown_by(places)}
    return float(set(sides) <= found)


CONFLICT_COVERAGE = Measure(
    "conflict coverage",
    "questions with conflicting gold of which every side is shown, as a quote or beside one",
    "higher",
    _coverage,
)
