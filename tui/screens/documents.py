"""The documents: how many, which are asked, and what was skipped and why."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual import work
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static
from textual.widgets.option_list import Option

from retrieval import QuothError

from ..keymap import bindings
from ..text import count, joined, line, row
from .picking import PickScreen

if TYPE_CHECKING:
    from retrieval import Listed, Skipped

_SHOWN = 2000
"""Documents in the list; the search box finds the others."""


class DocumentsScreen(PickScreen):
    """T takes one in or out; what is out is not asked until it is taken in again."""

    BINDINGS = bindings("list.toggle", "list.all")
    HEADING = "Documents"
    PLACEHOLDER = "part of a name"
    KEYS = (("enter", "open"), ("↓ then t", "in or out"), ("a", "all or none"),
            ("esc", "close"))  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._documents: Sequence[Listed] = ()
        self._excluded: set[str] = set()

    def body(self) -> Iterable[Widget]:
        """Add the skipped files below the list."""
        yield from super().body()
        yield VerticalScroll(Static(line(""), id="skipped"), id="skipped-box", can_focus=False)

    def on_mount(self) -> None:
        """Read the list of documents."""
        self._excluded = set(self.quoth.main.talk.excluded)
        self._read()

    def fill(self) -> None:
        """Show the documents whose names hold the words."""
        words = self.words.casefold()
        found = [d for d in self._documents if words in d.path.casefold()]
        asked = len(self._documents) - len(self._excluded)
        note = f"{asked:,} of {count(len(self._documents), 'document')} asked"
        if len(found) > _SHOWN:
            note += f"; the first {_SHOWN:,} of {len(found):,} are listed"
        self.set_choices([Option(self._prompt(d), id=d.path) for d in found[:_SHOWN]], note)

    def chosen(self, identity: str) -> None:
        """Open a document."""
        self.dismiss(None)
        self.quoth.main.open_document(identity)

    def action_toggle_document(self) -> None:
        """Take the highlighted document in or out."""
        path = self.highlighted
        if path is not None:
            self._set_excluded(self._excluded ^ {path})
            self.choices.action_cursor_down()

    def action_toggle_all(self) -> None:
        """Take every document out but the highlighted one, or all in."""
        paths = {document.path for document in self._documents}
        self._set_excluded(set() if self._excluded else paths - {self.highlighted or ""})

    def _set_excluded(self, paths: set[str]) -> None:
        if len(paths) >= len(self._documents):
            self.quoth.warn("At least one document has to be asked.")
            return
        self._excluded = paths
        self.quoth.main.set_scope(frozenset(paths))
        self.fill()

    def _prompt(self, document: Listed) -> Content:
        out = document.path in self._excluded
        day = datetime.fromtimestamp(document.modified).date().isoformat()
        return row(
            ("[ ] " if out else "[x] ", "$quiet" if out else "bold $success"),
            (document.path, "$quiet strike" if out else "$foreground"),
            (f"  {_size(document.size)}  {day}", "$quiet"),
        )

    def _skipped(self, skipped: Sequence[Skipped]) -> Content:
        if not skipped:
            return line("No file was skipped.", "$quiet italic")
        head = line(f"{count(len(skipped), 'file')} skipped", "bold $warning")
        listed = [row((s.path, "$primary"), (f"  {s.reason}", "$quiet")) for s in skipped[:200]]
        return joined([head, *listed])

    @work(exclusive=True, exit_on_error=False)
    async def _read(self) -> None:
        try:
            documents, skipped = await asyncio.to_thread(self.quoth.engine.documents)
        except QuothError as error:
            self.quoth.warn(str(error))
            return
        self._documents = documents
        # A document that left the folder cannot be left out any more.
        self._excluded &= {document.path for document in documents}
        self.query_one("#skipped", Static).update(self._skipped(skipped))
        self.fill()


def _size(size: int) -> str:
    for unit, name in ((1_000_000, "MB"), (1_000, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} B"


SCREEN = DocumentsScreen
