"""Progress on stderr: one line that is redrawn in a terminal, a line a stage elsewhere."""

from __future__ import annotations

import time
from typing import TextIO

from ..printable import printable_line
from ..records import Progress

_LABELS = {
    "scan": "Looking for files",
    "read": "Reading",
    "encode": "Embedding",
    "write": "Writing",
}
_REDRAW = 0.1
_QUIET = 0.7
"""Seconds; work that is done sooner says nothing."""
_WIDTH = 78


class ProgressLine:
    """Shows each step of indexing."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._stage = ""
        self._began = self._started = time.monotonic()
        self._drawn = 0.0
        self._open = False

    def __call__(self, step: Progress) -> None:
        """Take note of a step and draw it if it is time."""
        now = time.monotonic()
        if step.stage != self._stage:
            self._stage, self._began = step.stage, now
        last = step.stage == "write" and step.done == step.total
        if now - self._started < _QUIET or (now - self._drawn < _REDRAW and not last):
            return
        if self._live:
            self._stream.write("\r" + self._line(step, now)[:_WIDTH].ljust(_WIDTH))
            self._open = True
            if last:
                self._clear()
        elif step.stage == "encode" and (step.done == 0 or now - self._drawn > 5):
            self._stream.write(self._line(step, now) + "\n")
        else:
            return
        self._stream.flush()
        self._drawn = now

    def _line(self, step: Progress, now: float) -> str:
        parts = [_LABELS[step.stage]]
        if step.total:
            parts.append(f"{step.done:,} of {step.total:,}")
        spent = now - self._began
        if step.stage == "encode" and step.done and spent > 1:
            speed = step.done / spent
            left = (step.total - step.done) / speed
            parts.append(f"{speed:.0f} a second, {_duration(left)} left")
        if step.detail:
            parts.append(printable_line(step.detail))
        return "  ".join(parts)

    def _clear(self) -> None:
        if self._open:
            self._stream.write("\r" + " " * _WIDTH + "\r")
            self._open = False


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
