"""The line of keys: what fits, whole, and always the way to the rest."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Footer

_ALWAYS = 2
"""The last keys, the commands and the help, lead to all others."""


class KeyLine(Footer):
    """Leaves keys out where there is no room, instead of cutting the last ones off."""

    def __init__(self) -> None:
        super().__init__(show_command_palette=False, compact=True)
        self._room = 0

    def compose(self) -> ComposeResult:
        """Build the keys that fit."""
        keys = list(super().compose())
        self._room = self.screen.size.width
        kept = _fitting(keys, self._room)
        self.styles.grid_size_columns = max(1, len(kept))
        yield from kept

    async def on_resize(self, event: events.Resize) -> None:
        """Choose again, where there is another width."""
        if self.screen.size.width != self._room:
            await self.recompose()


def _fitting(keys: Sequence[Widget], width: int) -> list[Widget]:
    """Return the first keys that fit beside the last ones, and these."""
    room = width - sum(map(_width, keys[-_ALWAYS:]))
    kept: list[Widget] = []
    for key in keys[:-_ALWAYS]:
        room -= _width(key)
        if room < 0:
            break
        kept.append(key)
    return [*kept, *keys[-_ALWAYS:]]


def _width(key: Widget) -> int:
    """Return the cells of a key with its label and the spaces around them."""
    written = getattr(key, "key_display", "") + getattr(key, "description", "")
    return cell_len(written) + 2
