"""The first screen: what can be asked, and three questions to begin with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from ..engine import Facts
from ..text import count, line, lines, row

QUESTIONS = (
    "Who was the highest-ranking officer investigated under Operation Linden?",
    "When was the report on Operation Linden published?",
    "What did the whistleblower say about senior officers?",
)
"""Asked of the sample corpus by a digit."""


class Suggested(Horizontal):
    """A question that a digit or a click asks."""

    @dataclass
    class Chosen(Message):
        """It was clicked."""

        number: int

    def __init__(self, number: int, question: str) -> None:
        super().__init__(
            Static(line(f" {number} ", "reverse bold $accent"), classes="digit"),
            Static(line(question, "$quote"), classes="words"),
            classes="suggested",
        )
        self._number = number

    def on_click(self) -> None:
        """Ask it."""
        self.post_message(self.Chosen(self._number))


class Welcome(Vertical):
    """Says what quoth does, of which documents, and how to begin."""

    def __init__(self, facts: Facts | None, questions: Sequence[str]) -> None:
        super().__init__(id="welcome")
        self._facts = facts
        self._questions = questions

    def compose(self) -> ComposeResult:
        """Build the lines."""
        yield Static(
            lines(
                ("❝ ", "bold $accent"), ("Answers in the documents’ own words,\n", "$quote"),
                ("  each with a citation that was checked against its file a moment ago.", ""),
            ),
            classes="promise",
        )  # fmt: skip
        yield Static(self._about(), classes="about", id="about")
        for number, question in enumerate(self._questions, start=1):
            yield Suggested(number, question)
        yield Static(
            lines(("Verbatim is not the same as true: a source can be wrong.", "$quiet italic")),
            classes="caution",
        )

    def show(self, facts: Facts) -> None:
        """Fill in what is known once the index is open."""
        self._facts = facts
        self.query_one("#about", Static).update(self._about())

    def _about(self) -> Content:
        if self._facts is None:
            return line("opening the documents …", "$quiet")
        facts = self._facts
        name = "the sample corpus" if facts.bundled else str(facts.corpus)
        press = "  Press a digit, or type a question." if self._questions else ""
        return row(
            (count(facts.documents, "document"), "bold"), " in ", (name, "$primary"),
            (f", {count(facts.passages, 'passage')}.{press}", ""),
        )  # fmt: skip
