"""A line above the box that says what needs attention, with the key that mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message
from textual.widgets import Static

from ..text import line, row

if TYPE_CHECKING:
    from retrieval import Changes


class Notice(Static):
    """Hidden while there is nothing to say."""

    class Clicked(Message):
        """It was clicked."""

    def __init__(self) -> None:
        super().__init__(line(""), id="notice")

    def show_changes(self, changes: Changes) -> None:
        """Say how the folder differs from the index."""
        told = ", ".join(f"{len(paths)} {kind}" for kind, paths in changes.items() if paths)
        self.set_class(bool(told), "-shown")
        self.update(
            row(("△ ", "bold $warning"), (f"On disk since indexing: {told}.", "$warning"),
                "  F5 brings it up to date.")
        )  # fmt: skip

    def on_click(self) -> None:
        """Bring the index up to date."""
        self.post_message(self.Clicked())
