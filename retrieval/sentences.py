"""Sentence spans: where each sentence of a block starts and ends.

The splitting itself is done by sentencex, which leaves everything between
quotation marks whole. News and legal texts put whole statements there, so the
marks are masked one for one before splitting; offsets stay true.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_MARKS = re.compile(r"[“”„«»\"]|(?<!\w)[‘’']|[‘’'](?!\w)")
_SPACE = re.compile(r"\s+")
_TRAILERS = "[(:"
"""What follows a full stop without a space belongs to the sentence before: a footnote mark."""

_PIECE = 4000
"""Characters given to the splitter at a time."""
_EDGE = 400
"""Characters at the end of a piece in which it might place a boundary otherwise, for the cut."""


def sentence_spans(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the trimmed spans of the sentences in ``text[start:end]``, in order."""
    block = text[start:end]
    # A wrapped line ends no sentence, and sentencex must not see a paragraph break.
    masked = _MARKS.sub(" ", block).translate(_FLAT)
    cuts = [0]
    for boundary in _boundaries(masked):
        cut = _cut(block, masked, boundary)
        if cut is not None and cut > cuts[-1]:
            cuts.append(cut)
    cuts.append(len(block))
    spans = (_trim(block, a, b) for a, b in zip(cuts, cuts[1:], strict=False))
    return [(start + a, start + b) for a, b in spans if a < b]


def _boundaries(text: str) -> Iterator[int]:
    """Yield where sentences begin, but the first; the time grows with the text, not its square.

    What sentencex needs of a text without spaces, as Chinese is, grows with the square.
    So it is given a piece at a time, each from the last boundary that is certain on.
    """
    from sentencex import get_sentence_boundaries

    start = 0
    while True:
        part = text[start : start + _PIECE]
        found = [int(each["start_index"]) for each in get_sentence_boundaries("en", part)[1:]]
        if start + _PIECE >= len(text):
            yield from (start + at for at in found)
            return
        certain = [at for at in found if at <= _PIECE - _EDGE]
        yield from (start + at for at in certain)
        start += (
            certain[-1] if certain else part.rfind(" ", 0, _PIECE - _EDGE) + 1 or _PIECE - _EDGE
        )


_FLAT = {ord(mark): " " for mark in "\r\n\t\v\f\x85\u2028\u2029"}


def _cut(block: str, masked: str, at: int) -> int | None:
    """Place a boundary so that closing marks stay behind and opening ones go ahead."""
    while at < len(masked) and masked[at].isspace():
        at += 1
    if at >= len(masked):
        return None
    gap = at
    while gap > 0 and masked[gap - 1].isspace():
        gap -= 1
    space = _SPACE.search(block, gap, at)
    if space:
        return space.end()
    return None if block[at] in _TRAILERS else at


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
