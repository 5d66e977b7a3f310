"""One small reader per format behind one interface: bytes to exact text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from ..blocks import blocks
from ..offsets import line_starts
from ..records import Section
from .decoding import decode

_MAX_TITLE = 200
_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE)
_FRONT_TITLE = re.compile(r"^title:[ \t]*([\"']?)(.+?)\1[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ReadText:
    """What a reader makes of a file's bytes."""

    text: str
    encoding: str
    title: str | None
    """Words of the text itself; None where it has no title."""
    sections: tuple[Section, ...] = ()
    pages: tuple[int, ...] = ()


class Reader(Protocol):
    """Reads one format."""

    version: str
    """Part of the catalog's key: changed whenever the same bytes would read differently."""

    def read(self, data: bytes) -> ReadText:
        """Return the exact text of ``data``.

        Raises:
            NotTextError: the bytes are not of this format.
        """
        ...

    def text(self, data: bytes) -> str:
        """Return the same text, without what is found out about it.

        Raises:
            NotTextError: the bytes are not of this format.
        """
        ...


class PlainReader:
    """Any text: the first line is the title if it looks like one."""

    version = "plain-1"

    def read(self, data: bytes) -> ReadText:
        """See :class:`Reader`."""
        text, encoding = decode(data)
        return ReadText(text, encoding, _plain_title(text))

    def text(self, data: bytes) -> str:
        """See :class:`Reader`."""
        return decode(data)[0]


class MarkdownReader:
    """Markdown: headings are sections, the first of the highest level is the title."""

    version = "markdown-1"

    def read(self, data: bytes) -> ReadText:
        """See :class:`Reader`."""
        text, encoding = decode(data)
        front = _FRONT_MATTER.match(text)
        headings = _headings(text, front.end() if front else 0)
        title = _FRONT_TITLE.search(front.group(1)) if front else None
        if title:
            chosen: str | None = title.group(2)
        elif headings:
            chosen = min(headings, key=lambda pair: pair[0])[1].title
        else:
            chosen = _plain_title(text)
        return ReadText(text, encoding, chosen, tuple(section for _, section in headings))

    def text(self, data: bytes) -> str:
        """See :class:`Reader`."""
        return decode(data)[0]


_PLAIN = PlainReader()
_MARKDOWN = MarkdownReader()
_BY_SUFFIX: dict[str, Reader] = {
    suffix: _MARKDOWN for suffix in (".md", ".markdown", ".mdown", ".mkd")
}


def reader_for(path: str) -> Reader:
    """Return the reader for a file, chosen by the end of its name."""
    return _BY_SUFFIX.get(PurePosixPath(path).suffix.lower(), _PLAIN)


def _plain_title(text: str) -> str | None:
    """Return the first block if it is one line that does not read as a paragraph."""
    first = next(iter(blocks(text[:4000])), None)
    if first is None:
        return None
    line = text[first.start : first.end]
    rest = text[first.end :].strip()
    too_long = len(line) > _MAX_TITLE or len(line_starts(line)) > 1
    reads_on = line.endswith((".", ";", ",", ":", "…")) or not re.search(r"\w", line)
    if too_long or reads_on or not rest or rest[0].islower():
        return None
    return line


def _headings(text: str, skip: int) -> list[tuple[int, Section]]:
    """Return (level, section) for each heading after offset ``skip``."""
    from markdown_it import MarkdownIt

    starts = [*line_starts(text[skip:]), len(text) - skip]
    found: list[tuple[int, Section]] = []
    # Without what is inside a line: nothing of it is needed, and some of it is slow.
    tokens = MarkdownIt("commonmark").disable("inline").parse(text[skip:])
    for heading, inline in zip(tokens, tokens[1:], strict=False):
        if heading.type != "heading_open" or heading.map is None or not inline.content:
            continue
        first, last = heading.map
        start, end = skip + starts[first], skip + starts[min(last, len(starts) - 1)]
        # The words as they stand in the file; a setext heading may span lines.
        words = inline.content.split("\n", 1)[0]
        at = text.find(words, start, end)
        if at >= 0:
            found.append((int(heading.tag[1:]), Section(start, text[at : at + len(words)])))
    return found
