"""What went wrong and what to try: no traceback in the face."""

from __future__ import annotations

import platform
import traceback
from collections.abc import Callable, Iterable

from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from retrieval import QuothError, __version__

from .. import clipboard
from ..keymap import bindings
from ..text import literal
from .dialog import Dialog


class ProblemScreen(Dialog[None]):
    """Says it in a sentence and a hint; the report can be copied."""

    BINDINGS = bindings("dialog.copy", "dialog.retry")
    HEADING = "Something went wrong"
    KEYS = (("r", "try again"), ("y", "copy report"), ("esc", "close"), ("ctrl+q", "quit"))

    def __init__(self, error: BaseException, retry: Callable[[], object] | None) -> None:
        super().__init__()
        self._error, self._retry = error, retry

    def body(self) -> Iterable[Widget]:
        """Build the sentence and the hint."""
        error = self._error
        known = isinstance(error, QuothError)
        told = error.message if isinstance(error, QuothError) else _first_line(error)
        hint = error.hint if isinstance(error, QuothError) else ""
        if not known and not hint:
            hint = "This is a fault in quoth. Copy the report and send it to those who mend it."
        yield VerticalScroll(
            Static(literal(told, "bold"), classes="told"), Static(literal(hint), classes="hint")
        )

    def report(self) -> str:
        """Return everything that somebody needs who is to mend it."""
        trace = "".join(traceback.format_exception(self._error))
        return (
            f"quoth {__version__}, Python {platform.python_version()}, {platform.system()}\n{trace}"
        )

    def action_copy_report(self) -> None:
        """Copy the report."""
        clipboard.copy(self.quoth, self.report())
        self.quoth.tell("Report sent to the clipboard.")

    def action_retry(self) -> None:
        """Close and try again."""
        self.dismiss(None)
        if self._retry is not None:
            self._retry()


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]
