"""The box in which questions are written."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.message import Message
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

    @dataclass
    class Left(Message):
        """The box was left for the quotations."""

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
            self.post_message(self.Left())

    def action_leave(self) -> None:
        """Leave the box."""
        self.post_message(self.Left())
