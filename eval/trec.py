"""Write and read rankings and judgements in TREC's formats, so that other tools can check ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from .records import Outcome, Question
from .runfolder import Run, write_text


class Judged(NamedTuple):
    """A ranking and what is right in it, by question id."""

    run: Mapping[str, Mapping[str, float]]
    qrels: Mapping[str, Mapping[str, int]]


def units(run: Run) -> Judged:
    """Return the ranking of documents or passages of each question that has right ones."""
    ranked, right = {}, {}
    for question in run.questions.questions:
        if not question.relevant:
            continue
        found = run.outcomes.get(question.id)
        right[question.id] = dict(question.relevant)
        ranked[question.id] = _scored(found.ranking if found else ())
    return Judged(ranked, right)


def quotes(run: Run) -> Judged:
    """Return the ranking of quotes of each answerable question.

    A quote that shows a gold place which no earlier quote showed is right; a gold
    place that no quote shows is right and was not found.
    """
    ranked, right = {}, {}
    for question in run.questions.questions:
        if not question.gold:
            continue
        found = run.outcomes.get(question.id)
        names, judged = _quotes(question, found)
        ranked[question.id], right[question.id] = _scored(names), judged
    return Judged(ranked, right)


def _quotes(question: Question, found: Outcome | None) -> tuple[tuple[str, ...], dict[str, int]]:
    names: list[str] = []
    judged: dict[str, int] = {}
    seen: frozenset[int] = frozenset()
    for number, shown in enumerate(found.shown if found else (), start=1):
        names.append(f"quote-{number:02}")
        new = question.shown_by(shown.places) - seen
        if new:
            judged[names[-1]] = 1
        seen |= new
    missing = set(range(len(question.gold))) - seen
    judged.update({f"gold-{number:02}": 1 for number in sorted(missing)})
    return tuple(names), judged


def _scored(names: tuple[str, ...]) -> dict[str, float]:
    """Score by rank alone: equal scores would be ordered differently by different tools."""
    return {name: float(len(names) - at) for at, name in enumerate(names)}


def write_trec(run: Run) -> None:
    """Write both rankings and their judgements into the run's folder."""
    for judged, ranking, qrels in (
        (units(run), "run.trec", "qrels.trec"),
        (quotes(run), "quotes.trec", "quotes.qrels.trec"),
    ):
        write_text(run.folder / ranking, "".join(_run_lines(judged)))
        write_text(run.folder / qrels, "".join(_qrels_lines(judged)))


def _run_lines(judged: Judged) -> Iterator[str]:
    for name, scores in judged.run.items():
        for rank, (item, score) in enumerate(scores.items(), start=1):
            yield f"{_word(name)} Q0 {_word(item)} {rank} {score:g} quoth\n"


def _qrels_lines(judged: Judged) -> Iterator[str]:
    for name, grades in judged.qrels.items():
        for item, grade in grades.items():
            yield f"{_word(name)} 0 {_word(item)} {grade}\n"


def _word(name: str) -> str:
    """Return a name without white space, which separates the fields of TREC's formats."""
    return quote(name, safe="/:<>()[],;=+@~!$&'*")


def read_judged(folder: Path, ranking: str = "run.trec", qrels: str = "qrels.trec") -> Judged:
    """Read back what :func:`write_trec` wrote."""
    run: dict[str, dict[str, float]] = {}
    right: dict[str, dict[str, int]] = {}
    for line in (folder / ranking).read_text("utf-8").splitlines():
        name, _, item, _, score, _ = line.split()
        run.setdefault(name, {})[item] = float(score)
    for line in (folder / qrels).read_text("utf-8").splitlines():
        name, _, item, grade = line.split()
        right.setdefault(name, {})[item] = int(grade)
    return Judged(run, right)
