"""A document, exactly, with the quotation and the matches of a search highlighted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from retrieval import Document

from ..keymap import bindings
from ..text import shown
from ..wrapping import TAB, Row, Wrapped, columns

Span = tuple[int, int]
_ABOVE = 3
"""Rows kept above the quotation when it is scrolled to."""


class SourceView(ScrollView, can_focus=True):
    """Draws a document by rows; offsets are those of its text."""

    BINDINGS = bindings("source")
    COMPONENT_CLASSES = {"source--number", "source--quote", "source--match", "source--current"}

    @dataclass
    class Wanted(Message):
        """Something is to be done: ``find``, ``edit``, ``copy``, ``full``, ``leave``, ``help``."""

        what: str

    @dataclass
    class Matched(Message):
        """Another match is the current one."""

        found: int

    def __init__(self, identity: str = "source-text") -> None:
        super().__init__(id=identity)
        self.document: Document | None = None
        self.quoted: Span | None = None
        self.matches: Sequence[Span] = ()
        self.current = -1
        """Which match is the current one; -1 for none."""
        self._safe = ""
        self._wrapped = Wrapped("", 20)

    def show(self, document: Document, quoted: Span | None) -> None:
        """Show a document, scrolled to the quotation."""
        if document is not self.document:
            self.document = document
            self._safe = shown(document.text)
            self.matches, self.current = (), -1
            self._rewrap()
        self.quoted = quoted
        if quoted is None:
            self.scroll_to(y=0, animate=False, force=True)
        self.show_quote()
        self.refresh()

    def show_quote(self) -> None:
        """Scroll to the quotation."""
        if self.quoted is not None:
            self._scroll_to_offset(self.quoted[0])

    def find(self, words: str) -> None:
        """Highlight every place where ``words`` stand, in either case."""
        pattern = re.compile(re.escape(shown(words)), re.IGNORECASE) if words else None
        self.matches = [m.span() for m in pattern.finditer(self._safe)] if pattern else ()
        self.current = -1
        if self.matches:
            top = self._wrapped.rows[min(self.scroll_offset.y, len(self._wrapped.rows) - 1)].start
            after = (n for n, span in enumerate(self.matches) if span[0] >= top)
            self.current = next(after, 0)
            self._scroll_to_offset(self.matches[self.current][0])
        self.post_message(self.Matched(len(self.matches)))
        self.refresh()

    def step_match(self, by: int) -> None:
        """Go to another match, around the end."""
        if self.matches:
            self.current = (self.current + by) % len(self.matches)
            self._scroll_to_offset(self.matches[self.current][0])
            self.post_message(self.Matched(len(self.matches)))
            self.refresh()

    def line_in_view(self) -> int:
        """Return the 1-based line at the quotation, or at the top."""
        offset = self.quoted[0] if self.quoted else self._row(self.scroll_offset.y).start
        return self._safe.count("\n", 0, offset) + 1

    def on_resize(self, event: events.Resize) -> None:
        """Wrap again, keeping the place."""
        if self.scrollable_content_region.width - self._gutter() != self._wrapped.width:
            top = self._row(self.scroll_offset.y).start
            self._rewrap()
            if self.quoted is None:
                self.scroll_to(y=self._wrapped.row_at(top), animate=False)
            else:
                self.show_quote()

    def render_line(self, y: int) -> Strip:
        """Draw one row of the screen."""
        width = self.scrollable_content_region.width
        at = self.scroll_offset.y + y
        if self.document is None or at >= len(self._wrapped.rows):
            return Strip.blank(width, self.rich_style)
        row = self._wrapped.rows[at]
        gutter = self._gutter()
        number = f"{row.number or '':>{gutter - 1}} "
        strip = Strip(
            [Segment(number, self.get_component_rich_style("source--number")),
             *self._segments(row, at)]
        )  # fmt: skip
        return strip.adjust_cell_length(width, self.rich_style).apply_offsets(-gutter, at)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the document's own characters under a selection by mouse."""
        if self.document is None:
            return None
        parts = []
        for at, row in enumerate(self._wrapped.rows):
            span = selection.get_span(at)
            if span is not None:
                end = row.end if span[1] == -1 else min(row.end, row.start + span[1])
                ends_line = at + 1 == len(self._wrapped.rows) or self._row(at + 1).number
                tail = 1 if span[1] == -1 and ends_line else 0
                parts.append(self.document.text[row.start + max(0, span[0]) : end + tail])
        return "".join(parts), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw the selection."""
        self.refresh()

    def action_match(self, by: int) -> None:
        """Go to another match."""
        self.step_match(by)

    def action_scroll_by(self, rows: int) -> None:
        """Scroll by rows."""
        self.scroll_relative(y=rows, animate=False)

    def action_scroll_page(self, pages: int) -> None:
        """Scroll by pages."""
        self.scroll_relative(y=pages * max(1, self.size.height - 2), animate=False)

    def action_scroll_edge(self, where: int) -> None:
        """Go to the beginning or the end."""
        self.scroll_to(y=0 if where < 0 else len(self._wrapped.rows), animate=False)

    def action_show_quote(self) -> None:
        """Go back to the quotation."""
        self.show_quote()

    def action_find(self) -> None:
        """Ask for words to find."""
        self.post_message(self.Wanted("find"))

    def action_edit(self) -> None:
        """Ask for the editor."""
        self.post_message(self.Wanted("edit"))

    def action_copy_quote(self) -> None:
        """Ask for a copy of the quotation."""
        self.post_message(self.Wanted("copy"))

    def action_full(self) -> None:
        """Ask for the whole screen."""
        self.post_message(self.Wanted("full"))

    def action_leave(self) -> None:
        """Ask to go back."""
        self.post_message(self.Wanted("leave"))

    def _segments(self, row: Row, at: int) -> Iterator[Segment]:
        """Cut a row where its style changes."""
        edges = {row.start, row.end}
        spans = self._styled(row, at)
        for start, end, _ in spans:
            edges.update((max(row.start, start), min(row.end, end)))
        ordered = sorted(edge for edge in edges if row.start <= edge <= row.end)
        column = 0
        for start, end in zip(ordered, ordered[1:], strict=False):
            style = self.rich_style
            for first, last, extra in spans:
                if first <= start and end <= last:
                    style += extra
            text = _untabbed(self._safe[start:end], column)
            column += columns(text)
            yield Segment(text, style)

    def _styled(self, row: Row, at: int) -> list[tuple[int, int, Style]]:
        """Return what is highlighted in a row, the strongest last."""
        found: list[tuple[int, int, Style]] = []
        if self.quoted is not None and _meets(self.quoted, row):
            found.append((*self.quoted, self.get_component_rich_style("source--quote")))
        match = self.get_component_rich_style("source--match")
        current = self.get_component_rich_style("source--current")
        for number, span in enumerate(self.matches):
            if _meets(span, row):
                found.append((*span, current if number == self.current else match))
        selection = self.text_selection
        chosen = selection.get_span(at) if selection is not None else None
        if chosen is not None:
            end = row.end if chosen[1] == -1 else row.start + chosen[1]
            style = self.screen.get_component_rich_style("screen--selection")
            found.append((row.start + max(0, chosen[0]), end, style))
        return found

    def _row(self, at: int) -> Row:
        return self._wrapped.rows[max(0, min(at, len(self._wrapped.rows) - 1))]

    def _gutter(self) -> int:
        return len(str(self._safe.count("\n") + 1)) + 2

    def _rewrap(self) -> None:
        room = self.scrollable_content_region.width
        self._wrapped = Wrapped(self._safe, room - self._gutter() if room else 60)
        self.virtual_size = Size(room, len(self._wrapped.rows))

    def _scroll_to_offset(self, offset: int) -> None:
        row = self._wrapped.row_at(offset)
        self.scroll_to(y=max(0, row - _ABOVE), animate=False, force=True)


def _meets(span: Span, row: Row) -> bool:
    return span[0] < row.end and row.start < span[1]


def _untabbed(text: str, column: int) -> str:
    """Draw tabs as spaces up to the next stop."""
    if "\t" not in text:
        return text
    drawn = ""
    for char in text:
        drawn += " " * (TAB - (column + columns(drawn)) % TAB) if char == "\t" else char
    return drawn
