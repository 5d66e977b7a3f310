"""How far a run is, on stderr: one line that is redrawn in a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time

_LIVE, _PLAIN = 0.1, 20.0
"""Seconds between two lines."""


class Questions:
    """Tells how many questions are done and how long the rest will take."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._began = self._told = time.monotonic()
        self._first: int | None = None
        self._live = sys.stderr.isatty()

    def __call__(self, done: int, total: int) -> None:
        """Take note, and tell if it is time."""
        now = time.monotonic()
        if self._first is None:
            self._first = done
        if now - self._told < (_LIVE if self._live else _PLAIN) and not (
            self._live and done == total
        ):
            return
        self._told = now
        new = done - self._first
        left = f", {(now - self._began) / new * (total - done):.0f} s left" if new else ""
        line = f"{self._name}: {done:,} of {total:,} questions{left}"
        if not self._live:
            print(line, file=sys.stderr, flush=True)
        elif done == total:
            print("\r" + " " * 78 + "\r", end="", file=sys.stderr, flush=True)
        else:
            print("\r" + line[:78].ljust(78), end="", file=sys.stderr, flush=True)
