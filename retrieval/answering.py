"""From ranked passages to an answer: evidence with proved citations, or an honest none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .citing import Prover
from .confidence import ConfidenceModel, Signals
from .differences import differing
from .engine import Found
from .evidence import Choice, sentence_vector, spread
from .query import Query
from .records import Answer, Citation, Evidence, IndexInfo, RelatedQuote, Searched
from .repeats import Place, nearest_passages, repeats
from .store import Snapshot
from .timing import Stopwatch

_RARE = 0.2
"""A word is rare if at most this share of the passages hold it, and at most so many."""
_RARE_AT_MOST = 100
_LISTED = 12
"""Rare words counted for one answer."""


def answer(
    snapshot: Snapshot,
    found: Found,
    searched: Searched,
    prover: Prover,
    calibration: ConfidenceModel,
    k: int,
    watch: Stopwatch,
) -> Answer:
    """Prove the best evidence against the files, and say how far it can be trusted."""
    info = snapshot.info
    with watch("evidence"):
        confidence = 0.0
        if found.choices:
            signals = Signals.of(snapshot, found.query, found.ranked, found.choices)
            confidence = calibration.probability(signals)
    with watch("prove"):
        evidence = _evidence(snapshot, found, prover, k)
    return Answer(
        question=found.query.text,
        understood_as=found.understood.text,
        carried=found.understood.carried,
        status=calibration.status(confidence) if evidence else "not_found",
        confidence=round(confidence, 4),
        evidence=tuple(evidence),
        searched=searched,
        index=IndexInfo(info.fingerprint, info.encoder.name, info.format),
        timings=watch.milliseconds(),
    )


def rare_terms(snapshot: Snapshot, query: Query) -> dict[str, int]:
    """Return how often each rare word of a question stands in the documents."""
    total = max(1, snapshot.info.passages)
    counts: dict[str, int] = {}
    for word in query.content_words:
        held = max((snapshot.passage_count(stem) for stem in snapshot.stems(word)), default=0)
        if held <= min(max(1.0, _RARE * total), _RARE_AT_MOST):
            counts[word] = snapshot.term_count(word)
        if len(counts) == _LISTED:
            break
    return counts


def _evidence(snapshot: Snapshot, question: Found, prover: Prover, k: int) -> list[Evidence]:
    """Cite the best choices, folding repeated words under the first place they stand."""
    found: list[Evidence] = []
    covered: set[tuple[str, int]] = set()
    for choice, nearest in _with_nearest(snapshot, question, k):
        document = choice.passage.document
        if len(found) == k:
            break
        if (document.path, choice.end) in covered:
            continue
        at = Place(document, choice.start, choice.end)
        same, near = repeats(snapshot, choice.quote, at, nearest)
        places = sorted([at, *same], key=lambda place: (place.document.path, place.start))
        places.insert(0, places.pop(places.index(at)))
        covered.update((place.document.path, place.end) for place in (*places, *near))
        found.append(
            Evidence(
                quote=choice.quote,
                passage=choice.passage,
                score=round(choice.score, 6),
                citations=tuple(_cited(prover, place) for place in places),
                near=tuple(_related(prover, near)),
                differs=tuple(_related(prover, _differing(snapshot, question, choice))),
            )
        )
    return found


def _with_nearest(
    snapshot: Snapshot, question: Found, k: int
) -> Iterator[tuple[Choice, list[int]]]:
    """Yield choices with the passages nearest to each, looked up for ``k`` at once."""
    choices = spread(question.choices, 4 * k)
    for first in range(0, len(choices), k):
        some = choices[first : first + k]
        vectors = np.stack([sentence_vector(snapshot, choice) for choice in some])
        yield from zip(some, nearest_passages(snapshot, question.rows, vectors), strict=True)


def _differing(snapshot: Snapshot, question: Found, choice: Choice) -> list[Place]:
    others = differing(snapshot, question.query.text, choice, question.choices)
    return [Place(other.passage.document, other.start, other.end) for other in others]


def _related(prover: Prover, places: Sequence[Place]) -> list[RelatedQuote]:
    grouped: dict[str, list[Citation]] = {}
    for place in places:
        grouped.setdefault(place.quote, []).append(_cited(prover, place))
    return [RelatedQuote(quote, tuple(citations)) for quote, citations in grouped.items()]


def _cited(prover: Prover, place: Place) -> Citation:
    return prover.cite(place.document, place.start, place.end)
