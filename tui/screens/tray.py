"""The pinned quotations of this conversation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from textual import work
from textual.widgets.option_list import Option

from .. import clipboard
from ..keymap import bindings
from ..talk import Turn, cited, with_citation
from ..text import joined, line, literal
from .picking import PickScreen


class TrayScreen(PickScreen):
    """Enter goes to the quotation; export can be of the tray alone."""

    BINDINGS = bindings("dialog.copy", "list.delete")
    HEADING = "Pinned quotations"
    PLACEHOLDER = "words of a quotation"
    KEYS = (("enter", "go to it"), ("↓ then y", "copy all"), ("d", "unpin"),
            ("esc", "close"))  # fmt: skip

    def fill(self) -> None:
        """Show the pins in the order of the conversation."""
        words = self.words.casefold()
        options = [
            Option(
                joined([literal(item["quote"]), line(cited(item["citations"][0]), "$quiet")]),
                id=f"{turn.kept}-{number}",
            )
            for turn, number, item in self._pins()
            if words in item["quote"].casefold()
        ]
        self.set_choices(options, "" if options else "Nothing is pinned: m on a quotation pins it.")

    def chosen(self, identity: str) -> None:
        """Go to the quotation."""
        kept, number = map(int, identity.split("-"))
        self.dismiss(None)
        turn = self.quoth.main.talk.turn(kept)
        card = self.quoth.main.transcript.numbered(turn, number) if turn else None
        if card is not None:
            card.focus()

    def action_copy_report(self) -> None:
        """Copy every pinned quotation with its citations."""
        text = "\n\n".join(with_citation(item) for _, _, item in self._pins())
        if text:
            clipboard.copy(self.quoth, text)
            self.quoth.tell("Tray sent to the clipboard.")

    @work(exit_on_error=False)
    async def action_delete(self) -> None:
        """Unpin the highlighted quotation."""
        if self.highlighted is not None:
            kept, number = map(int, self.highlighted.split("-"))
            await self.quoth.main.desk.unpin(kept, number)
            self.fill()

    def _pins(self) -> Iterator[tuple[Turn, int, Mapping[str, Any]]]:
        talk = self.quoth.main.talk
        for kept, number in sorted(talk.pins):
            turn = talk.turn(kept)
            if turn is not None and number <= len(turn.evidence):
                yield turn, number, turn.evidence[number - 1]


SCREEN = TrayScreen
