"""What can be done with a quotation: each name of a card's action, carried out."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from retrieval import QuothError

from . import clipboard
from .context import widened
from .editor import editor_command
from .talk import MARKS, Turn, cited, whole, with_citation
from .widgets.card import Card, Widened

if TYPE_CHECKING:
    from retrieval import Mark

    from .screens.ask import AskScreen

_MOST_CONTEXT = 12
"""Paragraphs on either side; the source view is for more."""


class Desk:
    """Carries out what is asked of the selected quotation."""

    def __init__(self, screen: AskScreen) -> None:
        self._screen = screen
        self._actions: dict[str, Callable[[Card], Awaitable[None]]] = {
            "open": self._open,
            "copy_quote": self._copy_quote,
            "copy_cited": self._copy_cited,
            "copy_citation": self._copy_citation,
            "copy_answer": self._copy_answer,
            "pin": self._pin,
            "why": self._why,
            "widen": self._widen,
            "narrow": self._narrow,
            "edit": self._edit,
            "drop": self._drop,
            "nearest": self._nearest,
            "again": self._again,
            "rewrite": self._rewrite,
        }

    async def do(self, card: Card, what: str) -> None:
        """Carry out one action."""
        try:
            if what in MARKS:
                await self._mark(card.turn, what)  # type: ignore[arg-type]
            else:
                await self._actions[what](card)
        except QuothError as error:
            self._screen.quoth.warn(str(error))

    def drop(self, turn: Turn) -> None:
        """Ask a question again without the earlier ones."""
        if turn.answer is None or not turn.answer["carried"]:
            self._screen.quoth.tell("Nothing was carried over into this answer.")
            return
        turn.dropped = True
        self._screen.ask_again(turn)

    def toggle_nearest(self, turn: Turn) -> None:
        """Fold or unfold the nearest passages."""
        view = self._screen.transcript.view(turn)
        if view is None or turn.status != "not_found":
            return
        view.toggle_nearest()
        first = self._screen.transcript.numbered(turn, 1)
        if first is not None:
            self._screen.call_after_refresh(first.focus)

    async def edit_file(self, path: str, line: int) -> None:
        """Open a document in the user's editor at a line."""
        app = self._screen.quoth
        file = Path(app.engine.place().corpus, path)
        if app.is_web:
            app.warn("An editor cannot be opened from the browser. The file is " + str(file))
            return
        command = editor_command(file, line, app.preferences.editor, os.environ)
        if command is None:
            app.warn("No editor is named or found: set EDITOR. The file is " + str(file))
            return
        try:
            with app.suspend():
                done = subprocess.run(list(command), check=False)
        except SuspendNotSupported:
            app.warn(f"This terminal cannot make room for an editor. The file is {file}")
        except OSError as error:
            app.warn(f"{command[0]} cannot be started: {error.strerror}. The file is {file}")
        else:
            if done.returncode:
                app.warn(f"{command[0]} ended with status {done.returncode}.")
            app.compare_folder()

    def _copy(self, text: str, what: str) -> None:
        app = self._screen.quoth
        clipboard.copy(app, text)
        app.tell(f"{what} sent to the clipboard, {len(text):,} characters.")

    async def _open(self, card: Card) -> None:
        self._screen.open_source(card)

    async def _copy_quote(self, card: Card) -> None:
        text = card.widened.text if card.widened else card.item["quote"]
        self._copy(text, "Quotation")

    async def _copy_cited(self, card: Card) -> None:
        if card.widened:
            text = f"{card.widened.text}\n({cited(card.citation)})"
        else:
            text = with_citation(card.item)
        self._copy(text, "Quotation with citation")

    async def _copy_citation(self, card: Card) -> None:
        self._copy(cited(card.citation), "Citation")

    async def _copy_answer(self, card: Card) -> None:
        if card.turn.answer:
            self._copy(whole(card.turn.answer), "Answer")

    async def _pin(self, card: Card) -> None:
        talk, turn = self._screen.talk, card.turn
        if talk.session is None or not turn.kept:
            self._screen.quoth.warn("This conversation is not kept, so nothing can be pinned.")
            return
        pinned = not card.pinned
        keeper = self._screen.quoth.keeper
        await asyncio.to_thread(keeper.set_pin, talk.session, turn.kept, card.number, pinned)
        (talk.pins.add if pinned else talk.pins.discard)((turn.kept, card.number))
        card.show_pinned(pinned)
        self._screen.quoth.tell(f"{'Pinned' if pinned else 'Unpinned'}: {len(talk.pins)} in tray.")

    async def unpin(self, kept: int, number: int) -> None:
        """Take a quotation out of the tray."""
        talk = self._screen.talk
        turn = talk.turn(kept)
        card = self._screen.transcript.numbered(turn, number) if turn else None
        if card is not None and card.pinned:
            await self.do(card, "pin")
        elif talk.session is not None:
            keeper = self._screen.quoth.keeper
            await asyncio.to_thread(keeper.set_pin, talk.session, kept, number, False)
            talk.pins.discard((kept, number))

    async def _why(self, card: Card) -> None:
        from .screens.why import WhyScreen

        self._screen.quoth.push_screen(WhyScreen(card))

    async def _widen(self, card: Card) -> None:
        await self._set_context(card, 1 + (card.widened.paragraphs if card.widened else 0))

    async def _narrow(self, card: Card) -> None:
        if card.widened:
            await self._set_context(card, card.widened.paragraphs - 1)

    async def _set_context(self, card: Card, paragraphs: int) -> None:
        if not 0 < paragraphs <= _MOST_CONTEXT:
            card.show_widened(None if paragraphs <= 0 else card.widened)
            return
        engine, first = self._screen.quoth.engine, card.item["citations"][0]
        document = await asyncio.to_thread(engine.document, first["path"])
        quoted = (first["start"], first["end"])
        if document is None or document.text[slice(*quoted)] != card.item["quote"]:
            self._screen.quoth.warn("The document changed since: its context cannot be shown.")
            return
        start, end = widened(document.text, quoted, paragraphs)
        if card.widened and (start, end) == (card.citation["start"], card.citation["end"]):
            self._screen.quoth.tell("That is the whole document.")
            return
        citation = await asyncio.to_thread(engine.cite, first["path"], start, end)
        if citation is not None:
            card.show_widened(Widened(document.text[start:end], citation, paragraphs))
            self._screen.call_after_refresh(card.scroll_visible, animate=False)

    async def _edit(self, card: Card) -> None:
        await self.edit_file(card.citation["path"], card.citation["line_start"])

    async def _drop(self, card: Card) -> None:
        self.drop(card.turn)

    async def _nearest(self, card: Card) -> None:
        self.toggle_nearest(card.turn)

    async def _again(self, card: Card) -> None:
        self.of_turn(card.turn, "again")

    async def _rewrite(self, card: Card) -> None:
        self.of_turn(card.turn, "rewrite")

    def of_turn(self, turn: Turn, what: str) -> None:
        """Ask a turn's question again, or put it into the box."""
        if what == "again":
            self._screen.ask_again(turn)
        elif what == "rewrite":
            self._screen.write_question(turn.question)

    async def _mark(self, turn: Turn, mark: Mark) -> None:
        app, talk = self._screen.quoth, self._screen.talk
        if talk.session is None or not turn.kept or turn.answer is None:
            app.warn("This conversation is not kept, so nothing can be marked.")
            return
        wanted = None if turn.mark == mark else mark
        sessions = app.keeper.sessions
        await asyncio.to_thread(sessions.set_mark, talk.session, turn.kept, wanted)
        turn.mark = wanted
        view = self._screen.transcript.view(turn)
        if view is not None:
            view.show_mark()
        if wanted is None:
            app.tell("The mark is taken away.")
            return
        history, _ = talk.history(turn)
        where = await asyncio.to_thread(app.add_mark, turn.answer, wanted, history)
        app.tell(f"{MARKS[wanted][2:].capitalize()}: added to {where}")
