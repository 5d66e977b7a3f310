"""Copies of a text that are equal when only typography differs, with the way back.

Two texts fold to the same copy when they differ in nothing but the style of
quotation marks and dashes, white space and line breaks, invisible characters,
Markdown emphasis, or how an accented letter is encoded. Words are compared on
such copies; what is shown is always a slice of the text itself, found through
:meth:`Folded.span`.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache

MARKS = "\"'`«»´\u02b9-\u02bc\u2018-\u201f\u2032\u2033\u2039\u203a\u300c-\u300f\uff02\uff07"
"""Quotation marks and apostrophes, as the inside of a character class."""

_INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
_DASHES = "\\-\u058a\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
_FRENCH_SPACES = "\u00a0\u2009\u202f"
_COMBINING = "\u0300-\u036f"
_LIGATURES = {
    "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi",
    "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st",
}  # fmt: skip

_BLANK = rf"[\s{_INVISIBLE}]"
_SPACES = "\t-\r\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_SPECIAL = rf".,{_SPACES}{_INVISIBLE}{_DASHES}{MARKS}\ufb00-\ufb06…*_>"
_RUN_CLASS = f" {_SPECIAL}"

# A run of characters that may fold. It begins with one class so that the regex
# engine can skip over everything else; what is most common by far, a plain
# space, stop or comma between words, is passed over by the second step.
_RUN = re.compile(
    rf"[{_RUN_CLASS}](?:(?<![ .,])|(?<= )[{_RUN_CLASS}]|(?<=[.,])(?: ?[{_SPECIAL}]|  ))"
    rf"[{_RUN_CLASS}]*"
)
_RUN_OR_ACCENT = re.compile(rf"{_RUN.pattern}|[^{_RUN_CLASS}][{_COMBINING}]+")
_HAS_ACCENT = re.compile(f"[{_COMBINING}]")

_PIECE = re.compile(
    rf"""
      (?P<drop>[{_FRENCH_SPACES}]+(?=[»›;:!?])|(?<=[«‹])[{_FRENCH_SPACES}]+)
    | (?P<quoted>\A{_BLANK}*>(?:{_BLANK}|>)*)                         # "> " at the start of a text
    | (?P<space>{_BLANK}*[\r\n]{_BLANK}*(?:>[ \t]?)+{_BLANK}*)      # ... and of a line
    | (?P<omission>{_BLANK}*(?:…|\.\s?\.\s?\.)(?:{_BLANK}|[.…])*)
    | (?P<dash>{_BLANK}*[{_DASHES}](?:{_BLANK}|[{_DASHES}])*)
    | [{MARKS}]+(?P<stop>[.,])(?!\s?\.)[{MARKS}]*                   # British order: ’. becomes .’
    | (?P<mark>[{MARKS}]+)
    | (?P<emphasis>(?<![^\W_]|[*_])[*_]{{1,3}}(?=[^\s*_])|(?<=[^\s*_])[*_]{{1,3}}(?![^\W_]|[*_]))
    | (?P<blank>{_BLANK}*\s{_BLANK}*)
    | (?P<invisible>[{_INVISIBLE}]+)
    | (?P<ligature>[\ufb00-\ufb06])
    | (?P<accent>.[{_COMBINING}]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_FIXED = {
    "drop": "", "quoted": "", "space": " ", "omission": "…", "dash": "-", "mark": "'",
    "emphasis": "", "blank": " ", "invisible": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded copy of a text, and where each of its characters comes from."""

    source: str = field(repr=False)
    text: str
    _folded: list[int] = field(repr=False)
    """Offsets into ``text`` from which on the distance to the source is constant ..."""
    _source: list[int] = field(repr=False)
    """... and where in the source each of them stands."""
    _wide: dict[int, int] = field(repr=False)
    """For a folded character that stands for several: where the last of them ends."""

    def start_of(self, index: int) -> int:
        """Return the offset in the source of the folded character ``index``."""
        at = bisect_right(self._folded, index) - 1
        return self._source[at] + index - self._folded[at]

    def end_of(self, index: int) -> int:
        """Return the offset in the source just after the folded character ``index``."""
        return self._wide.get(index) or self.start_of(index) + 1

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the slice of the source that ``text[start:end]`` was folded from.

        It neither begins nor ends with white space.
        """
        first, last = self.start_of(start), self.end_of(end - 1)
        piece = self.source[first:last]
        return last - len(piece.lstrip()), first + len(piece.rstrip())

    def lowered(self) -> str:
        """Return ``text`` in lower case, of exactly the same length."""
        # The capital dotted I is the one character that str.lower makes longer.
        return self.text.replace("\u0130", "i").lower()


def fold(text: str) -> Folded:
    """Fold ``text``; see the module for what is made equal."""
    parts: list[str] = []
    folded, source, wide = [0], [0], {}
    done = length = 0
    pattern = _RUN_OR_ACCENT if _HAS_ACCENT.search(text) else _RUN
    for run in pattern.finditer(text):
        start, end = run.span()
        lead = min(start, 1)
        for first, last, new in _edits(text[start - lead : end + 1], lead, end - start):
            first, last = start + first, start + last
            parts += (text[done:first], new)
            length += first - done
            if len(new) != last - first:
                for offset in range(len(new)):
                    wide[length + offset] = last
                    folded.append(length + offset)
                    source.append(first)
                folded.append(length + len(new))
                source.append(last)
            length += len(new)
            done = last
    parts.append(text[done:])
    return Folded(text, "".join(parts), folded, source, wide)


@lru_cache(maxsize=1 << 16)
def _edits(context: str, lead: int, length: int) -> tuple[tuple[int, int, str], ...]:
    """Return (start, end, new text) for each change in a run.

    ``context`` is the run between its two neighbours; offsets count from the run.
    """
    edits = []
    for piece in _PIECE.finditer(context):
        start, end = piece.start() - lead, piece.end() - lead
        if start >= 0 and end <= length and (new := _replacement(piece)) != piece.group():
            edits.append((start, end, new))
    return tuple(edits)


def _replacement(piece: re.Match[str]) -> str:
    kind = piece.lastgroup or ""
    if kind == "stop":
        return piece["stop"] + "'"
    if kind == "ligature":
        return _LIGATURES[piece.group()]
    if kind == "accent":
        return unicodedata.normalize("NFC", piece.group())
    return _FIXED[kind]
