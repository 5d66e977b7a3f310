"""How likely the first evidence answers the question: a calibrated probability.

A logistic model over named signals, fitted on public question sets; the file
calibration.json holds its weights, thresholds and provenance, for one encoder.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from .errors import CalibrationError, SettingsError
from .evidence import Choice
from .query import Query
from .records import Status
from .search import Ranked, idf
from .store import Snapshot

_OWN = {True: "calibration.json", False: "calibration-plain.json"}
"""What comes with quoth: with the pair encoder reading, and without."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for or against there being an answer."""

    dense: float
    """Cosine of the best passage."""
    sentence: float
    """Cosine of the best passage's nearest sentence."""
    match: float
    """The best passage's BM25 as a share of a perfect one's."""
    cosine: float
    """Of the best quote."""
    cover: float
    """Share of the question's words, by rarity, in the best quote."""
    context: float
    """The same in the passage around it."""
    margin: float
    """How far the best passage's score stands above the sixth's."""
    unseen: float
    """Share of the question's content words, by number, that stand nowhere in the index."""
    missing: float
    """Rarity of the rarest question word that the best passage lacks, 0 to 1."""
    length: float
    """Logarithm of the question's number of content words."""
    pair: float = 0.0
    """The best that the pair encoder makes of a sentence, in log-odds; 0 where none reads."""

    @classmethod
    def of(
        cls, snapshot: Snapshot, query: Query, ranked: Sequence[Ranked], choices: Sequence[Choice]
    ) -> Signals:
        """Read the signals off a search; all zero where nothing was found."""
        if not ranked or not choices:
            return cls(*[0.0] * 10)
        best, chosen = ranked[0], choices[0]
        stems = [stem for word in query.content_words for stem in snapshot.stems(word)]
        around = set(snapshot.stems(chosen.passage.text + " " + chosen.passage.document.title))
        ceiling = math.log(1 + 2 * (snapshot.info.passages + 1))
        lacking = [idf(snapshot, stem) / ceiling for stem in stems if stem not in around]
        unseen = sum(snapshot.passage_count(stem) == 0 for stem in stems)
        return cls(
            dense=best.dense,
            sentence=best.sentence,
            match=best.match,
            cosine=chosen.features.cosine,
            cover=chosen.features.cover,
            context=chosen.features.context,
            margin=best.score - ranked[min(5, len(ranked) - 1)].score,
            unseen=unseen / max(1, len(stems)),
            missing=max(lacking, default=0.0),
            length=math.log(1 + len(stems)),
            pair=max(choice.features.pair for choice in choices),
        )


class ConfidenceModel(Protocol):
    """Whatever judges how far an answer can be trusted."""

    def probability(self, signals: Signals) -> float:
        """Return the confidence, 0 to 1."""
        ...

    def status(self, confidence: float) -> Status:
        """Return what to call an answer of this confidence."""
        ...


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fitted model of confidence and the thresholds of the three statuses."""

    model: str
    """The encoder that it was fitted with."""
    weights: Mapping[str, float]
    bias: float
    answered: float
    """At this confidence and above an answer is given."""
    uncertain: float
    """At this confidence and above the nearest passages are shown as such."""
    evidence: Mapping[str, float]
    """Weights of a sentence's features, by which the one to quote is chosen."""

    @property
    def paired(self) -> bool:
        """Whether it was fitted with the pair encoder reading."""
        return "pair" in self.evidence

    def probability(self, signals: Signals) -> float:
        """Return the confidence, 0 to 1."""
        values = asdict(signals)
        total = self.bias + sum(weight * values[name] for name, weight in self.weights.items())
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))

    def status(self, confidence: float) -> Status:
        """Return what to call an answer of this confidence."""
        if confidence >= self.answered:
            return "answered"
        return "uncertain" if confidence >= self.uncertain else "not_found"


def load_calibration(path: Path | None = None, *, pair: bool = True) -> Calibration:
    """Return a calibration.

    Args:
        path: what ``quoth eval calibrate`` wrote; None for one of quoth's own.
        pair: of these, the one for answers that the pair encoder has a say in.

    Raises:
        SettingsError: the file cannot be read, or is no calibration.
    """
    try:
        text = (
            path.read_text("utf-8")
            if path is not None
            else files("retrieval").joinpath(_OWN[pair]).read_text("utf-8")
        )
        values = json.loads(text)
        found = Calibration(**{field.name: values[field.name] for field in fields(Calibration)})
        numbers = (found.bias, found.answered, found.uncertain)
        for number in (*numbers, *found.weights.values(), *found.evidence.values()):
            if isinstance(number, bool) or not math.isfinite(number):
                raise ValueError(f"{number} is no weight")
        if not isinstance(found.model, str):
            raise TypeError(f"{found.model} is no name of a model")
        return found
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise SettingsError(
            f"{path} is no calibration: {error}.",
            "Make one with: quoth eval calibrate --output FILE",
        ) from error


def calibration_for(model: str, path: Path | None, *, pair: bool) -> Calibration:
    """Return the calibration to use with a model, and with the pair encoder or without.

    Raises:
        SettingsError: see :func:`load_calibration`.
        CalibrationError: it is of another model, whose scores mean something else.
    """
    found = load_calibration(path, pair=pair)
    if path is not None and found.model == model and found.paired != pair:
        raise CalibrationError(
            f"{path} was measured {'with' if found.paired else 'without'} the pair encoder, "
            f"and it is {'on' if pair else 'off'}.",
            "Set pair to the other value, or measure again with: quoth eval calibrate",
        )
    if found.model != model:
        raise CalibrationError(
            f"How far answers found with the model {model} can be trusted was never measured.",
            "Measure it with: quoth eval calibrate --questions FILE --evidence --model "
            f"{model} --output FILE, and name that file with QUOTH_CALIBRATION.",
        )
    return found
