"""A box for a new title."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.widget import Widget
from textual.widgets import Input

from ..text import shown_line
from .dialog import Dialog


class NameScreen(Dialog[str]):
    """Gives the title, or nothing."""

    HEADING = "Title of the conversation"
    KEYS = (("enter", "keep"), ("esc", "leave as it is"))
    AUTO_FOCUS = "#name"

    def __init__(self, before: str) -> None:
        super().__init__()
        self._before = before

    def body(self) -> Iterable[Widget]:
        """Build the box."""
        yield Input(shown_line(self._before), id="name")

    @on(Input.Submitted)
    def _given(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip() or None)
