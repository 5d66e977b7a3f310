"""The first indexing of a folder: how far, how fast, how long; a question can wait below."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from retrieval import Progress, Skipped

from ..keymap import bindings
from ..text import count, joined, line, literal, row

_STAGES = {
    "scan": "looking for files",
    "read": "reading files",
    "encode": "embedding sentences and passages",
    "write": "writing the index",
}
_RUNNING = (
    "Type a question meanwhile: it is asked as soon as the index is there.\n"
    "esc, twice from the box: stop, keeping what is done."
)
_LISTED = 5
"""Skipped files that are listed while it goes on: the last ones."""
_STOPPED = "r: go on where it stopped.   ctrl+q: quit."


@dataclass(frozen=True, slots=True)
class Ended:
    """How indexing ended."""

    report: Mapping[str, Any] | None
    """None where it was stopped or failed."""
    problem: str = ""

    @property
    def skipped(self) -> str:
        """Say how many files were skipped; empty for none."""
        skipped = self.report["skipped"] if self.report else ()
        return f"{count(len(skipped), 'file')} skipped: ctrl+b says why." if skipped else ""


class Bar(Static):
    """A share of the work, as long as there is room."""

    def __init__(self) -> None:
        super().__init__(id="index-bar")
        self._share = 0.0

    def show(self, share: float) -> None:
        """Show another share."""
        self._share = share
        self.refresh()

    def render(self) -> Content:
        """Draw it."""
        room = max(10, self.content_size.width - 6)
        filled = int(room * self._share)
        done, rest = ("━" * filled, "$accent"), ("─" * (room - filled), "$rule")
        return row(done, rest, f"  {self._share:4.0%}")


class IndexingPanel(Vertical, can_focus=True):
    """Stands where the welcome will be until there is an index."""

    BINDINGS = bindings("index")

    class Stopped(Message):
        """It is to be stopped."""

    class Resumed(Message):
        """It is to go on."""

    def __init__(self) -> None:
        super().__init__(id="indexing")
        self._stage = ""
        self._stage_began = time.monotonic()
        self._from = 0
        self._skipped: list[Skipped] = []

    def compose(self) -> ComposeResult:
        """Build the counts, the bar and what can be done."""
        yield Static(line("Reading the documents", "bold $accent"), classes="heading")
        yield Static(line("starting", "$quiet"), id="index-stage")
        yield Bar()
        yield Static(line(""), id="index-speed")
        yield Static(line(""), id="index-file")
        yield Static(line(""), id="index-skipped")
        yield Static(literal(_RUNNING, "$quiet"), id="index-keys")
        yield Static(
            literal("Nothing is written into the folder, and nothing leaves this machine.\n"
                    "The next time only new and changed files are read.", "$quiet italic")
        )  # fmt: skip

    def show_progress(self, progress: Progress) -> None:
        """Show a step."""
        now = time.monotonic()
        if progress.stage != self._stage:
            self._stage, self._stage_began, self._from = progress.stage, now, progress.done
        total = f" of {progress.total:,}" if progress.total else ""
        self._set(
            "#index-stage", row((_STAGES[progress.stage], "bold"), f"  {progress.done:,}{total}")
        )
        self.query_one("#index-file", Static).update(line(progress.detail, "$quiet"), layout=False)
        self.query_one(Bar).show(progress.done / progress.total if progress.total else 0.0)
        self._set("#index-speed", self._speed(progress, now))
        if progress.skipped:
            self._skipped += progress.skipped
            skipped = self.query_one("#index-skipped", Static)
            skipped.update(self._list_skipped())
            skipped.add_class("-shown")

    def _set(self, place: str, content: Content) -> None:
        """Show other words; the screen is laid out anew only where they are more or fewer."""
        shown = self.query_one(place, Static)
        before = shown.content
        alike = isinstance(before, Content) and len(before.plain) == len(content.plain)
        # Laying out takes longer than a letter that is typed meanwhile should wait.
        shown.update(content, layout=not alike)

    def show_ended(self, ended: Ended) -> None:
        """Say that it stopped, and what can be done."""
        told = ended.problem or "Stopped. What is done so far is kept."
        self.query_one("#index-stage", Static).update(literal(told, "bold $warning"))
        self.query_one("#index-speed", Static).update(line(""))
        self.query_one("#index-keys", Static).update(literal(_STOPPED, "$quiet"))
        self.focus()

    def action_stop(self) -> None:
        """Have it stopped."""
        self.query_one("#index-stage", Static).update(line("stopping …", "bold"))
        self.post_message(self.Stopped())

    def action_resume(self) -> None:
        """Have it go on."""
        self._stage, self._skipped = "", []
        self.query_one("#index-skipped").remove_class("-shown")
        self.query_one("#index-keys", Static).update(literal(_RUNNING, "$quiet"))
        self.post_message(self.Resumed())

    def _list_skipped(self) -> Content:
        number = len(self._skipped)
        rest = f", the last {_LISTED}:" if number > _LISTED else ":"
        head = row((count(number, "file"), "bold $warning"), (f" skipped{rest}", "$warning"))
        listed = [
            row(("  ", ""), (one.path, "$primary"), (f"  {one.reason}", "$quiet"))
            for one in self._skipped[-_LISTED:]
        ]
        return joined([head, *listed])

    def _speed(self, progress: Progress, now: float) -> Content:
        took, done = now - self._stage_began, progress.done - self._from
        if took < 1 or done <= 0:
            return line("")
        speed = done / took
        left = (progress.total - progress.done) / speed
        what = "files" if progress.stage == "read" else "texts"
        return row((f"{speed:,.0f} {what} a second, ", "$quiet"), f"about {duration(left)} left")


def duration(seconds: float) -> str:
    """Say how long something takes."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
