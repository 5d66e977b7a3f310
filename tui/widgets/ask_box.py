"""The box in which questions are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.widget import Widget
from textual.widgets import TextArea
from textual.widgets.text_area import EditResult, Location

from ..keymap import actions_of, bindings
from ..text import shown


class AskBox(TextArea):
    """Grows to six lines; Enter sends."""

    BINDINGS = bindings("ask")

    @dataclass
    class Sent(Message):
        """A question was sent."""

        question: str

    @dataclass
    class Suggestion(Message):
        """A digit was pressed in the empty box."""

        number: int

    def __init__(self, identity: str = "ask") -> None:
        super().__init__(
            id=identity, soft_wrap=True, tab_behavior="focus", highlight_cursor_line=False,
            placeholder="Ask these documents a question",
        )  # fmt: skip
        self.cursor_blink = False
        self.suggesting = 0
        """How many suggestions a digit may ask; 0 for none."""
        self.actions = actions_of("ask", {})
        """By key, what it does in the box."""
        self.way_out: Callable[[], Widget | None] = lambda: None
        """Where the box is left for, if there is anything."""

    def replace(
        self, insert: str, start: Location, end: Location, *, maintain_selection_offset: bool = True
    ) -> EditResult:
        """Make what is typed or pasted visible, so that no control character gets in."""
        return super().replace(
            shown(insert.replace("\r\n", "\n")), start, end,
            maintain_selection_offset=maintain_selection_offset,
        )  # fmt: skip

    def load_text(self, text: str) -> None:
        """Load a text, made visible likewise."""
        super().load_text(shown(text))

    def write(self, text: str) -> None:
        """Put a text into the box, ready to be changed or sent."""
        self.load_text(text)
        self.move_cursor(self.document.end)

    async def on_key(self, event: events.Key) -> None:
        """Obey the box's own keys in the order they were typed in.

        A binding with priority would run at once, before the letters typed ahead of it
        have arrived here.
        """
        if self.screen.focused is not self:
            # Typed in one go with the key that left the box: it is for what has the focus now.
            event.prevent_default()
            event.stop()
            self.app.post_message(events.Key(event.key, event.character))
            return
        action = self.actions.get(event.key)
        number = event.character or ""
        if action is not None:
            event.prevent_default()
            event.stop()
            await self.run_action(action)
        elif not self.text and number in "123456789" and 0 < int(number or 0) <= self.suggesting:
            event.prevent_default()
            event.stop()
            self.post_message(self.Suggestion(int(number)))

    def action_send(self) -> None:
        """Send what is written."""
        question = self.text.strip()
        if question:
            self.clear()
            self.post_message(self.Sent(question))

    def action_newline(self) -> None:
        """Break the line."""
        self.insert("\n")

    def action_leave_up(self) -> None:
        """Go up a line, or out of the empty box."""
        if self.text:
            self.action_cursor_up()
        else:
            self.action_leave()

    def action_leave(self) -> None:
        """Leave the box."""
        to = self.way_out()
        if to is not None:
            self.screen.set_focus(to)
