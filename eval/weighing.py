"""Fit the weights of the evidence's features: which sentence of those found is the one to quote.

A listwise model (Cao et al. 2007, "Learning to rank: from pairwise approach to listwise
approach", the top-one case): the share that the gold sentences have of a softmax over all of a
question's sentences is made as large as can be. Folds are made of whole articles or conversations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from retrieval.evidence import FEATURES, Choice

from .errors import MissingToolError, QuestionSetError
from .measures.base import Flags, Floats
from .records import Place, Question, QuestionSet
from .running import Tell

if TYPE_CHECKING:
    from retrieval.retriever import Retriever

FIXED = ("furniture", "title")
"""Features whose weights are kept: the public sets hold next to no page furniture."""
_SCALE = 30.0
"""Of the weights inside the fit; outside it the positive ones sum to 1."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One question's sentences and which of them show a gold place."""

    source: str
    """The question set."""
    id: str
    group: str
    """Article or conversation."""
    features: Floats
    """(sentences, features)."""
    right: Flags
    """(sentences,)."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """Fitted weights and how good they are on groups that were kept out."""

    weights: dict[str, float]
    before: Mapping[str, Mapping[str, float]]
    """By question set, and by measure: with the weights in use."""
    after: Mapping[str, Mapping[str, float]]


def collect(retriever: Retriever, questions: QuestionSet, tell: Tell) -> list[Listed]:
    """Find the sentences of every answerable question and compare them with its gold."""
    asked = sorted(
        (each for each in questions.questions if each.answerable),
        key=lambda each: (*each.history, each.text),
    )
    found = []
    for done, question in enumerate(asked):
        tell(done, len(asked))
        choices = retriever.engine.find(question.text, question.history).choices
        right = np.array([shows(question, choice) for choice in choices], np.bool_)
        table = np.array(
            [[getattr(c.features, name) for name in FEATURES] for c in choices], np.float64
        )
        if right.any() and not right.all():
            found.append(Listed(questions.name, question.id, question.group, table, right))
    tell(len(asked), len(asked))
    return found


def shows(question: Question, choice: Choice) -> bool:
    """Say whether a sentence shows a gold place."""
    document = choice.passage.document
    return bool(question.shown_by([Place(document.path, choice.start, choice.end)]))


def fit(lists: Sequence[Listed], now: Mapping[str, float], strength: float, folds: int) -> Weighed:
    """Fit weights and measure them by cross-validation.

    Args:
        lists: of one or more question sets; a set counts by the square root of its size.
        now: the weights in use.
        strength: inverse of the penalty on large weights.
        folds: parts for cross-validation.

    Raises:
        QuestionSetError: there are too few questions.
        MissingToolError: scikit-learn is not installed.
    """
    groups = [f"{each.source}\0{each.group}" for each in lists]
    if len(set(groups)) < 2:
        raise QuestionSetError(
            "The questions are too few to fit weights.",
            "Give sets of two articles or conversations at least.",
        )
    try:
        from sklearn.model_selection import GroupKFold
    except ImportError as error:
        raise MissingToolError(
            "scikit-learn is not installed.", 'Run: pip install "quoth[eval]"'
        ) from error
    old = np.array([now.get(name, 0.0) for name in FEATURES], np.float64)
    ranks = np.zeros(len(lists), np.int64)
    splits = GroupKFold(min(folds, len(set(groups)))).split(groups, groups=groups)
    for seen, unseen in splits:
        weights = _listwise([lists[row] for row in seen], old, strength)
        ranks[unseen] = [_first_right(lists[row], weights) for row in unseen]
    fitted = _listwise(lists, old, strength)
    named = {name: round(float(w), 4) for name, w in zip(FEATURES, fitted, strict=True)}
    before = np.array([_first_right(each, old) for each in lists])
    return Weighed(named, _figures(lists, before), _figures(lists, ranks))


def _listwise(lists: Sequence[Listed], now: Floats, strength: float) -> Floats:
    """Return (features,) weights; the positive ones that are fitted sum to 1."""
    from scipy.optimize import minimize

    free = np.array([name not in FIXED for name in FEATURES])
    table = np.concatenate([each.features for each in lists])
    right = np.concatenate([each.right for each in lists])
    starts = np.cumsum([0, *(len(each.right) for each in lists[:-1])])
    each_list = np.repeat(np.arange(len(lists)), [len(each.right) for each in lists])
    share = _shares(lists)
    held = _SCALE * table[:, ~free] @ now[~free]
    spread = table[:, free].std(axis=0) + 1e-9

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = table[:, free] @ (weights / spread) + held
        scores -= np.maximum.reduceat(scores, starts)[each_list]
        odds = np.exp(scores)
        whole, gold = np.add.reduceat(odds, starts), np.add.reduceat(odds * right, starts) + 1e-12
        value = float(share @ (np.log(whole) - np.log(gold)))
        pull = (odds / whole[each_list] - odds * right / gold[each_list]) * share[each_list]
        slope = (table[:, free].T @ pull) / spread
        penalty = 1e-3 / strength
        return value + penalty * float(weights @ weights), slope + 2 * penalty * weights

    found = minimize(loss, np.zeros(int(free.sum())), jac=True, method="L-BFGS-B").x / spread
    fitted: Floats = now.copy()
    fitted[free] = found / found[found > 0].sum()
    return fitted


def _shares(lists: Sequence[Listed]) -> Floats:
    """Return (lists,) weights, 1 in all; a set counts by the square root of its size.

    The largest does not drown the others, and the smallest does not outvote it.
    """
    sources = [each.source for each in lists]
    sizes = {source: sources.count(source) for source in set(sources)}
    shares = np.array([sizes[source] ** -0.5 for source in sources], np.float64)
    return shares / float(shares.sum())


def _first_right(listed: Listed, weights: npt.NDArray[np.float64]) -> int:
    """Return how many sentences stand before the first right one."""
    scores = listed.features @ weights
    return int((scores > scores[listed.right].max()).sum())


def _figures(lists: Sequence[Listed], ranks: npt.NDArray[np.int64]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for source in dict.fromkeys(each.source for each in lists):
        mine = ranks[[each.source == source for each in lists]]
        found[source] = {
            "first": round(float((mine == 0).mean()), 4),
            "among three": round(float((mine < 3).mean()), 4),
            "reciprocal rank": round(float((1 / (1 + mine)).mean()), 4),
        }
    return found
