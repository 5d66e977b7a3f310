"""A question with yes and no."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Button, Static

from ..text import line, literal
from .dialog import Dialog


class ConfirmScreen(Dialog[bool]):
    """Asks once before something that cannot be taken back."""

    KEYS = (("enter", "choose"), ("tab", "other"), ("esc", "no"))
    AUTO_FOCUS = "#no"

    def __init__(self, question: str, detail: str, yes: str) -> None:
        super().__init__()
        self._question, self._detail, self._yes = question, detail, yes

    def body(self) -> Iterable[Widget]:
        """Build the question and two buttons."""
        yield Static(literal(self._question, "bold"))
        yield Static(literal(self._detail, "$quiet"))
        yield Horizontal(
            Button(line(self._yes), id="yes", variant="error", compact=True),
            Button(line("No"), id="no", compact=True),
            classes="buttons",
        )

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")
