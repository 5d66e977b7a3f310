"""The pane that shows a document: its name, its text, a box to search it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from retrieval import Document

from ..text import count, line, row
from .source_view import SourceView

if TYPE_CHECKING:
    from ..app import QuothApp


class SourcePane(Vertical):
    """Follows the selected quotation."""

    @dataclass
    class Wanted(Message):
        """Something is to be done that is not the pane's own: see :class:`SourceView`."""

        what: str

    def __init__(self) -> None:
        super().__init__(id="source")
        self.path = ""
        """Of the document that is shown."""
        self.quote = ""
        """The words that are highlighted."""

    @property
    def view(self) -> SourceView:
        """The text itself."""
        return self.query_one(SourceView)

    def compose(self) -> ComposeResult:
        """Build the heading, the text and the search box."""
        yield Static(line(""), id="source-head")
        yield SourceView()
        with Horizontal(id="source-find"):
            yield Input(placeholder="find in this document", id="source-words")
            yield Static(line(""), id="source-count")

    @work(group="source", exclusive=True, exit_on_error=False)
    async def follow(self, path: str, quoted: tuple[int, int] | None, quote: str) -> None:
        """Read a document and show it, with a quotation or from its beginning."""
        engine = cast("QuothApp", self.app).engine
        if not engine.ready:
            return
        document = await asyncio.to_thread(engine.document, path)
        if document is None:
            self.show_missing(path)
        else:
            self.show(document, quoted, quote)

    def show(self, document: Document, quoted: tuple[int, int] | None, quote: str) -> None:
        """Show a document; where the words are not in it any more, say so."""
        exact = quoted is not None and document.text[slice(*quoted)] == quote
        self.path, self.quote = document.path, quote
        note: tuple[str, str] = ("", "")
        if quoted is not None and not exact:
            start = document.text.find(quote) if quote else -1
            quoted = (start, start + len(quote)) if start >= 0 else None
            note = ("  ✗ cited from an earlier version", "bold $error")
            if quoted:
                note = ("  the words stand elsewhere now", "bold $warning")
        name = document.path if document.title in document.path else document.title
        title = ("", "") if name == document.path else (f"  {name}", "$quiet")
        self.query_one("#source-head", Static).update(
            row((document.path, "bold $primary"), title, note)
        )
        self.view.show(document, quoted)

    def show_missing(self, path: str) -> None:
        """Say that a document is not in the index."""
        self.path = path
        self.query_one("#source-head", Static).update(
            row((path, "bold $primary"), ("  is not in the index any more", "bold $error"))
        )

    def open_find(self) -> None:
        """Show the search box and go to it."""
        self.add_class("-finding")
        self.query_one("#source-words", Input).focus()

    def on_source_view_wanted(self, event: SourceView.Wanted) -> None:
        """Do what concerns the pane, pass on the rest."""
        event.stop()
        if event.what == "find":
            self.open_find()
        elif event.what == "leave" and self.has_class("-finding"):
            self._close_find()
        else:
            self.post_message(self.Wanted(event.what))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search while typing."""
        event.stop()
        self.view.find(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to the text, where n and N go from match to match."""
        event.stop()
        self.view.focus()

    def on_source_view_matched(self, event: SourceView.Matched) -> None:
        """Keep the count true."""
        event.stop()
        self._tell(event.found)

    def action_close(self) -> None:
        """Leave the search box."""
        self._close_find()

    def _close_find(self) -> None:
        self.remove_class("-finding")
        self.query_one("#source-words", Input).value = ""
        self.view.focus()

    def _tell(self, found: int) -> None:
        words = self.query_one("#source-words", Input).value
        at = f"{self.view.current + 1} of " if found else ""
        told = f"{at}{count(found, 'match', 'matches')}" if words else ""
        self.query_one("#source-count", Static).update(line(told, "$quiet"))
