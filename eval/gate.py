"""Has anything become worse? A run against the committed baseline."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import RunError
from .runfolder import write_text
from .scoring import ALL, Scores, better
from .statistics import Estimate

BASELINE = Path(__file__).parent / "baseline.json"
"""What comes with quoth: the `test` half of the shipped questions."""
PROMISES = ("verbatim", "verified")
"""Measures that have to be 1, whatever the baseline says."""
GATED = (
    *PROMISES, "quote success@1", "quote success@3", "quote success@5", "quote mrr@10",
    "unit recall@5", "character recall@k", "conflict coverage", "correct", "wrong answer", "AUROC",
    "AUROC right", "ECE", "AURC",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Check:
    """One measure against its baseline."""

    name: str
    now: Estimate | None
    """None where it could not be told."""
    baseline: Estimate
    passed: bool


def check(scores: Scores, path: Path = BASELINE) -> list[Check]:
    """Compare a run with a baseline.

    Raises:
        RunError: there is no baseline, it is damaged, or of other questions.
    """
    values = _read(path)
    if values["questions"] != scores.run.questions.sha256:
        raise RunError(
            f"The baseline {path} is of other questions.",
            "Look at both runs, then: quoth eval gate --update",
        )
    found = scores.groups[ALL]
    return [
        _check(name, found.get(name), Estimate(**estimate))
        for name, estimate in values["measures"].items()
    ]


def _check(name: str, now: Estimate | None, baseline: Estimate) -> Check:
    if now is None:
        passed = False
    elif name in PROMISES:
        passed = now.value == 1.0
    elif better(name) == "lower":
        passed = now.value <= baseline.high
    else:
        passed = now.value >= baseline.low
    return Check(name, now, baseline, passed)


def update(scores: Scores, path: Path = BASELINE) -> None:
    """Make a run the baseline.

    Raises:
        RunError: it breaks a promise; no baseline can allow that.
    """
    found = scores.groups[ALL]
    broken = [name for name in PROMISES if name not in found or found[name].value != 1.0]
    if broken:
        raise RunError(f"Not every answer is {broken[0]}.", "Mend that first: quoth eval report")
    meta = scores.run.meta
    values = {
        "questions": scores.run.questions.sha256,
        "measures": {name: _rounded(found[name]) for name in GATED if name in found},
        "provenance": {
            "set": scores.run.name, "count": len(scores.cases), "model": meta["index"]["model"],
            "command": meta["command"], "machine": meta["machine"], "date": meta["date"],
            "code": meta["code"],
        },
    }  # fmt: skip
    write_text(path, json.dumps(values, indent=2) + "\n")


def _rounded(estimate: Estimate) -> dict[str, float]:
    return {name: round(value, 4) for name, value in estimate._asdict().items()}


def _read(path: Path) -> Mapping[str, Any]:
    try:
        values = json.loads(path.read_text("utf-8"))
        return {"questions": values["questions"], "measures": values["measures"]}
    except FileNotFoundError:
        raise RunError(
            f"There is no baseline {path}.", "Make one with: quoth eval gate --update"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"The baseline {path} is damaged: {error!r}.", "Restore it.") from error
