"""Quotations that leave words out, or put words in: ellipses and square brackets.

Such a quotation is cut where the writer marked it. Its parts must stand in one
document, in order, and near each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from retrieval.verification.folding import fold
from retrieval.verification.phrases import Finder, Match, Phrase, phrase, sweep
from retrieval.verification.words import WORD, count_words

Gap = Literal["omission", "insertion", "letter"]

_BREAK = re.compile(
    r"""
      (?P<letter>\[\w\](?=\w))                                        # [T]he
    | (?P<omission>[\[(]\s*(?:…|\.\s?\.\s?\.)[.\s…]*[\])]|(?:…|\.\s?\.\s?\.)(?:\s?[.…])*)
    | (?P<insertion>\[[^\[\]]*\])
    """,
    re.VERBOSE,
)

# How many characters of the document may lie between two parts. An ellipsis
# may leave out pages; but a part of one or two words stands everywhere, so it
# must be close by. A bracket stands for a few words.
_FAR, _NEAR, _BRACKET, _LETTER = 4_000, 400, 120, 2
_FEW_ATOMS = 3


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a quotation between two marks of omission or insertion."""

    phrase: Phrase
    gap: Gap | None
    """What stands before it; None for the first part."""
    inserted: str = ""
    """The writer's own words before it, in brackets."""


@dataclass(frozen=True, slots=True)
class Placement:
    """All parts of a quotation, found in one document in order."""

    matches: tuple[Match, ...]
    omitted: int
    """Words of the document between the parts."""


def split(quotation: str) -> tuple[Part, ...]:
    """Cut a quotation where its writer marked an omission or an insertion.

    Returns nothing for a quotation without such a mark.
    """
    if not _BREAK.search(quotation):
        return ()
    parts: list[Part] = []
    gap: Gap | None = None
    inserted, letter, done, opened = "", "", 0, False
    for mark in (*_BREAK.finditer(quotation), None):
        upto = mark.start() if mark else len(quotation)
        attached = mark is not None and mark.lastgroup != "omission"
        raw = letter + quotation[done:upto]
        piece = phrase(
            raw,
            open_start=opened and raw[:1].isalnum(),
            open_end=attached and raw[-1:].isalnum(),
        )
        if piece.atoms:
            parts.append(Part(piece, gap if parts else None, inserted))
            gap, inserted = None, ""
        if mark:
            gap = "omission" if gap == "omission" else _gap(mark)
            letter = mark.group()[1:-1] if mark["letter"] else ""
            inserted += mark.group()
            opened, done = bool(mark["insertion"]), mark.end()
    return tuple(parts)


def _gap(mark: re.Match[str]) -> Gap:
    if mark["letter"]:
        return "letter"
    return "omission" if mark["omission"] else "insertion"


def placements(parts: Sequence[Part], finder: Finder) -> list[Placement]:
    """Return every way to find all parts in one document, each part once."""
    longest = max(range(len(parts)), key=lambda index: len(parts[index].phrase.core))
    found: dict[tuple[str, int, int], Placement] = {}
    for match in finder.matches(parts[longest].phrase):
        matches = _around(parts, longest, match)
        if matches and not _contradicted(parts, matches):
            key = (match.source.document.path, matches[0].start, matches[-1].end)
            found.setdefault(key, Placement(matches, _omitted(parts, matches)))
    return [found[key] for key in sorted(found)]


def _around(parts: Sequence[Part], index: int, match: Match) -> tuple[Match, ...] | None:
    """Place the other parts before and after one, each as near as it stands."""
    matches = [match]
    for at in range(index + 1, len(parts)):
        after = next(_after(parts, at, matches[-1]), None)
        if after is None:
            return None
        matches.append(after)
    for at in range(index, 0, -1):
        before = list(_before(parts, at, matches[0]))
        if not before:
            return None
        matches.insert(0, before[-1])
    return tuple(matches)


def _after(parts: Sequence[Part], index: int, match: Match) -> Iterator[Match]:
    piece = parts[index].phrase
    end = match.end + _reach(parts, index) + len(piece.core)
    return sweep(piece, match.source, match.end, end)


def _before(parts: Sequence[Part], index: int, match: Match) -> Iterator[Match]:
    piece = parts[index - 1].phrase
    start = max(0, match.start - _reach(parts, index) - len(piece.core))
    return sweep(piece, match.source, start, match.start)


def _reach(parts: Sequence[Part], index: int) -> int:
    """Return how many characters may lie between a part and the one before it."""
    gap = parts[index].gap
    if gap == "letter":
        return _LETTER
    if gap == "insertion":
        return _BRACKET
    shortest = min(len(part.phrase.atoms) for part in parts[index - 1 : index + 1])
    return _NEAR if shortest < _FEW_ATOMS else _FAR


def _contradicted(parts: Sequence[Part], matches: Sequence[Match]) -> bool:
    """Return whether the source has brackets of its own there, with other words in them."""
    return any(
        part.gap == "insertion"
        and re.search(r"\[.*\]", _between(before, after))
        and _words(part.inserted) != _words(_between(before, after))
        for part, before, after in zip(parts[1:], matches, matches[1:], strict=False)
    )


def _between(before: Match, after: Match) -> str:
    return before.source.folded.text[before.end : after.start]


def _words(text: str) -> list[str]:
    return WORD.findall(fold(text).text)


def _omitted(parts: Sequence[Part], matches: Sequence[Match]) -> int:
    """Count the words left out; a bracket that the source has too leaves out nothing."""
    words = 0
    for part, before, after in zip(parts[1:], matches, matches[1:], strict=False):
        between = _between(before, after)
        if _words(part.inserted) != _words(between):
            words += count_words(between)
    return words
