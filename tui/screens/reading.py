"""The half of the main screen that follows the selected quotation into its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.screen import Screen

from ..widgets.ask_box import AskBox
from ..widgets.transcript import Transcript

if TYPE_CHECKING:
    from ..app import QuothApp
    from ..widgets.card import Card
    from ..widgets.source_pane import SourcePane


class ReadingScreen(Screen[None]):
    """Knows the regions, and shows the source beside them or over them."""

    def __init__(self, identity: str) -> None:
        super().__init__(id=identity)
        self.selected: Card | None = None
        """The quotation that was gone to last."""

    @property
    def quoth(self) -> QuothApp:
        """The application."""
        return cast("QuothApp", self.app)

    @property
    def transcript(self) -> Transcript:
        """The column of turns."""
        return self.query_one(Transcript)

    @property
    def box(self) -> AskBox:
        """The box to ask in."""
        return self.query_one(AskBox)

    @property
    def pane(self) -> SourcePane:
        """The pane with the source."""
        return cast("SourcePane", self.query_one("SourcePane"))

    def open_source(self, card: Card) -> None:
        """Show a quotation in its document and go there."""
        self.add_class("-source")
        if not self.has_class("-wide"):
            self.add_class("-full")
        self.select(card)
        self.call_after_refresh(self.pane.view.focus)

    def open_document(self, path: str) -> None:
        """Show a document from its beginning."""
        self.add_class("-source")
        if not self.has_class("-wide"):
            self.add_class("-full")
        self.pane.follow(path, None, "")
        self.call_after_refresh(self.pane.view.focus)

    def close_source(self) -> None:
        """Go back to the quotation."""
        self.remove_class("-full")
        (self.selected if self.selected and self.selected.is_attached else self.box).focus()

    def toggle_source(self) -> None:
        """Open the source of the selected quotation, or close it."""
        if self.has_class("-full") or (self.has_class("-source") and self.pane.has_focus_within):
            self.close_source()
        elif self.selected is None or not self.selected.is_attached:
            self.quoth.tell("There is no quotation yet to show in its source.")
        else:
            self.open_source(self.selected)

    def select(self, card: Card | None) -> None:
        """Make a quotation the selected one, and let the source follow."""
        if card is None:
            return
        for other in self.query("Card.-selected"):
            other.remove_class("-selected")
        card.add_class("-selected")
        self.selected = card
        self.add_class("-source")
        if not self.query("SourcePane"):
            return  # the index is not open yet
        cited = card.item["citations"][0]
        self.pane.follow(cited["path"], (cited["start"], cited["end"]), card.item["quote"])
