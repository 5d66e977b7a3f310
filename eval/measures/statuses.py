"""How good the three statuses are at the thresholds in use.

A refusal is everything that is not called an answer: ``uncertain`` and ``not_found``.
"""

from __future__ import annotations

from .base import Case, Measure


def _correct(case: Case) -> float:
    if case.outcome is None:
        return 0.0
    if not case.question.answerable:
        return float(not case.answered)
    return float(case.answered and case.right(0))


def _wrong(case: Case) -> float:
    return float(case.answered and not case.right(0))


def _refused(case: Case, *, strictly: bool) -> bool:
    status = None if case.outcome is None else case.outcome.status
    return status == "not_found" or (status == "uncertain" and not strictly)


def _precision(case: Case, *, strictly: bool) -> float | None:
    if case.outcome is None:
        return 0.0
    return float(not case.question.answerable) if _refused(case, strictly=strictly) else None


def _recall(case: Case, *, strictly: bool) -> float | None:
    if case.question.answerable:
        return None
    return float(_refused(case, strictly=strictly))


CORRECT = Measure(
    "correct",
    "answerable questions answered with a right first quote, and unanswerable ones not answered",
    "higher",
    _correct,
)
ANSWERED = Measure(
    "answered", "questions answered", "neither",
    lambda case: float(case.outcome is not None and case.answered),
)  # fmt: skip
WRONG = Measure(
    "wrong answer", "questions answered although the first quote is not right", "lower", _wrong
)
RISK = Measure(
    "risk", "the same, of the questions that were answered", "lower",
    lambda case: _wrong(case) if case.answered else None,
)  # fmt: skip
REFUSAL_PRECISION = Measure(
    "refusal precision", "unanswerable questions among those refused (uncertain or not_found)",
    "higher", lambda case: _precision(case, strictly=False),
)  # fmt: skip
REFUSAL_RECALL = Measure(
    "refusal recall", "unanswerable questions that are refused", "higher",
    lambda case: _recall(case, strictly=False),
)  # fmt: skip
NOT_FOUND_PRECISION = Measure(
    "not-found precision", "unanswerable questions among those called not_found", "higher",
    lambda case: _precision(case, strictly=True),
)  # fmt: skip
NOT_FOUND_RECALL = Measure(
    "not-found recall", "unanswerable questions that are called not_found", "higher",
    lambda case: _recall(case, strictly=True),
)  # fmt: skip
