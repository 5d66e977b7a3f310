"""Questions asked before, in every conversation."""

from __future__ import annotations

import asyncio

from textual import work
from textual.fuzzy import Matcher
from textual.widgets.option_list import Option

from retrieval import QuothError

from ..text import count, marked
from .picking import PickScreen

_KEPT = 500


class HistoryScreen(PickScreen):
    """Enter puts the question into the box, to be changed or sent."""

    HEADING = "Past questions"
    PLACEHOLDER = "letters of a question"
    KEYS = (("↑ ↓", "choose"), ("enter", "into the box"), ("esc", "close"))

    def __init__(self) -> None:
        super().__init__()
        self._questions: tuple[str, ...] = ()

    def on_mount(self) -> None:
        """Read the questions, then fill the list."""
        self._read()

    def fill(self) -> None:
        """Show what matches, the best first; without words the newest first."""
        matcher = Matcher(self.words).fuzzy_search
        found = []
        for number, question in enumerate(self._questions):
            score, at = matcher.match(self.words, question) if self.words else (1.0, ())
            if score > 0:
                found.append((-score, number, question, at))
        found.sort(key=lambda item: item[:2])
        self.set_choices(
            [Option(marked(q, at, "bold $accent"), id=str(n)) for _, n, q, at in found],
            count(len(found), "question") if self._questions else "Nothing was asked yet.",
        )

    def chosen(self, identity: str) -> None:
        """Put the question into the box."""
        self.dismiss(None)
        self.quoth.main.write_question(self._questions[int(identity)])

    @work(exclusive=True, exit_on_error=False)
    async def _read(self) -> None:
        try:
            self._questions = await asyncio.to_thread(
                lambda: self.quoth.keeper.sessions.questions(_KEPT)
            )
        except QuothError as error:
            self.quoth.warn(str(error))
        self.fill()


SCREEN = HistoryScreen
