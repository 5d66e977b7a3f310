"""What can be done here, with its keys: made from the bindings, so that it cannot lie."""

from __future__ import annotations

from collections.abc import Iterable

from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from ..keymap import KEYS, REGIONS, Key
from ..text import joined, line, lines, row
from .dialog import Dialog

_TWO_COLUMNS = 60
"""From how many columns on keys and what they do stand side by side."""
_ABOUT = {
    "ask": "Words in double quotation marks must stand in a passage as they are.",
    "answer": "Each quotation is the document’s own words; ✓ says that the file still holds them.",
    "source": "The document as it was indexed; the quotation is highlighted.",
}


class HelpScreen(Dialog[None]):
    """Begins with the region that had the focus."""

    HEADING = "Help"
    KEYS = (("↑ ↓", "scroll"), ("esc", "close"))

    def __init__(self, over: Screen[object]) -> None:
        super().__init__()
        self._active = {
            active.binding.id: over.app.get_key_display(active.binding)
            for active in over.active_bindings.values()
            if active.binding.id
        }
        self._first = region_of(self._active)

    def body(self) -> Iterable[Widget]:
        """Build one list for each region."""
        regions = [self._first, *(name for name in REGIONS if name != self._first)]
        parts: list[Content] = []
        for region in regions:
            parts += [line(REGIONS[region], "bold $accent")]
            if region in _ABOUT:
                parts.append(line(_ABOUT[region], "$quiet italic"))
            parts += [self._told(key) for key in KEYS if key.region == region and shown(key)]
            parts.append(line(""))
        yield VerticalScroll(Static(joined(parts)), classes="help")

    def on_mount(self) -> None:
        """Let the arrows scroll."""
        self.query_one(VerticalScroll).focus()

    def _told(self, key: Key) -> Content:
        keys = self._active.get(key.id) or written(key)
        if key.id == "answer.1":
            return self._row("1 … 9", "Go to the quotation of that number.")
        return self._row(keys, key.help)

    def _row(self, keys: str, help_: str) -> Content:
        """Two columns, where there is room for two."""
        if self.app.size.width < _TWO_COLUMNS:
            return lines((f"{keys}\n", "bold"), f"  {help_}")
        return row((f"  {keys:<14}", "bold"), help_)


def shown(key: Key) -> bool:
    """Leave out what stands for one of several alike."""
    return not (key.region == "answer" and key.id[-1] in "23456789")


def written(key: Key) -> str:
    """Return a key as it is written."""
    names = (key.display or key.keys.split(",")[0]).replace("ctrl+", "^")
    return names


def region_of(active: Iterable[str]) -> str:
    """Return the region whose keys work now, the innermost."""
    found = {name.split(".", 1)[0] for name in active}
    return next((name for name in ("source", "answer", "ask", "list") if name in found), "app")
