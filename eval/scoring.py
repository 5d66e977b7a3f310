"""From a run to numbers: per question first, then per kind and in all, with intervals."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import statistics, trec
from .measures import (
    ANSWER_MEASURES,
    CONFIDENCE_MEASURES,
    PLAIN_MEASURES,
    Better,
    Case,
    Curve,
    ranking_measures,
)  # fmt: skip
from .measures.ranking import ABOUT as RANKING_ABOUT
from .measures.ranking import names as ranking_names
from .runfolder import Run, write_text
from .statistics import Estimate

ALL = "all"
_PERCENTILES = (50, 90, 95, 99)


@dataclass(frozen=True, slots=True)
class Scores:
    """Everything that was measured of a run."""

    run: Run
    cases: Mapping[str, Case]
    """By question id."""
    questions: Mapping[str, Mapping[str, float]]
    """Each question's measures; one that does not apply to it is not there."""
    groups: Mapping[str, Mapping[str, Estimate]]
    """By kind, and ``all``."""
    latency: Mapping[str, Mapping[str, float]]
    """Milliseconds by stage and percentile."""

    @property
    def missing(self) -> int:
        """Questions that were not run."""
        return sum(case.outcome is None for case in self.cases.values())

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        groups = {
            kind: {name: estimate._asdict() for name, estimate in estimates.items()}
            for kind, estimates in self.groups.items()
        }
        return {
            "run": dict(self.run.meta), "not_run": self.missing, "groups": groups,
            "latency": {stage: dict(values) for stage, values in self.latency.items()},
            "questions": {name: dict(values) for name, values in self.questions.items()},
        }  # fmt: skip


def label(name: str, unit: str) -> str:
    """Return a measure's name as people read it: ``unit recall@5`` is of passages or documents."""
    return name.replace("unit ", f"{unit} ", 1)


def about(name: str) -> str:
    """Return one line for people on a measure."""
    for measure in ANSWER_MEASURES:
        if measure.name == name:
            return measure.about
    for whole in CONFIDENCE_MEASURES:
        if whole.name == name:
            return whole.about
    kind, _, cutoff = name.split()[-1].partition("@")
    return RANKING_ABOUT[kind].replace(" n", f" {cutoff}")


def better(name: str) -> Better:
    """Say which way a measure is good."""
    known = {measure.name: measure.better for measure in ANSWER_MEASURES}
    known.update({measure.name: measure.better for measure in CONFIDENCE_MEASURES})
    return known.get(name, "higher")


def score(run: Run) -> Scores:
    """Measure a run.

    Raises:
        MissingToolError: a library that only evaluation needs is not installed.
    """
    cases = {
        question.id: Case(question, run.outcomes.get(question.id), run.shown)
        for question in run.questions.questions
    }
    answers = run.meta["retriever"] == "full"
    questions = _per_question(run, cases, answers=answers)
    kinds = sorted({case.question.kind for case in cases.values()})
    groups = {ALL: _group(list(cases), cases, questions, answers=answers)}
    for kind in kinds if len(kinds) > 1 else ():
        chosen = [name for name, case in cases.items() if case.question.kind == kind]
        groups[kind] = _group(chosen, cases, questions, answers=answers)
    return Scores(run, cases, questions, groups, _latency(run))


def write_scores(scores: Scores) -> None:
    """Write scores.json into the run's folder."""
    text = json.dumps(scores.to_dict(), indent=1, ensure_ascii=False)
    write_text(scores.run.folder / "scores.json", text + "\n")


def _per_question(
    run: Run, cases: Mapping[str, Case], *, answers: bool
) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {name: {} for name in cases}
    levels = {"unit": trec.units(run)}
    if answers:
        levels["quote"] = trec.quotes(run)
    for level, judged in levels.items():
        for name, values in ranking_measures(judged).items():
            found[name].update({f"{level} {measure}": v for measure, v in values.items()})
    for name, case in cases.items() if answers else ():
        for measure in ANSWER_MEASURES:
            value = measure.of(case)
            if value is not None:
                found[name][measure.name] = value
    return found


def _group(
    chosen: Sequence[str], cases: Mapping[str, Case],
    questions: Mapping[str, Mapping[str, float]], *, answers: bool,
) -> dict[str, Estimate]:  # fmt: skip
    names = measure_names(answers=answers)
    table = [[questions[each].get(name, np.nan) for name in names] for each in chosen]
    estimates = zip(names, statistics.means(np.array(table, np.float64)), strict=True)
    found = {name: estimate for name, estimate in estimates if estimate is not None}
    curve = Curve.of([cases[each] for each in chosen])
    for measure in CONFIDENCE_MEASURES if answers else PLAIN_MEASURES:
        estimate = statistics.whole(curve, measure.over)
        if estimate is not None:
            found[measure.name] = estimate
    return found


def measure_names(*, answers: bool) -> list[str]:
    """Return the names of the measures that are means over questions."""
    ranked = [f"unit {name}" for name in ranking_names()]
    if not answers:
        return ranked
    quotes = [f"quote {name}" for name in ranking_names()]
    return [*ranked, *quotes, *(measure.name for measure in ANSWER_MEASURES)]


def _latency(run: Run) -> dict[str, dict[str, float]]:
    stages: dict[str, list[float]] = {}
    for outcome in run.outcomes.values():
        for stage, milliseconds in outcome.timings.items():
            stages.setdefault(stage, []).append(milliseconds)
    return {
        stage: {f"p{p}": round(float(np.percentile(values, p)), 2) for p in _PERCENTILES}
        for stage, values in stages.items()
    }
