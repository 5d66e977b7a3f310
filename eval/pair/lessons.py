"""What the pair encoder learns from: questions beside sentences that quoth found for them.

The wrong sentences are those that the search and the features took for good ones, which is
what the encoder will have to tell apart.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval.filters import Where

from ..records import Gold, Place, Question
from ..weighing import shows

if TYPE_CHECKING:
    from retrieval.encoder import Reading
    from retrieval.retriever import Retriever

_FOUND = 12
"""Sentences kept for a question, besides right ones that were found further down."""
_OTHERS = 4
"""Clusters that are searched besides the question's own."""
_SEED = 0
_TWINS = {".a-*": ".b-*", ".b-*": ".a-*"}


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question with sentences, the best found first."""

    question: str
    before: str
    """The question before it; empty where there is none."""
    group: str
    """Article, conversation or cluster."""
    answerable: bool
    texts: tuple[tuple[Reading, bool], ...]
    """Each with whether it answers."""


def from_set(retriever: Retriever, questions: Sequence[Question]) -> Iterator[Lesson]:
    """Yield the lessons of a question set over its own corpus."""
    for question in questions:
        yield _lesson(retriever, question, None)


def write_clusters(files: Sequence[Path], folder: Path) -> list[tuple[str, Question]]:
    """Write the documents of clusters into a folder; return their questions.

    A cluster is a line of JSON: ``docs``, each a title and sentences, and ``questions``,
    each with the places, [document, sentence], that answer it. Or it is a pair of twins, see
    :func:`_twins`.

    Returns:
        The pattern of the documents of a question's cluster, and the question.
    """
    found = []
    for file in files:
        for number, text in enumerate(file.read_text("utf-8").splitlines()):
            values, name = json.loads(text), f"{file.stem}-{number:02d}"
            for own, cluster in _twins(name, values) if "other" in values else [(name, values)]:
                places = [
                    _write(folder / f"{own}-{n}.txt", d) for n, d in enumerate(cluster["docs"])
                ]
                found += [(f"{own}-*", _question(own, q, places)) for q in cluster["questions"]]
    return found


def _twins(name: str, values: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield two clusters of the same questions, each answered in one and a near miss in the other.

    So the manner of a question tells nothing about whether there is an answer.

    Args:
        name: of the twins.
        values: ``title`` and ``sentences`` of a document, ``other``, the sentences that stand in
            its twin by their numbers, and ``questions``, each with the version "a" or "b" that
            it is answered ``in``, and ``gold``, the number of the sentence.
    """
    for version in "ab":
        other = values["other"] if version == "b" else {}
        sentences = [other.get(str(n), text) for n, text in enumerate(values["sentences"])]
        questions = [
            {"q": q["q"], "kind": "twin", "gold": [[0, q["gold"]]] if q["in"] == version else []}
            for q in values["questions"]
        ]
        document = {"title": values["title"], "sentences": sentences}
        yield f"{name}.{version}", {"docs": [document], "questions": questions}


def from_clusters(
    retriever: Retriever, questions: Sequence[tuple[str, Question]]
) -> Iterator[Lesson]:
    """Yield the lessons of clusters, each searched among a few others."""
    chance = random.Random(_SEED)  # noqa: S311  (a sample, no secret)
    patterns = sorted({pattern for pattern, _ in questions})
    for pattern, question in questions:
        twin = pattern[:-4] + _TWINS.get(pattern[-4:], "")
        among = {pattern, *chance.sample(patterns, min(_OTHERS, len(patterns)))} - {twin}
        yield _lesson(retriever, question, Where(tuple(sorted(among))))


def _write(path: Path, document: Mapping[str, Any]) -> list[Place]:
    """Write a document; return the places of its sentences."""
    text, places = document["title"] + "\n\n", []
    for sentence in document["sentences"]:
        places.append(Place(path.name, len(text), len(text) + len(sentence)))
        text += sentence + " "
    path.write_text(text.rstrip() + "\n", "utf-8")
    return places


def _question(
    cluster: str, values: Mapping[str, Any], places: Sequence[Sequence[Place]]
) -> Question:
    gold = tuple(Gold(places[d][s], "") for d, s in values["gold"])
    return Question(
        f"{cluster}: {values['q']}", values["kind"], values["q"], (), bool(gold), gold, "", cluster
    )


def _lesson(retriever: Retriever, question: Question, where: Where | None) -> Lesson:
    from retrieval.evidence import reading_of

    choices = retriever.engine.find(question.text, question.history, where).choices
    marked = [(choice, shows(question, choice)) for choice in choices]
    kept = marked[:_FOUND] + [each for each in marked[_FOUND:] if each[1]]
    before = question.history[-1] if question.history else ""
    texts = tuple((reading_of(retriever.snapshot, choice), right) for choice, right in kept)
    return Lesson(question.text, before, question.group, question.answerable, texts)
