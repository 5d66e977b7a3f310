"""Where the time of an answer goes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Adds up wall time by stage."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._stages: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Time a ``with`` block as part of ``stage``."""
        began = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - began
            self._stages[stage] = self._stages.get(stage, 0.0) + spent

    def milliseconds(self) -> dict[str, float]:
        """Return milliseconds by stage, and in ``total`` since the watch was made."""
        total = time.perf_counter() - self._started
        stages = {**self._stages, "total": total}
        return {stage: round(1000 * seconds, 2) for stage, seconds in stages.items()}
