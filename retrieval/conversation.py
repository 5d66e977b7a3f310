"""A conversation over one retriever, which keeps its own history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .filters import WhereLike
from .records import Answer


class Asks(Protocol):
    """Whoever answers: a retriever."""

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        where: WhereLike = None,
        k: int | None = None,
    ) -> Answer:
        """Answer a question, understood with the earlier ones."""
        ...


class Conversation:
    """Questions in order, each understood with the ones before it."""

    def __init__(self, retriever: Asks, where: WhereLike = None) -> None:
        self._retriever = retriever
        self._where = where
        self._answers: list[Answer] = []

    @property
    def answers(self) -> tuple[Answer, ...]:
        """What was answered so far, oldest first."""
        return tuple(self._answers)

    @property
    def history(self) -> tuple[str, ...]:
        """The questions so far, oldest first."""
        return tuple(answer.question for answer in self._answers)

    def ask(self, question: str, *, k: int | None = None) -> Answer:
        """Answer the next question; see :meth:`Retriever.ask`."""
        given = self._retriever.ask(question, history=self.history, where=self._where, k=k)
        self._answers.append(given)
        return given
