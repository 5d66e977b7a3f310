"""Find the paragraph-like units of a text: its blocks.

A blank line always ends a block. A single line break ends one too, unless the
text is hard-wrapped there: the break stands where the next word would no longer
have fitted into the block's width. Text is never altered; blocks are spans.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
# A line that opens a unit of its own in Markdown and in most plain text.
_OPENER = re.compile(
    r"\s*(?:[-*+•‣◦–]\s|\d{1,3}[.)]\s|\(?[a-zA-Z0-9]{1,3}\)\s|#{1,6}\s|>|\||```|~~~|={3,}|-{3,}|\*{3,}|[|©])"
)
_MIN_WRAP, _MAX_WRAP = 40, 132
"""A text column narrower or wider than this was not wrapped by a program."""


@dataclass(frozen=True, slots=True)
class Block:
    """A trimmed span of text that stands on its own."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int  # without the newline and trailing white space
    text: str


def blocks(text: str) -> list[Block]:
    """Return the blocks of ``text`` in order; together they hold all but white space."""
    found: list[Block] = []
    for group in _groups(text):
        width = max(line.end - line.start for line in group)
        first = group[0]
        for previous, line in zip(group, group[1:], strict=False):
            if not _is_soft(previous, line, width):
                found.append(_trimmed(text, first.start, previous.end))
                first = line
        found.append(_trimmed(text, first.start, group[-1].end))
    return found


def _groups(text: str) -> list[list[_Line]]:
    """Split into runs of lines that hold something."""
    groups: list[list[_Line]] = []
    current: list[_Line] = []
    for match in _LINE.finditer(text):
        content = match.group().rstrip()
        if content:
            current.append(_Line(match.start(), match.start() + len(content), content))
        elif current:
            groups.append(current)
            current = []
    if current:
        groups.append(current)
    return groups


def _is_soft(previous: _Line, line: _Line, width: int) -> bool:
    """Say whether the break between two lines only wraps a paragraph."""
    if not _MIN_WRAP <= width <= _MAX_WRAP or _OPENER.match(line.text):
        return False
    word = line.text.split(maxsplit=1)[0]
    return len(previous.text) + 1 + len(word) > width


def _trimmed(text: str, start: int, end: int) -> Block:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Block(start, end)
