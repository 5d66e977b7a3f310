"""One quotation: its words, where they stand, and whether they still do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from retrieval import own_words

from ..keymap import bindings
from ..talk import STATES, Turn, place_of
from ..text import emphasised, joined, line, lines, literal, row, underlined

if TYPE_CHECKING:
    from ..screens.ask import AskScreen

_STYLES = {"verified": "$success", "changed": "bold $error", "missing": "bold $error"}
_LISTED = 6
"""Further places that are listed; more are counted."""


@dataclass(frozen=True, slots=True)
class Widened:
    """A quotation with paragraphs around it: a slice of the same document."""

    text: str
    citation: Mapping[str, Any]
    paragraphs: int


class Card(Horizontal, can_focus=True):
    """A numbered quotation that can be opened, copied, pinned and widened."""

    BINDINGS = bindings("answer")

    @dataclass
    class Asked(Message):
        """Something is to be done with a card."""

        card: Card
        what: str

    @dataclass
    class Selected(Message):
        """A card became the selected one."""

        card: Card

    def __init__(self, turn: Turn, number: int) -> None:
        super().__init__()
        self.turn = turn
        self.number = number
        """1-based within the turn."""
        self.widened: Widened | None = None

    @property
    def item(self) -> Mapping[str, Any]:
        """The evidence, as the answer's JSON has it."""
        return self.turn.evidence[self.number - 1]

    @property
    def citation(self) -> Mapping[str, Any]:
        """The first citation; of the widened slice where it was widened."""
        return self.widened.citation if self.widened else self.item["citations"][0]

    @property
    def pinned(self) -> bool:
        """Whether it is in the tray."""
        return self.has_class("-pinned")

    def compose(self) -> ComposeResult:
        """Build the number, the words and the citation lines."""
        yield Static(self._label(), classes="number")
        with Vertical(classes="body"):
            yield Static(literal(self.item["quote"]), classes="quote")
            yield Static(self._cited(), classes="cited")
            others = list(_others(self.item))
            if others:
                yield Static(joined(others), classes="others")
            if self.item["differs"]:
                yield Differs(self.item)

    def show_pinned(self, pinned: bool) -> None:
        """Show whether it is in the tray."""
        self.set_class(pinned, "-pinned")
        if self.is_mounted:
            self.query_one(".number", Static).update(self._label())

    def show_widened(self, widened: Widened | None) -> None:
        """Show the quotation with more around it, or alone."""
        self.widened = widened
        words = self.query_one(".quote", Static)
        quote = self.item["quote"]
        if widened is None:
            words.update(literal(quote))
        else:
            start = self.item["citations"][0]["start"] - widened.citation["start"]
            words.update(
                emphasised(widened.text, start, start + len(quote), "bold $quote", "$quiet")
            )
        self.query_one(".cited", Static).update(self._cited())

    def on_focus(self) -> None:
        """Tell that it is the selected one."""
        self.post_message(self.Selected(self))

    def on_click(self, event: events.Click) -> None:
        """Open it on a double click."""
        if event.chain == 2:
            self.action_do("open")

    def action_do(self, what: str) -> None:
        """Have something done with it."""
        self.post_message(self.Asked(self, what))

    def action_step(self, by: int) -> None:
        """Go to another card, at once: the next key is for that one."""
        cast("AskScreen", self.screen).step_from(self, by)

    def action_number(self, number: int) -> None:
        """Go to the card of a number."""
        cast("AskScreen", self.screen).go_to_number(self.turn, number)

    def _label(self) -> Content:
        return lines((f"{self.number}", "bold $accent"), ("\nm" if self.pinned else "", "$accent"))

    def _cited(self) -> Content:
        places = [self.citation] if self.widened else self.item["citations"][:_LISTED]
        told = [_citation(c, "also in " if at else "") for at, c in enumerate(places)]
        more = len(self.item["citations"]) - len(told)
        if more > 0 and not self.widened:
            told.append(line(f"and in {more} more places", "$quiet"))
        if self.widened:
            told.append(line("shown with what stands around it", "$quiet"))
        return joined(told)


class Differs(Vertical):
    """Two statements of different figures, side by side, with no verdict."""

    def __init__(self, item: Mapping[str, Any]) -> None:
        super().__init__(classes="differs")
        self._item = item

    def compose(self) -> ComposeResult:
        """Build a heading and two columns for each statement."""
        yield Static(line("Sources state different figures:", "bold $warning"))
        for other in self._item["differs"]:
            with Horizontal(classes="sides"):
                for side in (self._item, other):
                    yield Static(
                        joined([literal(side["quote"], "$quote"),
                                *(_citation(c) for c in side["citations"][:_LISTED])]),
                        classes="side",
                    )  # fmt: skip


def _citation(citation: Mapping[str, Any], lead: str = "") -> Content:
    state = citation["state"]
    return row(
        (f"{STATES[state]}  ", _STYLES[state]), (lead, "$quiet"), (citation["path"], "$primary"),
        (f"  {place_of(citation)}", "$quiet"),
        (f"  § {citation['section']}" if citation.get("section") else "", "$quiet italic"),
    )  # fmt: skip


def _others(item: Mapping[str, Any]) -> Iterator[Content]:
    for other in item["near"][:_LISTED]:
        own = own_words(other["quote"], item["quote"])
        gone = own_words(item["quote"], other["quote"])
        lacking = ", ".join(f"“{item['quote'][start:end]}”" for start, end in gone)
        yield line("nearly the same words, its own underlined, in", "$quiet italic")
        yield underlined(other["quote"], own)
        if lacking:
            yield line(f"without {lacking}", "$quiet italic")
        for citation in other["citations"][:_LISTED]:
            yield _citation(citation)
