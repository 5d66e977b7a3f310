"""What a listing says: the documents of an index, and how their folder differs from it.

Nothing heavy is imported here, so that another process can hold these values.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Listed:
    """A document as a listing shows it."""

    path: str
    """Relative to the corpus, with forward slashes."""
    size: int
    """Bytes."""
    modified: float
    """Seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Changes:
    """How a folder differs from the last commit, as far as its listing shows."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]

    def items(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return (kind, paths) for each kind of change."""
        return [("new", self.new), ("changed", self.changed), ("gone", self.gone)]

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)
