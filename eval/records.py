"""The values that cross from one part of the evaluation to the next.

Offsets are Unicode code points into a document's text, half-open.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from retrieval.records import Status

Unit = Literal["document", "passage"]
"""What is ranked: whole documents (BEIR's layout) or passages (a folder)."""
Half = Literal["tune", "test"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A stretch of one document."""

    path: str
    start: int
    end: int

    def overlap(self, other: Place) -> int:
        """Return how many characters both hold."""
        if self.path != other.path:
            return 0
        return max(0, min(self.end, other.end) - max(self.start, other.start))

    @property
    def length(self) -> int:
        """Characters."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Gold:
    """A place that answers a question."""

    place: Place
    quote: str
    """Its words; empty where a whole document counts."""
    share: float = 0.5
    """How much of it has to be shown: 1 where it is a short answer inside a sentence."""
    side: str | None = None
    """For conflicting statements: which of them; every side has to be shown."""

    def shown_by(self, place: Place) -> bool:
        """Say whether a quote at ``place`` shows this gold.

        It holds at least ``share`` of its characters, or lies wholly inside it
        (the latter only where a part of the gold is enough).
        """
        both = self.place.overlap(place)
        inside = self.share < 1 and both == place.length
        return both > 0 and (inside or both >= self.share * self.place.length)


@dataclass(frozen=True, slots=True)
class Question:
    """A question with everything that is known about its answer."""

    id: str
    kind: str
    text: str
    history: tuple[str, ...]
    """Earlier questions, oldest first."""
    answerable: bool
    gold: tuple[Gold, ...]
    note: str
    group: str
    """Questions of one article or conversation, never to be split between folds."""
    relevant: Mapping[str, int] = field(default_factory=dict)
    """Units that are right to rank high, with their grade."""

    @property
    def half(self) -> Half:
        """Which half it belongs to, by a hash of the id alone."""
        return "test" if hashlib.sha256(self.id.encode()).digest()[0] % 2 else "tune"

    @property
    def sides(self) -> tuple[str, ...]:
        """The conflicting statements that all have to be shown."""
        return tuple(sorted({gold.side for gold in self.gold if gold.side is not None}))

    def shown_by(self, places: Iterable[Place]) -> frozenset[int]:
        """Return the numbers of the gold entries that any of ``places`` shows."""
        each = tuple(places)
        return frozenset(n for n, gold in enumerate(self.gold) if any(map(gold.shown_by, each)))

    def to_dict(self) -> dict[str, Any]:
        """As JSON, gold resolved to offsets."""
        gold = [
            {"path": g.place.path, "start": g.place.start, "end": g.place.end, "quote": g.quote,
             "share": g.share, "side": g.side} for g in self.gold
        ]  # fmt: skip
        return {
            "id": self.id, "kind": self.kind, "question": self.text,
            "history": list(self.history), "answerable": self.answerable, "gold": gold,
            "note": self.note, "group": self.group, "relevant": dict(self.relevant),
        }  # fmt: skip

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Question:
        """Read what :meth:`to_dict` wrote."""
        gold = tuple(
            Gold(Place(g["path"], g["start"], g["end"]), g["quote"], g["share"], g["side"])
            for g in values["gold"]
        )
        return cls(
            id=values["id"], kind=values["kind"], text=values["question"],
            history=tuple(values["history"]), answerable=values["answerable"], gold=gold,
            note=values["note"], group=values["group"], relevant=dict(values["relevant"]),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions over one corpus."""

    name: str
    unit: Unit
    questions: tuple[Question, ...]

    @property
    def sha256(self) -> str:
        """Of every question with its gold; not of the passages that documents are cut into."""
        total = hashlib.sha256(self.unit.encode())
        for question in self.questions:
            values = question.to_dict()
            if self.unit == "passage":
                del values["relevant"]
            total.update(json.dumps(values, sort_keys=True).encode())
        return total.hexdigest()


@dataclass(frozen=True, slots=True)
class Shown:
    """One evidence of an answer, as far as it is measured."""

    quote: str
    places: tuple[Place, ...]
    """Its citations."""
    beside: tuple[Place, ...]
    """Citations of what is shown with it: near repetitions and differing statements."""
    unit: Place
    """The passage around it."""


@dataclass(frozen=True, slots=True)
class Proof:
    """How many citations were shown and how many of them were proved."""

    citations: int
    verbatim: int
    """The quote is the file's text between the offsets."""
    verified: int
    """That, and the file's bytes and state are as cited."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question."""

    id: str
    status: Status | None
    """None for a retriever that only ranks."""
    confidence: float
    """A probability if there is a status; else the best score, good for ordering only."""
    shown: tuple[Shown, ...]
    ranking: tuple[str, ...]
    """Units, best first."""
    proof: Proof
    timings: Mapping[str, float]
    """Milliseconds by stage."""
