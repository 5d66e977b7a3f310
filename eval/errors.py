"""What can go wrong in an evaluation, each as one sentence and one hint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from retrieval.errors import IndexMismatchError, QuothError

_LISTED = 20
"""Mistakes of one file that are written out."""


class QuestionSetError(QuothError):
    """A question set is missing, empty, or holds mistakes."""


class RunError(QuothError):
    """A run's folder cannot be used, or is not what was asked for."""


class MissingToolError(QuothError):
    """A library that only evaluation needs is not installed."""


class OtherCorpusError(IndexMismatchError):
    """The questions are about other documents than those that were indexed."""


@dataclass(slots=True)
class Mistakes:
    """Collects every mistake of a file, so that all can be mended at once."""

    path: Path
    found: list[str] = field(default_factory=list)

    def add(self, line: int, what: str) -> None:
        """Note a mistake on a line, counted from 1."""
        self.found.append(f"{self.path}:{line}: {what}")

    def refuse(self, hint: str) -> None:
        """Raise if there are any.

        Raises:
            QuestionSetError: naming each mistake with its file and line.
        """
        if self.found:
            raise QuestionSetError("\n".join(self._listed()), hint)

    def _listed(self) -> Sequence[str]:
        rest = len(self.found) - _LISTED
        more = [f"{self.path}: and {rest} more"] if rest > 0 else []
        return [*self.found[:_LISTED], *more]
