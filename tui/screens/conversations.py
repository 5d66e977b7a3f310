"""The kept conversations: found, continued, renamed, deleted."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from textual import work
from textual.widgets.option_list import Option

from retrieval import QuothError

from ..keymap import bindings
from ..talk import Talk
from ..text import count, lines
from ..widgets.status_bar import age
from .confirm import ConfirmScreen
from .naming import NameScreen
from .picking import PickScreen

if TYPE_CHECKING:
    from retrieval import SessionInfo


class ConversationsScreen(PickScreen):
    """Those about this folder; the search looks in titles and questions."""

    BINDINGS = bindings("list.rename", "list.delete")
    HEADING = "Conversations"
    PLACEHOLDER = "words of a title or a question"
    KEYS = (("enter", "continue"), ("↓ then r", "rename"), ("d", "delete"),
            ("esc", "close"))  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[str, SessionInfo] = {}

    @work(exclusive=True, exit_on_error=False)
    async def fill(self) -> None:  # type: ignore[override]
        """Show the conversations that match, the last continued first."""
        words, app = self.words, self.quoth
        try:
            corpus = await asyncio.to_thread(lambda: app.engine.place().corpus)
            found = await asyncio.to_thread(lambda: app.keeper.sessions.list(words, corpus))
        except QuothError as error:
            app.warn(str(error))
            return
        self._found = {str(info.id): info for info in found if info.turns}
        self.set_choices(
            [self._option(info) for info in self._found.values()],
            "" if self._found else "No conversation is kept that matches.",
        )

    def chosen(self, identity: str) -> None:
        """Continue a conversation."""
        self.dismiss(None)
        self.quoth.main.restore(int(identity))

    def action_rename(self) -> None:
        """Give the highlighted conversation another title."""
        info = self._found.get(self.highlighted or "")
        if info is not None:
            self.quoth.push_screen(NameScreen(info.name), lambda label: self._rename(label))

    def action_delete(self) -> None:
        """Delete the highlighted conversation, after asking."""
        info = self._found.get(self.highlighted or "")
        if info is not None:
            turns = count(info.turns, "question")
            self.quoth.push_screen(
                ConfirmScreen("Delete this conversation?", f"{info.name}\n{turns}", "Delete"),
                lambda sure: self._remove(bool(sure)),
            )

    def _option(self, info: SessionInfo) -> Option:
        when = age(time.time() - info.updated.timestamp())
        here = "  open now" if info.id == self.quoth.main.talk.session else ""
        return Option(
            lines((info.name.replace("\n", " "), "bold"),
                  (f"\n  {count(info.turns, 'question')}, {when}{here}", "$quiet")),
            id=str(info.id),
        )  # fmt: skip

    def _rename(self, label: str | None) -> None:
        self._renaming(label)

    def _remove(self, sure: bool) -> None:
        if sure:
            self._removing()

    @work(exit_on_error=False)
    async def _renaming(self, label: str | None) -> None:
        identity, app = self.highlighted, self.quoth
        if label is None or identity is None:
            return
        try:
            await asyncio.to_thread(app.keeper.sessions.rename, int(identity), label)
        except QuothError as error:
            app.warn(str(error))
        if app.main.talk.session == int(identity):
            app.main.talk.label = label
            app.main.show_head()
        self.fill()

    @work(exit_on_error=False)
    async def _removing(self) -> None:
        identity, app = self.highlighted, self.quoth
        if identity is None:
            return
        try:
            await asyncio.to_thread(app.keeper.sessions.delete, int(identity))
        except QuothError as error:
            app.warn(str(error))
        if app.main.talk.session == int(identity):
            await app.main.show_talk(Talk(), "")
        self.fill()


SCREEN = ConversationsScreen
