"""The last line: what is asked, how large, how old, with what, how fast."""

from __future__ import annotations

import time

from textual.widgets import Static

from retrieval import Progress

from ..engine import Facts
from ..text import count, line, row


class StatusBar(Static):
    """Says only what is true now."""

    def __init__(self) -> None:
        super().__init__(id="status")
        self._facts: Facts | None = None
        self._left_out = 0
        self._took: float | None = None
        self._work = "opening"

    def show_facts(self, facts: Facts) -> None:
        """Show what is open."""
        self._facts, self._work = facts, ""
        self._redraw()

    def show_scope(self, left_out: int) -> None:
        """Show how many documents are left out."""
        self._left_out = left_out
        self._redraw()

    def show_time(self, milliseconds: float) -> None:
        """Show how long the last answer took."""
        self._took = milliseconds
        self._redraw()

    def show_work(self, what: str) -> None:
        """Show what goes on in the background; empty for nothing."""
        self._work = what
        self._redraw()

    def show_progress(self, progress: Progress) -> None:
        """Show a step of indexing in the background."""
        share = f" {100 * progress.done // progress.total} %" if progress.total else ""
        self.show_work(f"indexing{share}")

    def _redraw(self) -> None:
        facts = self._facts
        if facts is None:
            self.update(line(f" {self._work}", "$quiet"))
            return
        wide = self.app.size.width >= 80
        asked = facts.documents - self._left_out
        parts: list[str | tuple[str, str]] = [(f" {facts.corpus.name or facts.corpus}", "$primary")]
        if self._left_out:
            parts.append((f"  asking {asked} of {facts.documents} documents", "bold $warning"))
        else:
            parts.append((f"  {count(facts.documents, 'document')}", ""))
        if wide:
            parts.append((f", {count(facts.passages, 'passage')}", ""))
            if facts.skipped:
                parts.append((f", {facts.skipped} skipped", ""))
            if self.app.size.width >= 100:
                parts.append((f"  {facts.model.rsplit('/', 1)[-1]}", "$quiet"))
            parts.append((f"  indexed {age(time.time() - facts.indexed_at)}", "$quiet"))
        parts.append(("  offline", "$success"))
        if self._took is not None:
            parts.append((f"  {self._took:.0f} ms", "$quiet"))
        if self._work:
            parts.append((f"  {self._work}", "bold $accent"))
        self.update(row(*parts))


def age(seconds: float) -> str:
    """Say how long ago something was."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{count(int(seconds // size), unit)} ago"
    return "just now"
