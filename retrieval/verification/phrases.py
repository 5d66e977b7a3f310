"""Every place where given words stand, in many documents at once.

The corpus is read once for all phrases together: each three words in a row
are looked up among those that some phrase begins, holds or ends with. A phrase
is then compared in full only where its rarest three words stand.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from retrieval.verification.folding import Folded, fold
from retrieval.verification.sources import Source
from retrieval.verification.words import ATOM, cuts_word

# An atom's position in the corpus is one number: the document's number, then the
# atom's, with room before the first one so that subtracting never reaches back
# into the document before.
_SHIFT, _LEAD = 40, 1 << 32
_MASK = (1 << _SHIFT) - 1
_MOST_STARTS = 2_000

# What writers add, drop or move where a quotation begins and ends. A stop or a
# dash before a figure is kept: ".5" and "-5" are other figures than "5".
_EDGE_START = re.compile(r"(?:[\s'*_…]|[.,-](?!\d))*")
_EDGE_END = " '*_….,-"

Gram = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words to look for."""

    raw: str
    """As printed."""
    folded: Folded = field(repr=False)
    start: int
    """Of the core: ``raw`` folded, without quotation marks at its ends and a final stop."""
    end: int
    lowered: str = field(repr=False)
    """The core in lower case, as long as the core."""
    atoms: tuple[str, ...] = field(repr=False)
    atom_starts: tuple[int, ...] = field(repr=False)
    """Counted from the start of the core."""
    open_start: bool = False
    """It may begin inside a word, because the writer marked it so: ``[re]opened``."""
    open_end: bool = False

    @property
    def core(self) -> str:
        """The folded words that must be found."""
        return self.folded.text[self.start : self.end]

    @property
    def head(self) -> str:
        """What of ``raw`` stands before the core."""
        return self.raw[: self.folded.span(self.start, self.end)[0]] if self.core else ""

    @property
    def tail(self) -> str:
        """What of ``raw`` stands after the core."""
        return self.raw[self.folded.span(self.start, self.end)[1] :] if self.core else ""


def phrase(raw: str, *, open_start: bool = False, open_end: bool = False) -> Phrase:
    """Make ``raw`` ready to be looked for."""
    folded = fold(raw)
    edge = _EDGE_START.match(folded.text)
    start = edge.end() if edge else 0
    end = max(start, len(folded.text.rstrip(_EDGE_END)))
    lowered = folded.lowered()[start:end]
    atoms = tuple(ATOM.finditer(lowered))
    return Phrase(
        raw=raw,
        folded=folded,
        start=start,
        end=end,
        lowered=lowered,
        atoms=tuple(atom.group() for atom in atoms),
        atom_starts=tuple(atom.start() for atom in atoms),
        open_start=open_start,
        open_end=open_end,
    )


@dataclass(frozen=True, slots=True)
class Match:
    """A place where the core of a phrase stands; offsets into the folded text."""

    source: Source
    start: int
    end: int

    @property
    def span(self) -> tuple[int, int]:
        """The place in the document's own text."""
        return self.source.folded.span(self.start, self.end)

    def overlaps(self, other: Match) -> bool:
        """Return whether both have a character of the same document in common."""
        same = self.source is other.source
        return same and self.start < other.end and other.start < self.end


def stands_at(phrase: Phrase, source: Source, at: int) -> bool:
    """Return whether the core stands at ``at`` in the folded text, whole words only.

    Case counts, except that of the first letter.
    """
    core, text = phrase.core, source.folded.text
    end = at + len(core)
    if at < 0 or not core or not source.lowered.startswith(phrase.lowered, at):
        return False
    # Not "equal when lowered": only the first character may differ in case.
    if not text.startswith(core[1:], at + 1):
        return False
    cut_start = not phrase.open_start and cuts_word(source.folded, at)
    return not cut_start and (phrase.open_end or not cuts_word(source.folded, end))


def first_position(number: int) -> int:
    """Return the position of the first atom of a document."""
    return (number << _SHIFT) + _LEAD


class Finder:
    """Finds phrases in documents; made for all phrases at once."""

    def __init__(self, sources: Sequence[Source], phrases: Iterable[Phrase]) -> None:
        self.sources = sources
        self._found: dict[Gram, array[int]] = {
            gram: array("Q") for phrase in phrases for gram in _grams(phrase)
        }
        if self._found:
            for number, source in enumerate(sources):
                self._scan(number, source)

    def _scan(self, number: int, source: Source) -> None:
        """Note where in one document the wanted words in a row stand."""
        found, atoms = self._found, source.atoms()
        grams = zip(atoms, atoms[1:], atoms[2:], strict=False)
        for position, gram in enumerate(grams, first_position(number)):
            if gram in found:
                found[gram].append(position)

    def at(self, position: int) -> tuple[Source, int]:
        """Return the document of a position, and the number of the atom in it."""
        return self.sources[position >> _SHIFT], (position & _MASK) - _LEAD

    def positions(self, phrase: Phrase) -> list[tuple[array[int], int]]:
        """Return where each three atoms in a row of a phrase stand, and which ones they are."""
        return [(self._found[g], i) for i, g in enumerate(_grams(phrase), phrase.open_start)]

    def matches(self, phrase: Phrase) -> list[Match]:
        """Return every place where the phrase stands, by path and start."""
        grams = _grams(phrase)
        if not grams:
            return list(self._swept(phrase))
        rarest = min(range(len(grams)), key=lambda index: len(self._found[grams[index]]))
        lead, matches = phrase.atom_starts[rarest + phrase.open_start], []
        for position in self._found[grams[rarest]]:
            source, index = self.at(position)
            at = source.atom_start(index) - lead
            if stands_at(phrase, source, at):
                matches.append(Match(source, at, at + len(phrase.core)))
        return matches

    def starts(self, phrase: Phrase, index: int) -> Iterator[tuple[Source, int]]:
        """Yield places where three atoms of a phrase stand, from number ``index`` on."""
        gram = phrase.atoms[index : index + 3]
        for position in self._found.get(gram, ())[:_MOST_STARTS]:
            source, number = self.at(position)
            yield source, source.atom_start(number)

    def _swept(self, phrase: Phrase) -> Iterator[Match]:
        """Yield the places of a phrase too short for the table of words in a row."""
        for source in self.sources:
            yield from sweep(phrase, source, 0, len(source.lowered))


def sweep(phrase: Phrase, source: Source, start: int, end: int) -> Iterator[Match]:
    """Yield the places of a phrase within ``[start, end)`` of one folded text."""
    at = source.lowered.find(phrase.lowered, start, end) if phrase.core else -1
    while at >= 0:
        if stands_at(phrase, source, at):
            yield Match(source, at, at + len(phrase.core))
        at = source.lowered.find(phrase.lowered, at + 1, end)


def _grams(phrase: Phrase) -> list[Gram]:
    """Return each three atoms in a row, without those that may be half a word."""
    atoms = phrase.atoms[phrase.open_start : len(phrase.atoms) - phrase.open_end]
    return list(zip(atoms, atoms[1:], atoms[2:], strict=False))
