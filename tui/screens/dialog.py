"""What the screens that lie over the main one have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import Worker

from ..keymap import bindings
from ..text import line

if TYPE_CHECKING:
    from ..app import QuothApp

Result = TypeVar("Result")
WIDTHS = [(0, "-narrow"), (80, "-middle"), (110, "-wide")]
"""From how many columns on a screen has which class."""
HEIGHTS = [(0, "-low"), (20, "-tall")]
"""Likewise, by rows."""


class Dialog(ModalScreen[Result], Generic[Result]):
    """A box over the main screen, with a heading and a line of what its keys do."""

    BINDINGS = bindings("dialog.close")
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    HEADING = ""
    KEYS: tuple[tuple[str, str], ...] = (("esc", "close"),)

    @property
    def quoth(self) -> QuothApp:
        """The application."""
        return cast("QuothApp", self.app)

    def compose(self) -> ComposeResult:
        """Build the frame around :meth:`body`."""
        with Vertical(classes="dialog"):
            if self.HEADING:
                yield Static(line(self.HEADING, "bold $accent"), classes="heading")
            yield from self.body()
            yield Static(keys_line(self.KEYS), classes="keys")

    def body(self) -> Iterable[Widget]:
        """Return what stands between the heading and the keys."""
        return ()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show a fault in what ran in the background."""
        self.quoth.show_failure(event)

    def action_close(self) -> None:
        """Close it."""
        self.dismiss(None)


def keys_line(keys: Iterable[tuple[str, str]]) -> Content:
    """Return a line of keys and what they do."""
    parts = []
    for key, does in keys:
        parts += [line(key, "bold $accent"), line(f" {does}   ", "$quiet")]
    return Content("").join(parts)
