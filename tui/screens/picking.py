"""A dialog with a search box above a list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events, on
from textual.binding import Binding
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from ..keymap import bindings
from ..text import line
from .dialog import Dialog


class PickList(OptionList):
    """A list in which the letters j and k go down and up."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("j", "cursor_down", "Down", show=False, id="list.down"),
        Binding("k", "cursor_up", "Up", show=False, id="list.up"),
    ]


class PickScreen(Dialog[None]):
    """Type to narrow the list, arrows to choose, Enter to take."""

    BINDINGS = bindings("list.search")
    PLACEHOLDER = "search"
    AUTO_FOCUS = "#pick-words"

    @property
    def choices(self) -> PickList:
        """The list."""
        return self.query_one(PickList)

    @property
    def words(self) -> str:
        """What is searched."""
        return self.query_one("#pick-words", Input).value

    def body(self) -> Iterable[Widget]:
        """Build the box, the list and a line below it."""
        yield Input(placeholder=self.PLACEHOLDER, id="pick-words", compact=True)
        yield PickList(id="pick-list", markup=False, compact=True)
        yield Static(line(""), id="pick-note")

    def on_mount(self) -> None:
        """Fill the list."""
        self.fill()

    def fill(self) -> None:
        """Fill the list for the words in the box; subclasses do."""

    def chosen(self, identity: str) -> None:
        """Take what was chosen; subclasses do."""

    def set_choices(self, options: Iterable[Option], note: str = "") -> None:
        """Show these options, keeping the highlighted one."""
        choices = self.choices
        before = self.highlighted
        choices.clear_options()
        choices.add_options(options)
        if before is not None and choices.option_count:
            ids = [choices.get_option_at_index(n).id for n in range(choices.option_count)]
            choices.highlighted = ids.index(before) if before in ids else 0
        elif choices.option_count:
            choices.highlighted = 0
        self.query_one("#pick-note", Static).update(line(note, "$quiet italic"))

    @property
    def highlighted(self) -> str | None:
        """The id of the highlighted option."""
        option = self.choices.highlighted_option
        return None if option is None else option.id

    @on(Input.Changed, "#pick-words")
    def _narrowed(self) -> None:
        self.fill()

    @on(Input.Submitted, "#pick-words")
    def _taken(self) -> None:
        if self.highlighted is not None:
            self.chosen(self.highlighted)

    @on(OptionList.OptionSelected, "#pick-list")
    def _selected(self, event: OptionList.OptionSelected) -> None:
        if event.option_id is not None:
            self.chosen(event.option_id)

    def on_key(self, event: events.Key) -> None:
        """Go from the box into the list."""
        if event.key == "down" and self.focused is self.query_one("#pick-words"):
            event.stop()
            self.choices.focus()

    def action_search(self) -> None:
        """Go to the box."""
        self.query_one("#pick-words", Input).focus()
