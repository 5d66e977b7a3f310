"""Wrap a document's text into rows for the screen, each a slice of it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len

TAB = 4
"""Columns between two tab stops."""
_WORD = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the screen: ``text[start:end]``."""

    start: int
    end: int
    number: int
    """Of the line, 1-based; 0 where the row goes on with the line above."""


class Wrapped:
    """A text in rows of at most ``width`` columns."""

    def __init__(self, text: str, width: int) -> None:
        self.width = max(4, width)
        self.rows = list(_rows(text, self.width))
        self._starts = [row.start for row in self.rows]

    def row_at(self, offset: int) -> int:
        """Return the number of the row that shows a character."""
        return max(0, bisect_right(self._starts, offset) - 1)


def _rows(text: str, width: int) -> Iterator[Row]:
    start = 0
    for number, content in enumerate(text.split("\n"), start=1):
        yield from _wrapped_line(content, start, number, width)
        start += len(content) + 1


def _wrapped_line(content: str, start: int, number: int, width: int) -> Iterator[Row]:
    plain = content.isascii() and "\t" not in content
    if len(content) <= width and plain:
        yield Row(start, start + len(content), number)
        return
    at, used, first = 0, 0, number
    for match in _WORD.finditer(content):
        word = match.group()
        needed = len(word.rstrip()) if plain else columns(word.rstrip(), used)
        if used and used + needed > width:
            yield Row(start + at, start + match.start(), first)
            at, used, first = match.start(), 0, 0
        wide = len(word) if plain else columns(word, used)
        while used + needed > width:
            cut = _fitting(content, at, match.end(), width)
            yield Row(start + at, start + cut, first)
            at, used, first = cut, 0, 0
            rest = content[cut : match.end()]
            needed, wide = columns(rest.rstrip()), columns(rest)
        used += wide
    yield Row(start + at, start + len(content), first)


def _fitting(content: str, start: int, end: int, width: int) -> int:
    """Return where a word too long for a row has to be broken."""
    used = 0
    for at in range(start, end):
        used += columns(content[at], used)
        if used > width:
            return max(at, start + 1)
    return end


def columns(text: str, before: int = 0) -> int:
    """Return how many columns a text takes, tabs included, from a column on."""
    if "\t" not in text:
        return cell_len(text)
    at = before
    for char in text:
        at += TAB - at % TAB if char == "\t" else cell_len(char)
    return at - before
