"""Whether confidence is a probability: expected calibration error and Brier score."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .base import Curve, Whole

BINS = 10


class Bin(NamedTuple):
    """Questions of about the same confidence."""

    confidence: float
    """Mean."""
    right: float
    """Share with a right first quote."""
    size: int


def bins(curve: Curve, number: int = BINS) -> list[Bin]:
    """Return bins of about equal size, by confidence (Nguyen, O'Connor 2015).

    Equal confidences may fall into two bins; a bin's error is of its means.
    """
    order = np.argsort(curve.confidence, kind="stable")
    parts = [part for part in np.array_split(order, number) if len(part)]
    return [
        Bin(float(curve.confidence[part].mean()), float(curve.right[part].mean()), len(part))
        for part in parts
    ]


def _ece(curve: Curve) -> float | None:
    found = bins(curve)
    total = sum(each.size for each in found)
    if not total:
        return None
    return sum(each.size * abs(each.confidence - each.right) for each in found) / total


def _brier(curve: Curve) -> float | None:
    if not len(curve.confidence):
        return None
    return float(np.mean((curve.confidence - curve.right) ** 2))


ECE = Whole(
    "ECE", f"mean distance of confidence from the share right, in {BINS} equal bins", "lower",
    _ece,
)  # fmt: skip
BRIER = Whole(
    "Brier", "mean squared distance of confidence from right (1) or not (0)", "lower", _brier
)  # fmt: skip
