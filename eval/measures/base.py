"""What a measure is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..records import Outcome, Question

Better = Literal["higher", "lower", "neither"]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Case:
    """A question and what came of it."""

    question: Question
    outcome: Outcome | None
    """None where it was not run."""
    shown: int
    """How many quotes a person is shown."""

    def right(self, number: int) -> bool:
        """Say whether the quote of this number, from 0, shows a gold place."""
        if self.outcome is None or number >= len(self.outcome.shown):
            return False
        return bool(self.question.shown_by(self.outcome.shown[number].places))

    @property
    def answered(self) -> bool:
        """Whether it was answered; a question that was not run counts as answered wrongly."""
        return self.outcome is None or self.outcome.status == "answered"


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of one question; of several, their mean."""

    name: str
    about: str
    """One line for people."""
    better: Better
    of: Callable[[Case], float | None]
    """None where the measure does not apply."""


@dataclass(frozen=True, slots=True)
class Curve:
    """What the measures of confidence look at, by question."""

    confidence: Floats
    """(n,) float64."""
    right: Flags
    """(n,) bool: the first quote shows a gold place."""
    answerable: Flags
    """(n,) bool."""

    @classmethod
    def of(cls, cases: Sequence[Case]) -> Curve:
        """Collect it; a question that was not run is as sure and as wrong as can be."""
        worst = [0.0 if case.question.answerable else 1.0 for case in cases]
        sure = [
            wrong if case.outcome is None else case.outcome.confidence
            for case, wrong in zip(cases, worst, strict=True)
        ]
        return cls(
            np.array(sure, np.float64),
            np.array([case.right(0) for case in cases], np.bool_),
            np.array([case.question.answerable for case in cases], np.bool_),
        )

    def take(self, rows: npt.NDArray[np.int64]) -> Curve:
        """Return the questions at ``rows``, which may repeat."""
        return Curve(self.confidence[rows], self.right[rows], self.answerable[rows])


@dataclass(frozen=True, slots=True)
class Whole:
    """A number of many questions at once."""

    name: str
    about: str
    better: Better
    over: Callable[[Curve], float | None]
    """None where it cannot be told, such as from answerable questions alone."""
