"""A letter on everything that can be gone to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from ..keymap import bindings
from ..text import line

if TYPE_CHECKING:
    from ..app import QuothApp

_LETTERS = "asdfghjklqwertyuiopzxcvbnm"


class JumpScreen(ModalScreen[None]):
    """Lies over the main screen; a letter goes there, anything else closes it."""

    BINDINGS = bindings("dialog.close")

    def __init__(self) -> None:
        super().__init__()
        self._targets: dict[str, Widget] = {}

    def compose(self) -> ComposeResult:
        """Put a letter on each target that is in view."""
        main = cast("QuothApp", self.app).main
        for letter, target in zip(_LETTERS, _in_view(main.query("*")), strict=False):
            self._targets[letter] = target
            label = Static(line(f" {letter} ", "bold"), classes="letter")
            region = target.region
            label.styles.offset = (max(0, region.x), max(0, region.y))
            yield label

    def on_key(self, event: events.Key) -> None:
        """Go there, or close."""
        event.stop()
        event.prevent_default()
        self.dismiss(None)
        target = self._targets.get(event.character or "")
        if target is not None:
            self.app.call_later(target.focus)

    def on_click(self) -> None:
        """Close."""
        self.dismiss(None)

    def action_close(self) -> None:
        """Close."""
        self.dismiss(None)


def _in_view(widgets: object) -> Iterator[Widget]:
    for widget in cast("Iterator[Widget]", widgets):
        if widget.focusable and widget.visible and widget.region.area:
            view = widget.screen.find_widget(widget).visible_region
            if view.area and view.y <= widget.region.y < view.bottom:
                yield widget


SCREEN = JumpScreen
