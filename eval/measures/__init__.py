"""The measures: one small file each, formulas in docs/eval.md.

Every question gives one number per measure, or none where the measure does not
apply to it. A question that was not run gives the worst number there is.
"""

from __future__ import annotations

from .base import Better, Case, Curve, Measure, Whole
from .calibration import BRIER, ECE
from .conflict import CONFLICT_COVERAGE
from .discrimination import AUROC, AUROC_RIGHT
from .ranking import LEVELS, ranking_measures
from .risk import AURC
from .spans import QUOTE_PRECISION, QUOTE_RECALL, SHOWN_RECALL
from .statuses import (
    ANSWERED,
    CORRECT,
    NOT_FOUND_PRECISION,
    NOT_FOUND_RECALL,
    REFUSAL_PRECISION,
    REFUSAL_RECALL,
    RISK,
    WRONG,
)  # fmt: skip
from .verbatim import VERBATIM, VERIFIED

ANSWER_MEASURES: tuple[Measure, ...] = (
    VERBATIM, VERIFIED, QUOTE_PRECISION, QUOTE_RECALL, SHOWN_RECALL, CONFLICT_COVERAGE, CORRECT,
    ANSWERED, WRONG, RISK, REFUSAL_PRECISION, REFUSAL_RECALL, NOT_FOUND_PRECISION, NOT_FOUND_RECALL,
)  # fmt: skip
"""Of one question each; the mean is over the questions that they apply to."""
CONFIDENCE_MEASURES: tuple[Whole, ...] = (AUROC, AUROC_RIGHT, ECE, BRIER, AURC)
"""Of many questions at once."""
PLAIN_MEASURES: tuple[Whole, ...] = (AUROC,)
"""Those that make sense of a score that is no probability."""

__all__ = [
    "ANSWER_MEASURES", "CONFIDENCE_MEASURES", "LEVELS", "PLAIN_MEASURES", "Better", "Case", "Curve",
    "Measure", "Whole", "ranking_measures",
]  # fmt: skip
