"""From a match on folded text to a place in the document's own words."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.verification.findings import Place, Style
from retrieval.verification.folding import fold
from retrieval.verification.omissions import Placement
from retrieval.verification.phrases import Match, Phrase

_AFTER = 8
"""Characters after a match among which its closing marks are looked for."""

_NEARBY = 16

_BY_MARK: dict[str, Style] = {
    "'": "quotation marks", "-": "dashes", " ": "spaces", "…": "omission mark",
    "*": "emphasis", "_": "emphasis", ".": "final stop", ",": "final stop",
}  # fmt: skip


def place(phrase: Phrase, match: Match, *, extra: Style | None = None) -> Place:
    """Return the place of a match: exact when it has the very same code points.

    Args:
        phrase: What was looked for.
        match: Where its core stands.
        extra: What was already put aside to make the phrase from the quotation.
    """
    document = match.source.document
    start, end = match.span
    whole = _as_printed(phrase.raw, document.text, start - len(phrase.head))
    if whole is not None:
        start, end, style = whole, whole + len(phrase.raw), []
    else:
        style = _differing(phrase, match)
        if phrase.head and document.text.endswith(phrase.head, 0, start):
            start -= len(phrase.head)
        if phrase.tail and document.text.startswith(phrase.tail, end):
            end += len(phrase.tail)
    style += [extra] if extra else []
    return Place(
        how="style" if style else "exact",
        quote=document.text[start:end],
        citation=match.source.citation(start, end),
        style=tuple(dict.fromkeys(style)),
    )


def _as_printed(raw: str, text: str, expected: int) -> int | None:
    """Return where the very same characters stand, as near to ``expected`` as may be.

    Where marks meet white space, folding may set the first character off a little.
    """
    if expected >= 0 and text.startswith(raw, expected):
        return expected
    least, most = max(0, expected - _NEARBY), expected + _NEARBY
    starts = [at for at in range(least, most) if text.startswith(raw, at)]
    return min(starts, key=lambda at: abs(at - expected), default=None)


def elided_place(placement: Placement) -> Place:
    """Return the place of a quotation with omissions: from its first part to its last."""
    source = placement.matches[0].source
    parts = tuple(match.span for match in placement.matches)
    start, end = parts[0][0], parts[-1][1]
    return Place(
        how="elided",
        quote=source.document.text[start:end],
        citation=source.citation(start, end),
        parts=parts,
        omitted=placement.omitted,
    )


def part_place(match: Match) -> Place:
    """Return the place of some of a quotation's words."""
    start, end = match.span
    quote = match.source.document.text[start:end]
    return Place(how="part", quote=quote, citation=match.source.citation(start, end))


def by_place(places: Sequence[Place]) -> tuple[Place, ...]:
    """Sort by path, then start, each place once."""
    once = {(p.citation.path, p.citation.start, p.citation.end): p for p in places}
    return tuple(once[key] for key in sorted(once))


def _differing(phrase: Phrase, match: Match) -> list[Style]:
    """Return in what kinds of style a match differs, in the order of the words."""
    text, copy = match.source.document.text, match.source.folded
    start = match.span[0]
    found = _edge(phrase.head, text[max(0, start - len(phrase.head)) : start])
    for offset, letter in enumerate(phrase.core):
        ours, theirs = phrase.start + offset, match.start + offset
        mine = phrase.raw[phrase.folded.start_of(ours) : phrase.folded.start_of(ours + 1)]
        other = text[copy.start_of(theirs) : copy.start_of(theirs + 1)]
        last = offset + 1 == len(phrase.core)
        if mine != other and not (last and mine[:1] == other[:1]):
            found.append(_kind(letter, mine, other, first=offset == 0))
    return found + _ending(phrase, match)


def _kind(letter: str, mine: str, other: str, *, first: bool) -> Style:
    same = mine[:1] == other[:1]
    besides = mine[1:] + other[1:]
    if same and ("*" in besides or "_" in besides):
        return "emphasis"
    if letter in "'.,":
        return "quotation marks"
    if letter in _BY_MARK:
        return _BY_MARK[letter]
    if first and mine[:1].lower() == other[:1].lower():
        return "first letter"
    return "invisible characters" if same else "letters"


def _ending(phrase: Phrase, match: Match) -> list[Style]:
    """Return how the quotation's end differs from what follows in the document."""
    source, end = match.source, match.span[1]
    if source.document.text.startswith(phrase.tail, end):
        return []
    following = source.folded.text[match.end : match.end + _AFTER]
    theirs = following[: len(following) - len(following.lstrip(" '*_….,-"))]
    found = _edge(phrase.tail, "")
    if _stop(fold(phrase.tail).text) == _stop(theirs):
        found = [kind for kind in found if kind != "final stop"]
    return found


def _stop(ending: str) -> str:
    return next((mark for mark in ending if mark in ".,"), "")


def _edge(mine: str, other: str) -> list[Style]:
    if mine == other:
        return []
    return [_BY_MARK[mark] for mark in fold(mine).text if mark in _BY_MARK and mark != " "]
