"""Ask every question and keep what came of it; an interrupted run goes on where it stopped."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval.errors import QuestionError
from retrieval.settings import Settings

from . import runfolder
from .asking import QUOTES, Way, asker, unit_name
from .errors import QuestionSetError, RunError
from .proving import Prover
from .records import Gold, Place, Question, QuestionSet
from .trec import write_trec

if TYPE_CHECKING:
    from retrieval.retriever import Retriever

Tell = Callable[[int, int], None]
"""Told how many of how many questions are done."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run, and what to write down about it."""

    way: Way
    split: str
    kinds: tuple[str, ...]
    command: str
    output: Path


def chosen(questions: QuestionSet, split: str, kinds: Sequence[str]) -> QuestionSet:
    """Return the questions of a half and of some kinds.

    Raises:
        QuestionSetError: there are none.
    """
    known = sorted({question.kind for question in questions.questions})
    unknown = [kind for kind in kinds if kind not in known]
    if unknown:
        raise QuestionSetError(
            f'{questions.name} has no question of kind "{unknown[0]}".',
            f"Kinds: {', '.join(known)}.",
        )
    kept = tuple(
        question
        for question in questions.questions
        if split in ("all", question.half) and (not kinds or question.kind in kinds)
    )
    if not kept:
        raise QuestionSetError(
            f"No question of {questions.name} is in that half.", "Try --split all."
        )
    return replace(questions, questions=kept)


def with_passages(questions: QuestionSet, retriever: Retriever) -> QuestionSet:
    """Note for each question which passages of the index are right: those that show a gold."""
    if questions.unit == "document":
        return questions
    snapshot = retriever.snapshot
    wanted = {gold.place.path for question in questions.questions for gold in question.gold}
    passages: dict[str, list[Place]] = {}
    for row in snapshot.rows_of(wanted).tolist():
        for passage in snapshot.passages(row):
            path = passage.document.path
            passages.setdefault(path, []).append(Place(path, passage.start, passage.end))
    done = []
    for question in questions.questions:
        right = {place for gold in question.gold for place in _showing(gold, passages)}
        relevant = {unit_name("passage", p.path, p.start, p.end): 1 for p in sorted(right)}
        done.append(replace(question, relevant=relevant))
    return replace(questions, questions=tuple(done))


def _showing(gold: Gold, passages: Mapping[str, Sequence[Place]]) -> list[Place]:
    return [place for place in passages.get(gold.place.path, ()) if gold.shown_by(place)]


def run(
    retriever: Retriever, questions: QuestionSet, plan: Plan, settings: Settings, tell: Tell
) -> runfolder.Run:
    """Ask every question and write the run's folder.

    Raises:
        RunError: the folder holds another run.
        StorageError: it cannot be written.
    """
    questions = with_passages(questions, retriever)
    meta = _provenance(retriever, questions, plan, settings)
    done = _resume(plan.output, meta)
    if done is None:
        return runfolder.read_run(plan.output)
    runfolder.write_lines(
        plan.output / "questions.jsonl", (q.to_dict() for q in questions.questions)
    )
    runfolder.write_lines(plan.output / "answers.jsonl", done.values())
    runfolder.write_meta(plan.output, meta)
    began = time.monotonic()
    _ask_all(retriever, questions, plan, settings, done, tell)
    in_order = [done[each.id] for each in questions.questions if each.id in done]
    runfolder.write_lines(plan.output / "answers.jsonl", in_order)
    meta.update(
        state="complete", seconds=round(time.monotonic() - began, 1), memory_mb=_peak_memory()
    )
    runfolder.write_meta(plan.output, meta)
    finished = runfolder.read_run(plan.output)
    write_trec(finished)
    return finished


def _ask_all(
    retriever: Retriever, questions: QuestionSet, plan: Plan, settings: Settings,
    done: dict[str, dict[str, Any]], tell: Tell,
) -> None:  # fmt: skip
    ask, prover = (
        asker(plan.way, retriever, settings, questions.unit),
        Prover(retriever.info.corpus),
    )
    # Turns of one conversation one after the other, so that none is replayed twice.
    waiting = sorted(
        (question for question in questions.questions if question.id not in done),
        key=lambda question: (*question.history, question.text),
    )
    path = plan.output / "answers.jsonl"
    with runfolder.storing(path), path.open("a", encoding="utf-8", newline="\n") as file:
        for question in waiting:
            tell(len(done), len(questions.questions))
            try:
                line = _ask(question, ask, prover)
            except QuestionError:
                continue  # too long, or no word in it: not run, and counted so
            done[question.id] = line
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
    tell(len(done), len(questions.questions))


def _ask(question: Question, ask: Any, prover: Prover) -> dict[str, Any]:  # noqa: ANN401
    began = time.perf_counter()
    reply = ask.ask(question)
    spent = round(1000 * (time.perf_counter() - began), 2)
    timings = {"total": spent} if reply.answer is None else reply.answer["timings"]
    return runfolder.answer_line(
        question.id, reply.answer, top=reply.top, ranking=list(reply.ranking),
        proof=prover.prove(reply.answer), timings=timings,
    )  # fmt: skip


def _resume(folder: Path, meta: Mapping[str, Any]) -> dict[str, dict[str, Any]] | None:
    """Return the answers that an interrupted run left; None where it is complete."""
    old = runfolder.read_meta(folder)
    if old is None:
        if folder.is_dir() and any(folder.iterdir()):
            raise RunError(f"The folder {folder} holds something else.", "Name another --output.")
        return {}
    if old["identity"] != meta["identity"]:
        raise RunError(
            f"The folder {folder} holds a run of other questions, index, settings or code.",
            "Name another --output.",
        )
    if old["state"] == "complete":
        return None
    return {value["id"]: value for value in runfolder.read_answers(folder)}


def _provenance(
    retriever: Retriever, questions: QuestionSet, plan: Plan, settings: Settings
) -> dict[str, Any]:
    info, shown = retriever.info, {"k": settings.k, "quotes": QUOTES, "backend": settings.backend}
    about = {
        "name": questions.name, "unit": questions.unit, "sha256": questions.sha256,
        "count": len(questions.questions),
    }  # fmt: skip
    index = {
        "fingerprint": info.fingerprint, "corpus": str(info.corpus), "documents": info.documents,
        "passages": info.passages, "skipped": info.skipped, "model": info.encoder.name,
    }  # fmt: skip
    code = code_version()
    identity = [about["sha256"], info.fingerprint, plan.way, code, shown]
    key = sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
    return {
        "format": runfolder.FORMAT, "state": "running", "identity": key, "questions": about,
        "split": plan.split, "kinds": list(plan.kinds), "retriever": plan.way, "index": index,
        "settings": shown, "code": code, "command": plan.command, "machine": machine(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }  # fmt: skip


def code_version() -> str:
    """Return a hash of the core's source and calibration: other code is another run."""
    total = sha256()
    root = Path(str(files("retrieval")))
    for path in sorted([*root.rglob("*.py"), *root.glob("*.json")]):
        total.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]


def machine() -> str:
    """Describe the machine's class."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    python = ".".join(platform.python_version_tuple()[:2])
    return f"{cores} cores, {platform.system()} {platform.machine()}, Python {python}"


def _peak_memory() -> float | None:
    """Return the process's highest resident memory in megabytes, where the system tells."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if platform.system() == "Darwin" else 1e3), 1)
