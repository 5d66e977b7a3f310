"""The field's ranking measures, computed by ir_measures (MacAvaney et al. 2022)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import MissingToolError
from ..trec import Judged

CUTOFFS: Mapping[str, tuple[int, ...]] = {
    "success": (1, 3, 5), "recall": (1, 5, 10), "mrr": (10,), "ndcg": (5, 10)
}  # fmt: skip
ABOUT: Mapping[str, str] = {
    "success": "questions with a right one among the first n",
    "recall": "share of the right ones that are among the first n",
    "mrr": "mean of 1 / rank of the first right one, 0 beyond rank n",
    "ndcg": "discounted gain to rank n, as a share of the best possible",
}
"""One line for people on each measure."""
LEVELS = ("unit", "quote")
"""What is ranked: documents or passages, and the quotes of answers."""


def names() -> list[str]:
    """Return the measures' names, such as ``ndcg@10``."""
    return [f"{name}@{cutoff}" for name, cutoffs in CUTOFFS.items() for cutoff in cutoffs]


def ranking_measures(judged: Judged) -> dict[str, dict[str, float]]:
    """Return each question's measures, by question id and then by name.

    A question whose ranking is missing or empty gets 0 for each.

    Raises:
        MissingToolError: ir_measures is not installed.
    """
    measures = _measures()
    found = {name: dict.fromkeys(measures, 0.0) for name in judged.qrels}
    if not found:
        return {}
    import ir_measures

    run = {name: dict(scores) for name, scores in judged.run.items() if scores}
    right = {name: dict(grades) for name, grades in judged.qrels.items()}
    by_measure = {measure: name for name, measure in measures.items()}
    for metric in ir_measures.iter_calc(list(by_measure), right, run):
        found[metric.query_id][by_measure[metric.measure]] = float(metric.value)
    return found


def _measures() -> dict[str, Any]:
    try:
        from ir_measures import RR, R, Success, nDCG
    except ImportError as error:
        raise MissingToolError(
            "ir_measures is not installed.", 'Run: pip install "quoth[eval]"'
        ) from error
    kinds = {"success": Success, "recall": R, "mrr": RR, "ndcg": nDCG}
    return {
        f"{name}@{cutoff}": kinds[name] @ cutoff
        for name, cutoffs in CUTOFFS.items()
        for cutoff in cutoffs
    }
