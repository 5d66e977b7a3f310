"""The one gate from untrusted text to the screen.

Whatever comes from a document, a file name, a title, a question or an error is
mapped one character for one character first, and becomes ``Content`` here,
where no markup is read. Nothing else in this room builds ``Content``.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content, Span

from retrieval import printable_line, printable_text

Piece = str | tuple[str, str] | Content
"""Untrusted text, text with a style of ours, or content that is safe already."""


def shown(text: str) -> str:
    """Return text for widgets that draw plain strings; the length never changes.

    The carriage return of a CR LF is an ordinary line end and becomes a space; any
    other one is made visible.
    """
    return printable_text(text.replace("\r\n", " \n"))


def shown_line(text: str) -> str:
    """Like :func:`shown`, for what must stay on one line."""
    return printable_line(text)


def literal(text: str, style: str = "") -> Content:
    """Return text of several lines, drawn as it is."""
    safe = shown(text)
    return Content(safe, [Span(0, len(safe), style)] if style and safe else [])


def line(text: str, style: str = "") -> Content:
    """Return text on one line, drawn as it is."""
    safe = shown_line(text)
    return Content(safe, [Span(0, len(safe), style)] if style and safe else [])


def lines(*pieces: Piece) -> Content:
    """Join pieces into content of several lines."""
    return _join(pieces, one_line=False)


def row(*pieces: Piece) -> Content:
    """Join pieces into one line."""
    return _join(pieces, one_line=True)


def joined(parts: Iterable[Content], between: str = "\n") -> Content:
    """Join contents with a separator."""
    return Content(between).join(list(parts))


def emphasised(text: str, start: int, end: int, inner: str, outer: str) -> Content:
    """Return text whose slice from ``start`` to ``end`` stands out."""
    safe = shown(text)
    spans = [Span(0, start, outer), Span(start, end, inner), Span(end, len(safe), outer)]
    return Content(safe, [span for span in spans if span.end > span.start])


def underlined(text: str, slices: Iterable[tuple[int, int]]) -> Content:
    """Return text of several lines with some slices underlined."""
    return Content(shown(text), [Span(start, end, "underline") for start, end in slices])


def marked(text: str, positions: Iterable[int], style: str) -> Content:
    """Return one line with some characters styled, as a search found them."""
    safe = shown_line(text)
    return Content(safe, [Span(at, at + 1, style) for at in positions if at < len(safe)])


def _join(pieces: Iterable[Piece], *, one_line: bool) -> Content:
    make = line if one_line else literal
    parts = []
    for piece in pieces:
        if isinstance(piece, Content):
            parts.append(piece)
        elif isinstance(piece, tuple):
            parts.append(make(*piece))
        else:
            parts.append(make(piece))
    return Content("").join(parts)


def count(number: int, singular: str, plural: str = "") -> str:
    """Return "1 document", "1,216 documents"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
