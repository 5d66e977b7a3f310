"""One turn: the question, what was carried over, the verdict, the quotations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from ..keymap import bindings
from ..talk import MARKS, Turn, summary
from ..text import count, joined, line, literal, row
from .card import Card

HEADS = {
    "answered": ("Answered", "$success"),
    "uncertain": ("The documents may not say. Nearest passages, not an answer:", "$warning"),
    "not_found": ("The documents do not say.", "$warning"),
}
_METER = 5
_OF_THE_TURN = ("right", "wrong", "silent", "again", "rewrite", "drop", "copy_answer")
_CARRIED = 3
"""Carried questions and quotations that are listed, a line each, until all are wanted."""


class Chip(Static, can_focus=True):
    """What was carried over from earlier turns; x drops it."""

    BINDINGS = bindings(
        "answer.drop", "answer.open", "answer.next", "answer.previous", "answer.again",
        "answer.rewrite", "answer.help", "answer.leave",
    )  # fmt: skip

    @dataclass
    class Dropped(Message):
        """The question is to be asked without what was carried."""

        turn: Turn

    @dataclass
    class Asked(Message):
        """Something is to be done with the turn."""

        turn: Turn
        what: str

    def __init__(self, turn: Turn, carried: list[Mapping[str, Any]]) -> None:
        super().__init__(classes="chip")
        self.turn = turn
        self._carried = carried
        self._show()

    def on_click(self) -> None:
        """Drop it."""
        self.post_message(self.Dropped(self.turn))

    def action_do(self, what: str) -> None:
        """Drop it, or show all of it in full."""
        if what == "drop":
            self.post_message(self.Dropped(self.turn))
        elif what == "open":
            self.toggle_class("-unfolded")
            self._show()
        else:
            self.post_message(self.Asked(self.turn, what))

    def action_step(self, by: int) -> None:
        """Go to the next thing."""
        if by > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()

    def _show(self) -> None:
        """List what was carried, a line each; unfolded, all of it in full."""
        unfolded = self.has_class("-unfolded")
        listed = self._carried if unfolded else self._carried[:_CARRIED]
        told = [
            row(("also using ", "italic"), (" x ", "reverse"), " drops  ",
                (" enter ", "reverse"), " folds" if unfolded else " unfolds")
        ]  # fmt: skip
        told += [row((f"  turn {item['turn']}  ", "$accent"), item["text"])
                 for item in listed]  # fmt: skip
        more = len(self._carried) - len(listed)
        if more:
            told.append(line(f"  and {more} more"))
        self.update(joined(told))


class Nearest(Static, can_focus=True):
    """The fold over the nearest passages of an answer that was not found."""

    BINDINGS = bindings("answer")

    @dataclass
    class Toggled(Message):
        """The fold is to be opened or closed."""

        turn: Turn

    def __init__(self, turn: Turn) -> None:
        super().__init__(classes="fold")
        self.turn = turn
        self.show_open(False)

    def show_open(self, opened: bool) -> None:
        """Show the fold's state."""
        number = count(len(self.turn.evidence), "passage")
        sign = "▾" if opened else "▸"
        self.update(
            row((f"{sign} nearest {number}, below the bar: not an answer", ""),
                ("   n " + ("folds" if opened else "shows"), "$quiet"))
        )  # fmt: skip

    def on_click(self) -> None:
        """Open or close it."""
        self.post_message(self.Toggled(self.turn))

    def action_do(self, what: str) -> None:
        """Open or close it, or pass on what concerns the whole turn."""
        view = next(a for a in self.ancestors if isinstance(a, TurnView))
        if what in ("nearest", "open", "widen"):
            self.post_message(self.Toggled(self.turn))
        elif view.cards and what in _OF_THE_TURN:
            view.cards[0].action_do(what)

    def action_number(self, number: int) -> None:
        """Nothing is numbered while it is folded."""

    def action_step(self, by: int) -> None:
        """Go to the next thing."""
        if by > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()


class TurnView(Vertical):
    """Draws a turn from its answer's JSON, so that live and restored turns look alike."""

    def __init__(self, turn: Turn, waiting: str = "searching") -> None:
        super().__init__(classes="turn")
        self.turn = turn
        self._waiting = waiting

    @property
    def cards(self) -> list[Card]:
        """The quotations that are drawn, folded or not."""
        return list(self.query(Card))

    def compose(self) -> ComposeResult:
        """Build the question and whatever there is below it."""
        lead = f"{self.turn.number} "
        yield Static(
            joined([line(lead, "$accent"), literal(self.turn.question, "bold")], ""),
            classes="question",
        )
        yield from self._below()

    async def redraw(self, waiting: str = "searching") -> None:
        """Draw what is below the question again."""
        self._waiting = waiting
        with self.app.batch_update():
            await self.query(".turn > *").exclude(".question").remove()
            await self.mount_all(list(self._below()))

    def show_mark(self) -> None:
        """Show how the answer was marked."""
        for verdict in self.query(".verdict").results(Static):
            verdict.update(self._verdict())

    def toggle_nearest(self) -> None:
        """Fold or unfold the nearest passages."""
        self.toggle_class("-unfolded")
        for fold in self.query(Nearest):
            fold.show_open(self.has_class("-unfolded"))

    def _below(self) -> list[Widget]:
        turn = self.turn
        if turn.problem:
            return [Static(literal(turn.problem, "$error"), classes="verdict")]
        if turn.answer is None:
            return [Static(line(f"… {self._waiting}", "$quiet italic"), classes="verdict")]
        widgets: list[Widget] = []
        if turn.answer["carried"]:
            widgets.append(Chip(turn, turn.answer["carried"]))
        elif turn.answer["understood_as"] != turn.question:
            told = row(("searched for ", "italic"), f"“{turn.answer['understood_as']}”")
            widgets.append(Static(told, classes="heard"))
        widgets.append(Static(self._verdict(), classes="verdict"))
        if turn.status == "not_found":
            widgets.append(Static(_absence(turn.answer), classes="absence"))
            if turn.evidence:
                widgets.append(Nearest(turn))
        for number in range(1, len(turn.evidence) + 1):
            card = Card(turn, number)
            card.set_class(turn.status != "answered", "-nearest")
            card.set_class(turn.status == "not_found", "-folded")
            widgets.append(card)
        return widgets

    def _verdict(self) -> Content:
        answer = self.turn.answer
        if answer is None:
            return line("")
        words, style = HEADS[answer["status"]]
        filled = round(answer["confidence"] * _METER)
        meter = "■" * filled + "□" * (_METER - filled)
        parts: list[str | tuple[str, str] | Content] = [
            (words, f"bold {style}"), (f"  {meter} ", style),
            (f"confidence {answer['confidence']:.2f}, {summary(answer)}", "$quiet"),
        ]  # fmt: skip
        if self.turn.dropped:
            parts.append(("  asked without the earlier questions", "$quiet italic"))
        if self.turn.mark:
            parts.append((f"  {MARKS[self.turn.mark]}", "bold $accent"))
        return row(*parts)


def _absence(answer: Mapping[str, Any]) -> Content:
    """Say what was searched and which words stand nowhere, so that a no can be checked."""
    searched = answer["searched"]
    told = [
        row(("searched  ", "$quiet"),
            f"{count(searched['documents'], 'document')} in "
            f"{count(searched['passages'], 'passage')}, "
            f"{count(searched['skipped'], 'file')} skipped")
    ]  # fmt: skip
    nowhere = [word for word, number in searched["terms"].items() if number == 0]
    found = [(word, number) for word, number in searched["terms"].items() if number]
    if nowhere:
        told.append(row(("nowhere   ", "$quiet"), (_listed(nowhere), "bold")))
    if found:
        told.append(
            row(
                ("counted   ", "$quiet"), ", ".join(f"“{word}” {number}×" for word, number in found)
            )
        )
    return joined(told)


def _listed(words: list[str]) -> str:
    return ", ".join(f"“{word}”" for word in words)
