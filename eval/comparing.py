"""Two runs side by side: paired differences, how sure they are, and which questions changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import statistics
from .errors import RunError
from .measures import CONFIDENCE_MEASURES, PLAIN_MEASURES, Curve
from .records import Question
from .scoring import Scores, better, measure_names


@dataclass(frozen=True, slots=True)
class Difference:
    """How one measure differs between two runs."""

    name: str
    first: float
    second: float
    change: float
    """Second minus first, by question."""
    low: float
    high: float
    """95 % interval of the change, by a paired bootstrap."""
    p: float | None
    """Of a paired randomisation test; None where it is not of the same single questions."""
    count: int

    @property
    def improved(self) -> bool | None:
        """Whether it became better or worse; None where the interval holds zero."""
        if self.low <= 0 <= self.high or better(self.name) == "neither":
            return None
        return (self.change > 0) == (better(self.name) == "higher")


@dataclass(frozen=True, slots=True)
class Changed:
    """A question that got better or worse."""

    question: Question
    measure: str
    first: float
    second: float

    @property
    def improved(self) -> bool:
        """Whether it got better."""
        return self.second > self.first


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that two runs differ in."""

    first: Scores
    second: Scores
    common: tuple[str, ...]
    """Ids of the questions that both runs were given."""
    differences: tuple[Difference, ...]
    changed: tuple[Changed, ...]


def compare(first: Scores, second: Scores) -> Comparison:
    """Compare two runs on the questions that both were given.

    Raises:
        RunError: they have no question in common.
    """
    common = tuple(name for name in first.cases if name in second.cases)
    if not common:
        raise RunError("The two runs have no question in common.", "Compare runs of the same set.")
    answers = all(scores.run.meta["retriever"] == "full" for scores in (first, second))
    differences = [
        found
        for name in measure_names(answers=answers)
        if (found := _mean(name, first, second, common)) is not None
    ]
    for measure in CONFIDENCE_MEASURES if answers else PLAIN_MEASURES:
        curves = [Curve.of([scores.cases[name] for name in common]) for scores in (first, second)]
        values = [measure.over(curve) for curve in curves]
        if values[0] is None or values[1] is None:
            continue
        drawn = [
            statistics.optional([measure.over(curve.take(rows)) for curve in curves])
            for rows in statistics.draws(len(common))
        ]
        low, high = statistics.interval(np.array([pair[1] - pair[0] for pair in drawn]))
        change = values[1] - values[0]
        differences.append(
            Difference(measure.name, values[0], values[1], change, low, high, None, len(common))
        )
    leading = ("quote success@1", "correct") if answers else ("unit mrr@10",)
    return Comparison(
        first, second, common, tuple(differences), tuple(_changed(first, second, common, leading))
    )


def _mean(name: str, first: Scores, second: Scores, common: Sequence[str]) -> Difference | None:
    both = np.array(
        [
            [scores.questions[each].get(name, np.nan) for scores in (first, second)]
            for each in common
        ],
        np.float64,
    )
    pair = statistics.paired(both)
    if pair is None:
        return None
    applies = ~np.isnan(both)
    # A measure of the questions that were answered is about others in each run.
    same = bool((applies[:, 0] == applies[:, 1]).all())
    there = both[applies.all(axis=1)]
    p = statistics.randomisation(there[:, 1] - there[:, 0]) if same else None
    count = int(applies.any(axis=1).sum())
    return Difference(name, *pair.values, pair.change, pair.low, pair.high, p, count)


def _changed(
    first: Scores, second: Scores, common: Sequence[str], leading: Sequence[str]
) -> list[Changed]:
    """Return what changed, by the first leading measure that did; worse questions first."""
    found = []
    for name in common:
        for measure in leading:
            old, new = first.questions[name].get(measure), second.questions[name].get(measure)
            if old is not None and new is not None and old != new:
                found.append(Changed(first.cases[name].question, measure, old, new))
                break
    return sorted(found, key=lambda change: change.improved)
