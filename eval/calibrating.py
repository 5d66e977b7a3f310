"""Fit the confidence: a logistic model of the core's signals, checked on groups it has not seen.

What is fitted is the chance that the first quote is right. Folds are made of whole
articles or conversations, and every figure is of questions outside the fold's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.confidence import Calibration, ConfidenceModel, Signals, load_calibration

from .asking import Full
from .errors import MissingToolError, QuestionSetError
from .measures import CONFIDENCE_MEASURES, Curve
from .measures.base import Flags, Floats
from .records import Proof, Question, QuestionSet
from .runfolder import answer_line, outcome
from .running import Tell

if TYPE_CHECKING:
    from retrieval.records import Status
    from retrieval.retriever import Retriever

SIGNALS = tuple(field.name for field in fields(Signals))


@dataclass(frozen=True, slots=True)
class Example:
    """One question's signals and what came of it."""

    source: str
    """The question set."""
    id: str
    group: str
    """Article or conversation."""
    signals: Mapping[str, float]
    right: bool
    """The first quote shows a gold place."""
    answerable: bool


@dataclass(frozen=True, slots=True)
class Options:
    """How to fit."""

    signals: tuple[str, ...] = SIGNALS
    strength: float = 1.0
    """Inverse of the penalty on large weights."""
    folds: int = 5
    risk: float = 0.2
    """Largest share of wrong answers among those given."""
    lost: float = 0.05
    """Largest share of right first quotes that may be called not_found."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A calibration and how good it is on groups that were kept out."""

    calibration: Calibration
    before: Mapping[str, Mapping[str, float]]
    """By question set, and by measure: with the calibration in use."""
    after: Mapping[str, Mapping[str, float]]


class _Recorder:
    """Stands in for the calibration and keeps the signals it is asked about."""

    def __init__(self, calibration: ConfidenceModel) -> None:
        self._calibration = calibration
        self._last: Signals | None = None

    def taken(self) -> dict[str, float]:
        """Return the last signals; all zero where nothing was found to have any."""
        last, self._last = self._last, None
        return dict.fromkeys(SIGNALS, 0.0) if last is None else asdict(last)

    def probability(self, signals: Signals) -> float:
        self._last = signals
        return self._calibration.probability(signals)

    def status(self, confidence: float) -> Status:
        return self._calibration.status(confidence)


def collect(retriever: Retriever, questions: QuestionSet, tell: Tell) -> list[Example]:
    """Ask every question as in a run and keep the signals of its answer."""
    recorder = _Recorder(load_calibration())
    retriever.confidence = recorder
    full, found = Full(retriever, questions.unit), []
    ordered = sorted(questions.questions, key=lambda each: (*each.history, each.text))
    for done, question in enumerate(ordered):
        tell(done, len(ordered))
        found.append(_example(questions.name, question, full, recorder))
    tell(len(ordered), len(ordered))
    return found


def _example(name: str, question: Question, full: Full, recorder: _Recorder) -> Example:
    reply = full.ask(question)
    none = Proof(0, 0, 0)
    line = answer_line(question.id, reply.answer, top=reply.top, ranking=(), proof=none, timings={})
    shown = outcome(line).shown
    signals = recorder.taken()
    right = bool(shown) and bool(question.shown_by(shown[0].places))
    return Example(name, question.id, question.group, signals, right, question.answerable)


def fit(examples: Sequence[Example], now: Calibration, options: Options) -> Fitted:
    """Fit a calibration and measure it by cross-validation.

    Args:
        examples: of one or more question sets; each set counts the same in all.
        now: the calibration in use, to compare with.
        options: how to fit.

    Raises:
        QuestionSetError: there is nothing to tell right from wrong by.
        MissingToolError: scikit-learn is not installed.
    """
    right = np.array([example.right for example in examples], np.bool_)
    groups = [f"{example.source}\0{example.group}" for example in examples]
    if right.all() or not right.any() or len(set(groups)) < 2:
        raise QuestionSetError(
            "The questions are too few to fit a confidence.",
            "Give sets with right and wrong answers, of two articles or conversations at least.",
        )
    table = np.array([[e.signals[name] for name in options.signals] for e in examples], np.float64)
    weight = _even_weights(examples)
    held_out = _cross_validate(table, right, weight, groups, options)
    weights, bias = _logistic(table, right, weight, options.strength)
    answered = answering_threshold(held_out, right, weight, options.risk)
    uncertain = min(answered, refusing_threshold(held_out, right, weight, options.lost))
    named = {name: round(w, 4) for name, w in zip(options.signals, weights.tolist(), strict=True)}
    fitted = replace(
        now,
        weights=named,
        bias=round(bias, 4),
        answered=round(answered, 4),
        uncertain=round(uncertain, 4),
    )
    before = np.array([now.probability(Signals(**example.signals)) for example in examples])
    return Fitted(fitted, _figures(examples, before, now), _figures(examples, held_out, fitted))


def _even_weights(examples: Sequence[Example]) -> Floats:
    """Return (n,) weights that give every set the same total."""
    sources = [example.source for example in examples]
    sizes = {source: sources.count(source) for source in set(sources)}
    return np.array([len(examples) / (len(sizes) * sizes[s]) for s in sources], np.float64)


def _cross_validate(
    table: Floats, right: Flags, weight: Floats, groups: Sequence[str], options: Options
) -> Floats:
    """Return (n,) probabilities, each from a model that has not seen the question's group."""
    try:
        from sklearn.model_selection import GroupKFold
    except ImportError as error:
        raise MissingToolError(
            "scikit-learn is not installed.", 'Run: pip install "quoth[eval]"'
        ) from error
    folds = GroupKFold(min(options.folds, len(set(groups))))
    found = np.zeros(len(table))
    for seen, unseen in folds.split(table, right, groups):
        weights, bias = _logistic(table[seen], right[seen], weight[seen], options.strength)
        found[unseen] = 1 / (1 + np.exp(-(table[unseen] @ weights + bias)))
    return found


def _logistic(table: Floats, right: Flags, weight: Floats, strength: float) -> tuple[Floats, float]:
    """Return the weights, (signals,), and the bias of a penalised logistic model."""
    from sklearn.linear_model import LogisticRegression

    middle, spread = table.mean(axis=0), table.std(axis=0)
    spread[spread == 0] = 1.0  # a signal that never changes: any scale will do
    model = LogisticRegression(C=strength, max_iter=2000)
    model.fit((table - middle) / spread, right, sample_weight=weight)
    weights = np.asarray(model.coef_[0] / spread, np.float64)
    return weights, float(model.intercept_[0] - weights @ middle)


def answering_threshold(confidence: Floats, right: Flags, weight: Floats, risk: float) -> float:
    """Return the lowest confidence at which the answers above it keep within ``risk``.

    Returns 1, which hardly any question reaches, where no threshold does.
    """
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum(weight[order] * ~right[order]) / np.cumsum(weight[order])
    within = np.flatnonzero(wrong <= risk)
    return float(confidence[order][within[-1]]) if len(within) else 1.0


def refusing_threshold(confidence: Floats, right: Flags, weight: Floats, lost: float) -> float:
    """Return the highest confidence below which at most ``lost`` of what is right falls."""
    order = np.argsort(confidence[right], kind="stable")
    share = np.cumsum(weight[right][order]) / weight[right].sum()
    at = int(np.searchsorted(share, lost, side="right"))
    return float(confidence[right][order][min(at, len(order) - 1)])


def _figures(
    examples: Sequence[Example], confidence: Floats, calibration: Calibration
) -> dict[str, dict[str, float]]:
    """Return the measures of confidence and the operating point, by question set."""
    found: dict[str, dict[str, float]] = {}
    for source in dict.fromkeys(example.source for example in examples):
        rows = np.array([n for n, each in enumerate(examples) if each.source == source])
        chosen = [examples[row] for row in rows]
        curve = Curve(
            confidence[rows],
            np.array([example.right for example in chosen], np.bool_),
            np.array([example.answerable for example in chosen], np.bool_),
        )
        values: dict[str, Any] = {m.name: m.over(curve) for m in CONFIDENCE_MEASURES}
        values |= _operating_point(curve, calibration)
        found[source] = {name: round(v, 4) for name, v in values.items() if v is not None}
    return found


def _operating_point(curve: Curve, calibration: Calibration) -> dict[str, float | None]:
    given = curve.confidence >= calibration.answered
    refused, none = ~given, ~curve.answerable
    return {
        "answered": float(given.mean()),
        "risk": float((~curve.right[given]).mean()) if given.any() else None,
        "refusal precision": float(none[refused].mean()) if refused.any() else None,
        "refusal recall": float(refused[none].mean()) if none.any() else None,
        "not found": float((curve.confidence < calibration.uncertain).mean()),
    }
