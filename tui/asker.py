"""The questions that wait for an answer: one after the other, the index permitting."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from retrieval import QuothError

from .talk import Talk, Turn, numbered

if TYPE_CHECKING:
    from .app import QuothApp

OnAnswer = Callable[[Talk, Turn], Awaitable[None]]


class Asker:
    """Asks in a worker thread and keeps each answer before it is shown.

    Args:
        app: gives the engine and the store.
        answered: told when a turn has its answer, or its problem.
    """

    def __init__(self, app: QuothApp, answered: OnAnswer) -> None:
        self._app = app
        self._answered = answered
        self._queue: list[tuple[Talk, Turn]] = []
        self._busy = False

    def add(self, talk: Talk, turn: Turn) -> None:
        """Let a turn wait for its answer."""
        self._queue.append((talk, turn))

    async def run(self) -> None:
        """Answer what waits, while there is an index to ask."""
        if self._busy:
            return
        self._busy = True
        try:
            while self._queue and self._app.engine.ready:
                talk, turn = self._queue.pop(0)
                if await self._answer(talk, turn):
                    await self._answered(talk, turn)
        finally:
            self._busy = False

    async def _answer(self, talk: Talk, turn: Turn) -> bool:
        """Fill a turn; false where a newer request for it is on its way."""
        engine, request = self._app.engine, turn.request
        history, before = talk.history(turn)
        try:
            answer = await asyncio.to_thread(engine.ask, turn.question, history, talk.excluded)
        except QuothError as error:
            turn.problem = str(error)
            return turn.request == request
        if turn.request != request:
            return False
        answer = numbered(answer, before)
        await self._app.keep(talk, turn, answer)
        turn.answer, turn.problem, turn.mark = answer, "", None
        return True
