"""Which segments to write together into one, so that there are never many.

As in a log-structured merge tree: segments of like size are merged when there
are several, so that a passage is rewritten about once for each factor by which
the index grows; a segment of which much was deleted is written anew.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

SMALL = 256
"""Passages; smaller segments count as equally large."""
TOGETHER = 5
"""Segments of like size that are merged; also the step from one size to the next."""
MOST_DEAD = 0.25
"""Share of a segment's passages that may be deleted."""


class Size(NamedTuple):
    """How many passages a segment has, and how many of them belong to the state."""

    passages: int
    living: int


def due(sizes: Sequence[Size]) -> set[int]:
    """Return the numbers of the segments to merge into one; empty if none are due."""
    chosen = {
        number
        for number, size in enumerate(sizes)
        if size.passages - size.living > max(MOST_DEAD * size.passages, SMALL)
    }
    while True:
        merged = sum(sizes[number].living for number in chosen)
        others = [number for number in range(len(sizes)) if number not in chosen]
        # What is merged anyway takes along everything smaller, and counts among its like.
        levels = [level(sizes[number].living) for number in others]
        if chosen:
            levels.append(level(merged))
        full = [one for one in set(levels) if levels.count(one) >= TOGETHER]
        if not full:
            return chosen
        chosen.update(n for n in others if level(sizes[n].living) <= max(full))


def level(passages: int) -> int:
    """Return the size class of a segment."""
    return max(0, math.floor(math.log(max(passages, 1) / SMALL, TOGETHER)) + 1)
