"""What of a conversation is written: all of it, or what was pinned; and in which words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..sessions.records import Pin, Session, Turn
from ..transcripts import DIFFERS, NEAR

NUMBERS = "numbers"
"""Key that a shortened answer has besides: which of its evidences were kept."""

_HEADS = {
    "answered": "Answered with confidence {0:.2f}.",
    "uncertain": "The documents may not say (confidence {0:.2f}). Nearest passages, not an answer:",
    "not_found": "The documents do not say (confidence {0:.2f}).",
}
_NEAREST = " Nearest passages, not an answer:"
_MARKS = {
    "right": "Marked right by the reader.",
    "wrong": "Marked wrong by the reader.",
    "silent": "Marked by the reader: it should have said nothing.",
}


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quote with its citations, as JSON has them."""

    number: int
    """1 for the answer's first evidence."""
    role: str
    """``evidence``, ``near`` or ``differs``."""
    quote: str
    citations: Sequence[Mapping[str, Any]]

    @property
    def heading(self) -> str:
        """The fixed words before a quote beside an evidence; empty for the evidence itself."""
        return {"near": NEAR, "differs": DIFFERS}.get(self.role, "")


def only_pinned(session: Session, pins: Iterable[Pin]) -> Session:
    """Return the conversation with nothing but the pinned evidences."""
    wanted: dict[int, set[int]] = defaultdict(set)
    for pin in pins:
        wanted[pin.turn].add(pin.evidence)
    turns = []
    for turn in session.turns:
        evidence = turn.answer["evidence"]
        kept = sorted(n for n in wanted[turn.number] if 1 <= n <= len(evidence))
        if kept:
            answer = {**turn.answer, "evidence": [evidence[n - 1] for n in kept], NUMBERS: kept}
            turns.append(replace(turn, answer=answer))
    return replace(session, turns=tuple(turns))


def quoted(answer: Mapping[str, Any]) -> Iterator[Quoted]:
    """Yield every quote of an answer: each evidence, then what stands beside it."""
    evidence = answer["evidence"]
    numbers = answer.get(NUMBERS) or range(1, len(evidence) + 1)
    for number, one in zip(numbers, evidence, strict=True):
        yield Quoted(number, "evidence", one["quote"], one["citations"])
        for role in ("near", "differs"):
            for other in one.get(role, ()):
                yield Quoted(number, role, other["quote"], other["citations"])


def head(answer: Mapping[str, Any]) -> str:
    """Say what an answer is worth."""
    text = _HEADS[answer["status"]].format(answer["confidence"])
    nothing_found = answer["status"] == "not_found" and answer["evidence"]
    return text + _NEAREST if nothing_found else text


def remarks(turn: Turn) -> Iterator[str]:
    """Yield what is to be said of a turn besides; words from outside are in “...”."""
    yield f"Asked {moment(turn.asked)}."
    understood = turn.answer.get("understood_as", turn.question)
    if understood != turn.question:
        yield f"Searched as: “{understood}”"
    for carried in turn.answer.get("carried", ()):
        yield f"Also using, from question {carried['turn']}: “{carried['text']}”"
    if turn.dropped:
        yield "Asked again without the earlier questions."
    if turn.mark:
        yield _MARKS[turn.mark]


def searched(answer: Mapping[str, Any]) -> str:
    """Say what was looked through."""
    found = answer.get("searched", {})
    text = (
        f"Searched {found.get('documents', 0)} documents, {found.get('passages', 0)} passages; "
        f"{found.get('skipped', 0)} files skipped."
    )
    terms = ", ".join(f"“{word}” {count}×" for word, count in found.get("terms", {}).items())
    return f"{text} Rare words: {terms}." if terms else text


def about(session: Session) -> Iterator[str]:
    """Yield what is to be said of the whole conversation."""
    info = session.info
    count = len(session.turns)
    yield f"Documents: {info.corpus}"
    yield f"Started {moment(info.started)}; {count} question{'s' if count != 1 else ''}."


def moment(when: datetime) -> str:
    """Return a time as people read it."""
    return f"{when:%Y-%m-%d %H:%M:%S %Z}"
