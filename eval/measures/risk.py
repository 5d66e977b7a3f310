"""Risk against coverage (Geifman, El-Yaniv 2017): what is the cost of answering more?"""

from __future__ import annotations

import numpy as np

from .base import Curve, Floats, Whole


def risk_coverage(curve: Curve) -> tuple[Floats, Floats]:
    """Return coverage and risk, each (n,), as the threshold falls from question to question.

    Questions of equal confidence can only be answered together: they share the
    mean risk of their group.
    """
    order = np.argsort(-curve.confidence, kind="stable")
    confidence, wrong = curve.confidence[order], (~curve.right[order]).astype(np.float64)
    _, group = np.unique(-confidence, return_inverse=True)
    sizes = np.bincount(group)
    even = (np.bincount(group, weights=wrong) / sizes)[group]
    count = np.arange(1, len(order) + 1, dtype=np.float64)
    return count / len(order), np.cumsum(even) / count


def _aurc(curve: Curve) -> float | None:
    if not len(curve.confidence):
        return None
    return float(risk_coverage(curve)[1].mean())


AURC = Whole("AURC", "mean share of wrong first quotes over all coverages", "lower", _aurc)
