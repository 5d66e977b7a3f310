"""The values that this room hands out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

Mark = Literal["right", "wrong", "silent"]
"""What a person says of an answer; ``silent``: it should have said that there is none."""
MARKS: tuple[Mark, ...] = get_args(Mark)


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """What a list of conversations shows of one."""

    id: int
    title: str
    """As somebody gave it; empty where nobody did."""
    corpus: Path
    started: datetime
    """With its time zone, UTC."""
    updated: datetime
    """When the last answer was kept."""
    turns: int
    first: str = ""
    """The first question; empty before there is one."""

    @property
    def name(self) -> str:
        """The title, or else the first question."""
        return self.title or self.first

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "id": self.id, "title": self.title, "first": self.first, "corpus": str(self.corpus),
            "started": self.started.isoformat(), "updated": self.updated.isoformat(),
            "turns": self.turns,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Turn:
    """One question with its answer."""

    number: int
    """1 for the first."""
    question: str
    answer: dict[str, Any] = field(repr=False)
    """The JSON of the answer, exactly as it was kept."""
    asked: datetime
    """When it was kept first; with its time zone, UTC."""
    mark: Mark | None = None
    dropped: bool = False
    """It was asked again without what had been carried over."""


@dataclass(frozen=True, slots=True)
class Session:
    """One conversation, whole."""

    info: SessionInfo
    turns: tuple[Turn, ...]
    """In order; numbered from 1 without a gap."""


@dataclass(frozen=True, slots=True)
class Pin:
    """An evidence that somebody put aside."""

    turn: int
    evidence: int
    """1 for the answer's first evidence."""
    pinned: datetime
    """With its time zone, UTC."""
