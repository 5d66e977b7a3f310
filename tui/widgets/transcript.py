"""The column of turns, with the selected quotation always in view."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from ..talk import Turn
from ..text import count, line

if TYPE_CHECKING:
    from .card import Card
    from .turn_view import TurnView

# What draws a turn is imported when there is one: the first screen has none.

_DRAWN = 20
"""Turns that are drawn; earlier ones are kept, and exported with the rest."""


class Transcript(VerticalScroll, can_focus=False):
    """Holds the welcome, or the turns."""

    def __init__(self) -> None:
        super().__init__(id="transcript")

    @property
    def every_card(self) -> list[Card]:
        """Every quotation, folded or not, from the top."""
        return [cast("Card", card) for card in self.query("Card")]

    @property
    def cards(self) -> list[Card]:
        """Every quotation that can be gone to, from the top."""
        return [card for card in self.every_card if card.display]

    @property
    def stops(self) -> list[Widget]:
        """Everything that can be gone to, from the top."""
        return [w for w in self.query("Card, Chip, Nearest") if w.display and w.focusable]

    def view(self, turn: Turn) -> TurnView | None:
        """Return the drawing of a turn, if it is drawn."""
        return next((v for v in self._views() if v.turn is turn), None)

    async def restart(self, turns: list[Turn], welcome: Widget | None) -> None:
        """Draw a conversation from its beginning; without turns, the welcome."""
        with self.app.batch_update():
            await self.remove_children()
            if not turns:
                if welcome is not None:
                    await self.mount(welcome)
                return
            hidden = len(turns) - _DRAWN
            if hidden > 0:
                note = f"{count(hidden, 'earlier turn')} kept, not drawn"
                await self.mount(Static(line(note, "$quiet italic"), classes="earlier"))
            from .turn_view import TurnView

            await self.mount_all([TurnView(turn) for turn in turns[-_DRAWN:]])

    async def add(self, turn: Turn, waiting: str) -> None:
        """Draw one more turn."""
        from .turn_view import TurnView

        with self.app.batch_update():
            for widget in self.query("Welcome"):
                await widget.remove()
            views = self._views()
            for view in views[: max(0, len(views) + 1 - _DRAWN)]:
                await view.remove()
            await self.mount(TurnView(turn, waiting))
        self.scroll_end(animate=False)

    def step(self, current: Widget, by: int) -> bool:
        """Go to the stop before or after one; false where there is none."""
        stops = self.stops
        if current not in stops:
            return False
        at = stops.index(current) + by
        if not 0 <= at < len(stops):
            if at < 0:
                self.scroll_home(animate=False)
            return False
        self.screen.set_focus(stops[at])
        return True

    def numbered(self, turn: Turn, number: int) -> Card | None:
        """Return the card of a number in a turn."""
        return next((c for c in self.cards if c.turn is turn and c.number == number), None)

    def _views(self) -> list[TurnView]:
        return [cast("TurnView", view) for view in self.query("TurnView")]
