"""A run on disk: what was asked of what, every answer, and files that other tools read.

run.json             provenance, and whether the run is complete
questions.jsonl      the questions with their gold, resolved to offsets
answers.jsonl        one line a question: the whole answer, ranking, proof, timings
run.trec, qrels.trec             the ranking of documents or passages, in TREC's formats
quotes.trec, quotes.qrels.trec   the ranking of quotes (see docs/eval.md)
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import StorageError

from .errors import RunError
from .records import Outcome, Place, Proof, Question, QuestionSet, Shown

FORMAT = 1
"""Version of a run's folder."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run, read back."""

    folder: Path
    meta: Mapping[str, Any]
    """run.json."""
    questions: QuestionSet
    outcomes: Mapping[str, Outcome]
    """By question id; a question that was not run is not there."""
    answers: Mapping[str, Mapping[str, Any]]
    """The lines of answers.jsonl by question id."""

    @property
    def name(self) -> str:
        """What to call it in a table."""
        return f"{self.meta['questions']['name']} {self.meta['split']}, {self.meta['retriever']}"

    @property
    def shown(self) -> int:
        """How many quotes a person is shown."""
        return int(self.meta["settings"]["k"])


def read_run(folder: Path) -> Run:
    """Read a run's folder.

    Raises:
        RunError: it holds no run, or one that is damaged.
    """
    meta = read_meta(folder)
    if meta is None:
        raise RunError(
            f"There is no run in {folder}.", "Make one with: quoth eval run --output DIR"
        )
    try:
        questions = tuple(Question.from_dict(v) for v in _lines(folder / "questions.jsonl"))
        answers = {value["id"]: value for value in read_answers(folder)}
        outcomes = {name: outcome(value) for name, value in answers.items()}
        asked = QuestionSet(meta["questions"]["name"], meta["questions"]["unit"], questions)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise RunError(f"The run in {folder} is damaged: {error!r}.", "Run it again.") from error
    if asked.sha256 != meta["questions"]["sha256"]:
        raise RunError(f"The questions in {folder} are not those of the run.", "Run it again.")
    return Run(folder, meta, asked, outcomes, answers)


def read_meta(folder: Path) -> dict[str, Any] | None:
    """Return run.json, or None where there is none.

    Raises:
        RunError: it is damaged or of another version.
    """
    try:
        meta = json.loads((folder / "run.json").read_text("utf-8"))
        if meta["format"] != FORMAT:
            raise RunError(f"The run in {folder} is of format {meta['format']}.", "Run it again.")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(
            f"{folder / 'run.json'} cannot be read: {error!r}.", "Run it again."
        ) from error
    return dict(meta)


def read_answers(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the answers that are there; a last line torn by an interruption is left out."""
    path = folder / "answers.jsonl"
    if not path.exists():
        return
    lines = path.read_text("utf-8").split("\n")
    yield from (json.loads(line) for line in lines[:-1] if line)


def outcome(value: Mapping[str, Any]) -> Outcome:
    """Read what is measured off a line of answers.jsonl."""
    answer = value["answer"]
    return Outcome(
        id=value["id"],
        status=None if answer is None else answer["status"],
        confidence=float(value["top"]),
        shown=() if answer is None else tuple(_shown(item) for item in answer["evidence"]),
        ranking=tuple(value["ranking"]),
        proof=Proof(**value["proof"]),
        timings=dict(value["timings"]),
    )


def _shown(evidence: Mapping[str, Any]) -> Shown:
    beside = [*evidence["near"], *evidence["differs"]]
    around, first = evidence["passage"], evidence["citations"][0]
    return Shown(
        quote=evidence["quote"],
        places=tuple(_place(citation) for citation in evidence["citations"]),
        beside=tuple(_place(citation) for related in beside for citation in related["citations"]),
        unit=Place(first["path"], around["start"], around["end"]),
    )


def _place(citation: Mapping[str, Any]) -> Place:
    return Place(citation["path"], citation["start"], citation["end"])


def answer_line(name: str, answer: Mapping[str, Any] | None, **rest: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a line of answers.jsonl."""
    proof = rest.pop("proof")
    return {"id": name, "answer": answer, "proof": asdict(proof), **rest}


def write_meta(folder: Path, meta: Mapping[str, Any]) -> None:
    """Write run.json."""
    write_text(folder / "run.json", json.dumps(meta, indent=2, ensure_ascii=False) + "\n")


def write_lines(path: Path, values: Iterable[Mapping[str, Any]]) -> None:
    """Write JSON lines, whole or not at all."""
    write_text(path, "".join(json.dumps(v, ensure_ascii=False) + "\n" for v in values))


def write_text(path: Path, text: str) -> None:
    """Write a file, whole or not at all.

    Raises:
        StorageError: it cannot be written.
    """
    with storing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        begun = path.with_name(path.name + ".part")
        begun.write_text(text, "utf-8", newline="\n")
        os.replace(begun, path)


@contextmanager
def storing(path: Path) -> Iterator[None]:
    """Turn a failed write into one sentence and one hint."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}.", "Name another --output."
        ) from error


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in path.read_text("utf-8").split("\n") if line)
