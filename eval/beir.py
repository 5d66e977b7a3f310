"""Read a folder in BEIR's layout (Thakur et al. 2021), with or without quoth's extra fields.

``corpus.jsonl`` (``_id``, ``title``, ``text``), ``queries.jsonl`` (``_id``, ``text`` and, if
they are there, ``history``, ``answerable``, ``answers``, ``kind``, ``label``, ``group``), and
``qrels.tsv`` or ``qrels/test.tsv``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote as percent_encode

from .errors import Mistakes, QuestionSetError
from .questions import Texts, json_lines
from .records import Gold, Place, Question, QuestionSet

_QRELS = ("qrels.tsv", "qrels/test.tsv", "qrels/dev.tsv")
_LONGEST_NAME = 200
_BETWEEN = "\n\n"
_HINT = "A folder in BEIR's layout holds corpus.jsonl, queries.jsonl and qrels.tsv."


@dataclass(frozen=True, slots=True)
class BeirDocument:
    """A document, before it is written as a file."""

    id: str
    title: str
    text: str

    @property
    def path(self) -> str:
        """The name of its file."""
        name = percent_encode(self.id, safe=" ()[],;=+@~")
        if len(name) > _LONGEST_NAME or name.startswith("."):
            name = hashlib.sha256(self.id.encode()).hexdigest()
        return name + ".txt"

    @property
    def offset(self) -> int:
        """Where ``text`` starts in the file."""
        return len(self.title) + len(_BETWEEN) if self.title else 0

    @property
    def content(self) -> str:
        """What the file holds: the title, if it has one, and the text, unaltered."""
        return f"{self.title}{_BETWEEN}{self.text}" if self.title else self.text


def beir_documents(folder: Path) -> Iterator[BeirDocument]:
    """Yield the documents of ``corpus.jsonl``.

    Raises:
        QuestionSetError: the file is missing or holds mistakes.
    """
    path, seen = folder / "corpus.jsonl", set[str]()
    mistakes = Mistakes(path)
    for number, value in json_lines(path, mistakes):
        name, text, title = value.get("_id"), value.get("text"), value.get("title") or ""
        if not isinstance(name, str) or not isinstance(text, str) or not isinstance(title, str):
            mistakes.add(number, 'a document holds "_id", "text" and perhaps "title", all strings')
        elif name in seen:
            mistakes.add(number, f'the _id "{name}" stands on an earlier line too')
        else:
            seen.add(name)
            yield BeirDocument(name, title, text)
    mistakes.refuse(_HINT)
    if not seen:
        raise QuestionSetError(f"{path} holds no document.", _HINT)


def load_beir(folder: Path, texts: Texts) -> QuestionSet:
    """Load the questions of a folder whose documents have been indexed.

    Args:
        folder: in BEIR's layout.
        texts: the documents as they were indexed, by file name.

    Raises:
        QuestionSetError: a file is missing or empty, or holds mistakes.
    """
    documents = {document.id: document for document in beir_documents(folder)}
    graded = _qrels(folder, documents)
    path, seen = folder / "queries.jsonl", set[str]()
    mistakes = Mistakes(path)
    questions: list[Question] = []
    for number, value in json_lines(path, mistakes):
        name = value.get("_id")
        if not isinstance(name, str) or not isinstance(value.get("text"), str) or name in seen:
            mistakes.add(number, 'a question holds "text" and an "_id" of its own, both strings')
            continue
        seen.add(name)
        grades = graded.get(name, {})
        if "answerable" not in value and not any(grades.values()):
            continue  # BEIR lists the questions of every split; only some are judged here
        gold = _gold(number, value, grades, documents, texts, mistakes)
        relevant = {documents[key].path: grade for key, grade in grades.items() if grade > 0}
        before = questions[-1].group if questions else name
        questions.append(_question(value, gold, relevant, _group(value, gold, documents, before)))
    mistakes.refuse(_HINT)
    if not questions:
        raise QuestionSetError(f"{path} holds no question that is judged.", _HINT)
    return QuestionSet(folder.resolve().name, "document", tuple(questions))


def _qrels(folder: Path, documents: Mapping[str, BeirDocument]) -> dict[str, dict[str, int]]:
    path = next((folder / name for name in _QRELS if (folder / name).is_file()), None)
    if path is None:
        raise QuestionSetError(f"There is no qrels.tsv in {folder}.", _HINT)
    mistakes, found = Mistakes(path), dict[str, dict[str, int]]()
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        fields = line.split("\t")
        if not line.strip() or (number == 1 and fields[0] == "query-id"):
            continue
        if len(fields) != 3 or not fields[2].strip().lstrip("-").isdigit():
            mistakes.add(number, "a line holds query-id, corpus-id and a whole score, tab between")
        elif fields[1] not in documents:
            mistakes.add(number, f"corpus.jsonl holds no document {fields[1]}")
        else:
            found.setdefault(fields[0], {})[fields[1]] = int(fields[2])
    mistakes.refuse(_HINT)
    return found


def _gold(
    number: int, value: Mapping[str, Any], grades: Mapping[str, int],
    documents: Mapping[str, BeirDocument], texts: Texts, mistakes: Mistakes,
) -> tuple[Gold, ...]:  # fmt: skip
    if value.get("answerable", True) is False:
        return ()
    answers = value.get("answers")
    if not answers:  # judged by document only: any part of a right document is right
        whole = (
            (documents[key].path, documents[key].content) for key, g in grades.items() if g > 0
        )
        return tuple(Gold(Place(path, 0, len(text)), "") for path, text in whole)
    found = []
    for answer in answers:
        document = documents.get(answer.get("corpus_id"))
        if document is None:
            mistakes.add(number, f"corpus.jsonl holds no document {answer.get('corpus_id')}")
            continue
        start = document.offset + int(answer["start"])
        end = start + len(answer["text"])
        indexed = texts(document.path)
        if answer["text"] != (document.content if indexed is None else indexed)[start:end]:
            mistakes.add(number, f'"{answer["text"]}" does not stand there in {document.id}')
        found.append(Gold(Place(document.path, start, end), answer["text"], share=1.0))
    return tuple(found)


def _question(
    value: Mapping[str, Any], gold: tuple[Gold, ...], relevant: dict[str, int], group: str
) -> Question:
    answerable = bool(value.get("answerable", True))
    kind = (
        value.get("kind") or value.get("label") or ("answerable" if answerable else "unanswerable")
    )
    return Question(
        id=value["_id"], kind=str(kind).lower(), text=value["text"],
        history=tuple(value.get("history") or ()), answerable=answerable, gold=gold,
        note=str(value.get("note") or ""), group=group, relevant=relevant,
    )  # fmt: skip


def _group(
    value: Mapping[str, Any],
    gold: tuple[Gold, ...],
    documents: Mapping[str, BeirDocument],
    before: str,
) -> str:
    """Return the article or conversation; what has no gold is of the same one as the last."""
    if value.get("group"):
        return str(value["group"])
    if value.get("turn") is not None or value.get("history"):
        return str((value.get("history") or [value["text"]])[0])
    if not value.get("answers"):
        return before if not gold else str(value["_id"])
    return documents[value["answers"][0]["corpus_id"]].title or str(value["_id"])
