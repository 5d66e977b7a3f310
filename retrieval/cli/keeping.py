"""Keep a conversation that is held line by line at a terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import QuothError
from ..printable import printable_line
from ..records import Answer
from ..settings import Settings

if TYPE_CHECKING:
    from ..sessions import Sessions


class Keeping:
    """Saves each answer; where that fails it says so once, and the conversation goes on."""

    def __init__(self, settings: Settings, corpus: Path) -> None:
        self._settings = settings
        self._corpus = corpus
        self._on = settings.save and sys.stdin.isatty()
        self._sessions: Sessions | None = None
        self._session: int | None = None
        self._turn = 0
        self._last: Answer | None = None

    def __enter__(self) -> Keeping:
        return self

    def __exit__(self, *_: object) -> None:
        if self._sessions is not None:
            self._sessions.close()

    def start_anew(self) -> None:
        """Begin another conversation with the next answer."""
        self._session = None

    def keep(self, answer: Answer, *, again: bool) -> None:
        """Save an answer: as the next turn, or in place of the last one."""
        if not self._on or answer is self._last:
            return
        self._last = answer
        try:
            self._save(answer, again=again)
        except QuothError as error:
            self._on = False
            sys.stderr.write(f"quoth: {printable_line(error.message)}\n")
            sys.stderr.write("  This conversation is not saved from here on.\n")

    def _save(self, answer: Answer, *, again: bool) -> None:
        from ..sessions import Sessions

        if self._sessions is None:
            self._sessions = Sessions.open(self._settings)
        if self._session is None:
            self._session, again = self._sessions.start(self._corpus), False
        if again:
            self._sessions.replace(self._session, self._turn, answer.to_dict())
        else:
            self._turn = self._sessions.append(self._session, answer.to_dict())
