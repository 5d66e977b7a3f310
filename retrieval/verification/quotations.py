"""Find the quotations in a draft: words between quotation marks, and block quotes.

Of nested quotations the outer one counts. A quotation that runs over several
paragraphs, each beginning with an opening mark, is one quotation.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from retrieval.offsets import line_starts
from retrieval.verification.markdown import HIDDEN, blocks, prose

Kind = Literal["straight", "curly", "low-high", "guillemets", "single", "straight single", "block"]


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words that a draft gives as somebody else's."""

    text: str
    """As printed, without the marks around them, at each paragraph, or before each line."""
    start: int
    """Into the draft, of the first character of the words."""
    end: int
    """``draft[start:end] == text`` unless marks had to be left out in between."""
    line: int
    """1-based line of ``start``."""
    kind: Kind
    closed: bool = True
    """False when no closing mark follows: the words up to the paragraph's end were taken."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "quotation": self.text, "start": self.start, "end": self.end, "line": self.line,
            "kind": self.kind, "closed": self.closed,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Style:
    """A way to set a quotation between marks."""

    kind: Kind
    opening: str
    closing: str
    nested: str = ""
    """Opening marks that, within, begin a quotation of the same kind."""

    @property
    def single(self) -> bool:
        """Whether the closing mark looks like an apostrophe."""
        return self.kind in ("single", "straight single")


_STYLES = {
    style.opening: style
    for style in (
        _Style("straight", '"', '"”', '"'),
        _Style("curly", "“", "”“\"‟", "“"),
        _Style("curly", "‟", "”\"", "‟"),
        _Style("curly", "”", "”\""),
        _Style("low-high", "„", "“”\"", "„"),
        _Style("guillemets", "«", "»", "«"),
        _Style("guillemets", "»", "«»", ""),
        _Style("guillemets", "‹", "›", "‹"),
        _Style("single", "‘", "’'"),
        _Style("single", "‚", "‘’"),
        _Style("straight single", "'", "'’"),
    )
}  # fmt: skip
_MARK = re.compile("[\"“”„‟«»‹›‘’‚']")
_LINE_MARK = re.compile(rf"[\r\n]\s*({_MARK.pattern})(?=\S)")
_PARAGRAPH_END = re.compile(r"(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)\s*")
_OPENERS = "([{<—–―-/*_>|=:;,.…‘“„«\"'" + HIDDEN

# 'tis, '90s, 'em: an apostrophe, whichever way the word processor turned it.
_ELISION = re.compile(r"(?:\d0s|tis|twas|em|til|n)\b", re.IGNORECASE)
_LEAST_SINGLE = 2
"""Words between straight single marks from which on they are no two apostrophes."""
_LONGEST_SINGLE = 20_000
"""Characters; so that a text full of apostrophes is still read in linear time."""


def find_quotations(draft: str) -> tuple[Quotation, ...]:
    """Return every quotation in a plain text or Markdown draft, in order."""
    starts = line_starts(draft)
    shown = prose(draft)
    found: list[tuple[str, int, int, Kind, bool]] = []
    for block in blocks(draft, shown):
        hidden = re.sub(r"[^\r\n]", HIDDEN, shown[block.start : block.end])
        shown = shown[: block.start] + hidden + shown[block.end :]
        if block.words:
            found.append((block.text, block.start, block.end, "block", True))
    found.extend(_between_marks(draft, shown))
    return tuple(
        Quotation(text, start, end, bisect_right(starts, start), kind, closed)
        for text, start, end, kind, closed in sorted(found, key=lambda item: item[1])
    )


class _Prose:
    """The prose of a draft, with its marks and paragraphs listed once."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self._marks = [mark.start() for mark in _MARK.finditer(shown)]
        self._ends = [end.span() for end in _PARAGRAPH_END.finditer(shown)]
        self._repeated = [mark.start(1) for mark in _LINE_MARK.finditer(shown)]

    def marks(self, start: int, limit: int) -> Iterator[int]:
        """Yield where the marks in ``[start, limit)`` stand."""
        for index in range(bisect_left(self._marks, start), len(self._marks)):
            if self._marks[index] >= limit:
                break
            yield self._marks[index]

    def limit(self, at: int, style: _Style) -> int:
        """Return how far a quotation that begins at ``at`` may run.

        That is the end of its paragraph, or of the last of several in a row
        that begin with its opening mark.
        """
        for index in range(bisect_left(self._ends, (at, at)), len(self._ends)):
            end, following = self._ends[index]
            again = self.shown.startswith(style.opening, following)
            if not again or not _opening(self.shown, following):
                return end
        return len(self.shown)

    def repeated(self, start: int, limit: int, style: _Style) -> set[int]:
        """Return the opening marks of a quotation's later paragraphs."""
        first, last = bisect_left(self._repeated, start), bisect_left(self._repeated, limit)
        return {at for at in self._repeated[first:last] if self.shown[at] == style.opening}


def _between_marks(draft: str, shown: str) -> Iterator[tuple[str, int, int, Kind, bool]]:
    prose, at = _Prose(shown), 0
    while mark := _MARK.search(shown, at):
        start, at = mark.end(), mark.end()
        style = _opening(shown, mark.start())
        if style is None:
            continue
        limit = prose.limit(mark.start(), style)
        if style.single:
            limit = min(limit, start + _LONGEST_SINGLE)
        repeated = prose.repeated(start, limit, style)
        closing = _closing(prose, start, limit, style, repeated)
        if closing is None and style.single:
            continue  # an apostrophe
        end = limit if closing is None else closing
        words = _trimmed(draft, start, end)
        text = _without(draft, *words, sorted(one for one in repeated if start < one < end))
        if not text or (style.kind == "straight single" and len(text.split()) < _LEAST_SINGLE):
            continue
        yield text, *words, style.kind, closing is not None
        at = end if closing is None else end + 1


def _opening(shown: str, at: int) -> _Style | None:
    """Return the style of the mark at ``at`` if a quotation can begin there."""
    style = _STYLES.get(shown[at])
    if style is None:
        return None
    before, after = shown[at - 1 : at], shown[at + 1 : at + 2]
    loose = not before or before.isspace() or before in _OPENERS
    if not after or (after.isspace() and style.opening != "«") or after in ",;!?)]}":
        return None
    if style.opening == "“":
        return style if loose or after.isalnum() else None
    if style.opening in "”»":
        return style if (not before or before in " \n([") and after.isalnum() else None
    if not loose and style.opening not in "„«":
        return None
    if after == "." and shown[at + 2 : at + 3] != ".":
        return None
    if style.single and _ELISION.match(shown, at + 1):
        return None
    return style


def _closing(
    prose: _Prose, start: int, limit: int, style: _Style, repeated: set[int]
) -> int | None:
    """Return where the closing mark stands, or None."""
    if style.single:
        return _single_closing(prose, start, limit, style, repeated)
    for nesting in (True, False):
        depth = 0
        for at in prose.marks(start, limit):
            if at in repeated:
                continue
            if prose.shown[at] in style.closing and _closes(prose.shown, at):
                if depth == 0:
                    return at
                depth -= 1
            elif nesting and prose.shown[at] in style.nested and _opening(prose.shown, at):
                depth += 1
    return None


def _closes(shown: str, at: int) -> bool:
    """Return whether the double mark at ``at`` can end a quotation."""
    mark, before, after = shown[at], shown[at - 1], shown[at + 1 : at + 2]
    if mark in "”»›":
        return not (before.isspace() and after.isalnum())
    if mark == '"' and not after.isalnum():
        return True
    return not before.isspace() and (mark == '"' or not after.isalnum())


def _single_closing(
    prose: _Prose, start: int, limit: int, style: _Style, repeated: set[int]
) -> int | None:
    """Tell the closing mark from apostrophes: the first that cannot be one, else the first."""
    doubtful, shown = None, prose.shown
    for at in prose.marks(start, limit):
        if at in repeated:
            continue
        before, after = shown[at - 1], shown[at + 1 : at + 2] if at + 1 < limit else ""
        if shown[at] in style.closing and not before.isspace() and not after.isalnum():
            possessive = before in "sSxXzZ" or shown[at - 2 : at] == "in"
            if not possessive or not before.isalnum() or not after.isspace():
                return at
            doubtful = at if doubtful is None else doubtful
        elif shown[at] == style.opening and _opening(shown, at):
            break
    return doubtful


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return end - len(piece.lstrip()) if piece.strip() else start, start + len(piece.rstrip())


def _without(text: str, start: int, end: int, marks: list[int]) -> str:
    """Return ``text[start:end]`` without the characters at ``marks``."""
    pieces = []
    for mark in marks:
        pieces.append(text[start:mark])
        start = mark + 1
    return "".join(pieces) + text[start:end]
