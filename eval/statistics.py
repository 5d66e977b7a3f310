"""Intervals and tests by resampling questions; always with the same seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .measures.base import Curve, Floats

RESAMPLES = 1000
"""Resamples for the interval of a mean."""
FEW_RESAMPLES = 300
"""Resamples for a measure of many questions at once, which takes longer to compute."""
_SEED = 20221
_LEVEL = 95.0


class Estimate(NamedTuple):
    """A number with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float
    size: int
    """Questions that it is about."""


def means(values: Floats) -> list[Estimate | None]:
    """Return the mean of each column, with a percentile interval (Efron 1979).

    Args:
        values: (n, measures) float64, a row a question; NaN where a measure does not apply.
    """
    applies = (~np.isnan(values)).astype(np.float64)
    filled = np.nan_to_num(values)
    weights = _weights(len(values))
    sums, counts = weights @ filled, weights @ applies
    drawn = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    sizes = applies.sum(axis=0)
    found: list[Estimate | None] = []
    for at, size in enumerate(sizes.tolist()):
        if not size:
            found.append(None)
            continue
        low, high = interval(drawn[:, at])
        found.append(Estimate(float(filled[:, at].sum() / size), low, high, int(size)))
    return found


class Pair(NamedTuple):
    """Two means and how they differ."""

    values: tuple[float, float]
    change: float
    low: float
    high: float


def paired(values: Floats) -> Pair | None:
    """Return two means over the same questions, with an interval of their difference.

    Args:
        values: (n, 2) float64, a row a question; NaN where the measure does not apply.
    """
    applies = (~np.isnan(values)).astype(np.float64)
    counts = applies.sum(axis=0)
    if not counts.all():
        return None
    filled, weights = np.nan_to_num(values), _weights(len(values))
    with np.errstate(invalid="ignore"):
        drawn = (weights @ filled) / (weights @ applies)
    low, high = interval(drawn[:, 1] - drawn[:, 0])
    first, second = (filled.sum(axis=0) / counts).tolist()
    return Pair((first, second), second - first, low, high)


def whole(curve: Curve, over: Callable[[Curve], float | None]) -> Estimate | None:
    """Return a measure of many questions at once, with its interval."""
    value = over(curve)
    if value is None:
        return None
    drawn = [over(curve.take(rows)) for rows in draws(len(curve.confidence))]
    low, high = interval(optional(drawn))
    return Estimate(value, low, high, len(curve.confidence))


def draws(size: int) -> npt.NDArray[np.int64]:
    """Return (FEW_RESAMPLES, size) int64: the questions of each resample, the same every time."""
    return np.random.default_rng(_SEED).integers(0, size, (FEW_RESAMPLES, size))


def _weights(size: int) -> Floats:
    """Return (RESAMPLES, size): how often each question is in each resample."""
    even = np.full(size, 1 / size)
    return np.random.default_rng(_SEED).multinomial(size, even, RESAMPLES).astype(np.float64)


def optional(values: Sequence[float | None]) -> Floats:
    """Return (n,) float64 with NaN for None."""
    return np.array([np.nan if value is None else value for value in values], np.float64)


def interval(values: Floats) -> tuple[float, float]:
    """Return the middle 95 % of resampled values, (n,); NaN is left out."""
    there = values[~np.isnan(values)]
    if not len(there):
        return float("nan"), float("nan")
    low, high = np.percentile(there, [(100 - _LEVEL) / 2, (100 + _LEVEL) / 2])
    return float(low), float(high)


def randomisation(differences: Floats, number: int = 10_000) -> float:
    """Return the two-sided p-value of a paired randomisation test (Fisher 1935).

    Args:
        differences: (n,) float64, by question.
        number: how many ways to swap the two runs are tried.
    """
    changed = differences[differences != 0]
    if not len(changed):
        return 1.0
    observed = abs(changed.sum())
    generator = np.random.default_rng(_SEED)
    flips = generator.integers(0, 2, (number, len(changed)), np.int8) * np.int8(2) - np.int8(1)
    # Sums of the same numbers in another order differ in their last bits.
    extreme = int((np.abs(flips @ changed) >= observed - 1e-9).sum())
    return (extreme + 1) / (number + 1)
