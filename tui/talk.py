"""A conversation as the program holds it: turns, scope, pins. No Textual, no disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .engine import AnswerDict

if TYPE_CHECKING:
    from retrieval import Mark

MARKS: Mapping[Mark, str] = {
    "right": "+ marked right", "wrong": "- marked wrong",
    "silent": "0 marked: should have said nothing",
}  # fmt: skip


@dataclass(slots=True)
class Turn:
    """A question and what came of it."""

    number: int
    """1-based, over the whole conversation."""
    question: str
    answer: AnswerDict | None = None
    problem: str = ""
    """Why there is no answer; empty where there is one or it is on its way."""
    kept: int = 0
    """Its number in the store; 0 while it is not there."""
    mark: Mark | None = None
    dropped: bool = False
    """Asked without the earlier turns."""
    request: int = 0
    """Number of the request that may still fill it; a later one replaces it."""

    @property
    def status(self) -> str:
        """``answered``, ``uncertain``, ``not_found``, or empty while it is not known."""
        return str(self.answer["status"]) if self.answer else ""

    @property
    def evidence(self) -> list[Mapping[str, Any]]:
        """The quotations, best first."""
        return list(self.answer["evidence"]) if self.answer else []


@dataclass(slots=True)
class Talk:
    """Turns in order, and what they are asked of."""

    session: int | None = None
    """Its number in the store; None until something is asked."""
    label: str = ""
    """Its title; empty for none."""
    turns: list[Turn] = field(default_factory=list)
    excluded: frozenset[str] = frozenset()
    """Paths of documents that are left out."""
    pins: set[tuple[int, int]] = field(default_factory=set)
    """(turn, number of the quotation from 1) of everything in the tray."""
    _requests: int = 0

    def add(self, question: str) -> Turn:
        """Append a turn that waits for its answer."""
        turn = Turn(len(self.turns) + 1, question)
        self.turns.append(turn)
        self.renew(turn)
        return turn

    def renew(self, turn: Turn) -> int:
        """Give a turn a new request, so that an answer to an older one is ignored."""
        self._requests += 1
        turn.request = self._requests
        return self._requests

    def turn(self, kept: int) -> Turn | None:
        """Return the turn of a number in the store."""
        return next((turn for turn in self.turns if turn.kept == kept), None)

    def history(self, turn: Turn) -> tuple[list[str], int]:
        """Return the earlier questions that a turn is understood with, and how many precede them.

        A turn that dropped what came before starts afresh for those after it, too.
        """
        if turn.dropped:
            return [], turn.number - 1
        earlier = self.turns[: turn.number - 1]
        first = max((t.number for t in earlier if t.dropped), default=1) - 1
        return [t.question for t in earlier[first:] if t.answer], first


def numbered(answer: AnswerDict, before: int) -> AnswerDict:
    """Count the turns that an answer took from in the whole conversation."""
    if not before or not answer["carried"]:
        return answer
    carried = [{**item, "turn": item["turn"] + before} for item in answer["carried"]]
    return {**answer, "carried": carried}


def summary(answer: AnswerDict) -> str:
    """Say in words how far an answer can be trusted."""
    for least, words in ((0.9, "almost certain"), (0.7, "likely"), (0.55, "probable"),
                         (0.4, "about even"), (0.2, "doubtful")):  # fmt: skip
        if answer["confidence"] >= least:
            return words
    return "unlikely"


def place_of(citation: Mapping[str, Any]) -> str:
    """Return where a citation stands, without its file: lines, page, section, characters."""
    first, last = citation["line_start"], citation["line_end"]
    parts = [f"line {first}" if first == last else f"lines {first}-{last}"]
    if citation.get("page") is not None:
        parts.insert(0, f"page {citation['page']}")
    parts.append(f"characters {citation['start']}-{citation['end']}")
    return ", ".join(parts)


STATES: Mapping[str, str] = {
    "verified": "✓ verified", "changed": "✗ source changed", "missing": "✗ source missing",
}  # fmt: skip
"""What is said of a citation's state, as on the command line."""


def cited(citation: Mapping[str, Any]) -> str:
    """Return a citation in full, for copying."""
    section = f", “{citation['section']}”" if citation.get("section") else ""
    return f"{citation['path']}{section}, {place_of(citation)}, sha256 {citation['sha256']}"


def with_citation(item: Mapping[str, Any]) -> str:
    """Return a quotation and every citation, for copying."""
    return "\n".join([item["quote"], *(f"({cited(c)})" for c in item["citations"])])


def whole(answer: AnswerDict) -> str:
    """Return an answer for copying: the question, the quotations, their citations."""
    parts = [answer["question"]]
    if answer["status"] == "uncertain":
        parts.append("The documents may not say. Nearest passages, not an answer:")
    if answer["status"] == "not_found":
        parts.append("The documents do not say.")
    else:
        parts += [with_citation(item) for item in answer["evidence"]]
    return "\n\n".join(parts) + "\n"
