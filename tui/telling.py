"""How the application tells: toasts for what passes, a screen for what went wrong."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import App
from textual.worker import Worker, WorkerState

from .text import shown_line


class TellingApp(App[int]):
    """Draws what it is told as plain text, whoever wrote it."""

    def tell(self, text: str) -> None:
        """Show a short message."""
        self.notify(shown_line(text), markup=False, timeout=3)

    def warn(self, text: str) -> None:
        """Show a message that something did not work."""
        self.notify(shown_line(text), markup=False, severity="warning", timeout=8)

    def problem(self, error: BaseException, retry: Callable[[], object] | None = None) -> None:
        """Show what happened and what to try."""
        from .screens.problem import ProblemScreen

        self.push_screen(ProblemScreen(error, retry))

    def show_failure(self, event: Worker.StateChanged) -> None:
        """Show a fault in what ran in the background; nothing ends because of it."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.problem(event.worker.error)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """See :meth:`show_failure`."""
        self.show_failure(event)
