"""How well confidence orders questions: area under the ROC curve (Hanley, McNeil 1982)."""

from __future__ import annotations

from .base import Curve, Flags, Floats, Whole


def auroc(confidence: Floats, positive: Flags) -> float | None:
    """Return the chance that a positive outranks a negative, a tie counting one half.

    Args:
        confidence: (n,) float64.
        positive: (n,) bool.
    """
    from scipy.stats import rankdata

    ones = int(positive.sum())
    zeros = len(positive) - ones
    if not ones or not zeros:
        return None
    ranks = rankdata(confidence)
    return float((ranks[positive].sum() - ones * (ones + 1) / 2) / (ones * zeros))


AUROC = Whole(
    "AUROC", "chance that an answerable question has more confidence than an unanswerable one",
    "higher", lambda curve: auroc(curve.confidence, curve.answerable),
)  # fmt: skip


def _right(curve: Curve) -> float | None:
    return auroc(curve.confidence, curve.right)


AUROC_RIGHT = Whole(
    "AUROC right", "chance that a right first quote has more confidence than a wrong one", "higher",
    _right,
)  # fmt: skip
