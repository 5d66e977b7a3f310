"""Slices of a document around a quotation, paragraph by paragraph."""

from __future__ import annotations

import re

_BLANK = re.compile(r"\r?\n[ \t]*\r?\n\s*")
_LONGEST = 1500
"""Characters; where blank lines stand farther apart on average, lines are the paragraphs."""
_LINE = re.compile(r"[\r\n]+\s*")

Span = tuple[int, int]


def widened(text: str, quoted: Span, paragraphs: int) -> Span:
    """Return the slice with so many paragraphs more: the quotation's own counts as the first.

    Paragraphs are parted by blank lines, or by line ends where a text has hardly any.
    """
    found = _paragraphs(text)
    first = max((n for n, span in enumerate(found) if span[0] <= quoted[0]), default=0)
    last = max((n for n, span in enumerate(found) if span[0] < quoted[1]), default=0)
    more = paragraphs - 1
    start = min(quoted[0], found[max(0, first - more)][0])
    end = max(quoted[1], found[min(len(found) - 1, last + more)][1])
    return start, end


def _paragraphs(text: str) -> list[Span]:
    blank = sum(1 for _ in _BLANK.finditer(text))
    edge = _BLANK if (blank + 1) * _LONGEST > len(text) and blank else _LINE
    spans, start = [], 0
    for match in edge.finditer(text):
        if match.start() > start:
            spans.append((start, match.start()))
        start = match.end()
    if start < len(text) or not spans:
        spans.append((start, len(text)))
    return spans
