"""The kept conversations: opened when first needed, called from worker threads."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from .engine import AnswerDict
from .talk import Talk, Turn

if TYPE_CHECKING:
    from retrieval import Sessions, Settings


class Keeper:
    """Keeps what is asked, answered, pinned and marked."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._sessions: Sessions | None = None

    @property
    def sessions(self) -> Sessions:
        """The store.

        Raises:
            QuothError: it cannot be opened.
        """
        with self._lock:
            if self._sessions is None:
                from retrieval import Sessions

                self._sessions = Sessions.open(self._settings)
            return self._sessions

    def keep(self, talk: Talk, turn: Turn, answer: AnswerDict, corpus: Path) -> None:
        """Keep an answer; one that was kept for the turn before is replaced.

        Nothing is kept where the settings say so.
        """
        if not self._settings.save:
            return
        if talk.session is None:
            talk.session = self.sessions.start(corpus, talk.label)
        if turn.kept:
            self.sessions.replace(talk.session, turn.kept, answer, dropped=turn.dropped)
            talk.pins = {pin for pin in talk.pins if pin[0] != turn.kept}
        else:
            turn.kept = self.sessions.append(talk.session, answer)

    def restore(self, session: int) -> tuple[Talk, str]:
        """Return a conversation and the draft that was being written in it."""
        found = self.sessions.read(session)
        talk = Talk(session, found.info.title)
        for kept in found.turns:
            turn = talk.add(kept.question)
            turn.answer, turn.kept = kept.answer, kept.number
            turn.mark, turn.dropped = kept.mark, kept.dropped
        talk.pins = {(pin.turn, pin.evidence) for pin in self.sessions.pins(session)}
        return talk, self.sessions.draft(session)

    def set_pin(self, session: int, turn: int, evidence: int, pinned: bool) -> None:
        """Pin a quotation, or unpin it."""
        (self.sessions.pin if pinned else self.sessions.unpin)(session, turn, evidence)

    def close(self) -> None:
        """Let go of the store."""
        with self._lock:
            if self._sessions is not None:
                self._sessions.close()
                self._sessions = None
