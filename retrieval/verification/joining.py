"""Words that stand in the documents only in pieces, or only in part."""

from __future__ import annotations

from retrieval.verification.phrases import Finder, Match, Phrase
from retrieval.verification.sources import Source
from retrieval.verification.words import ATOM, cuts_word

_MOST_PIECES = 4
_LEAST_ATOMS = 3
_LEAST_RUN = 5


def joined(phrase: Phrase, finder: Finder) -> tuple[Match, ...]:
    """Return two to four places whose words, set together, are the phrase's; else nothing.

    Each piece has at least three words and is taken as long as it goes.
    """
    pieces: list[Match] = []
    index, last = 0, max(0, len(phrase.atoms) - _LEAST_ATOMS)
    while index < len(phrase.atoms) and len(pieces) < _MOST_PIECES:
        # The last piece may share words with the one before it.
        piece, following = _longest(phrase, finder, min(index, last))
        if piece is None or following <= index:
            return ()
        if pieces and _adjoin(pieces[-1], piece):
            piece = Match(piece.source, pieces.pop().start, piece.end)
        pieces.append(piece)
        index = following
    return tuple(pieces) if index == len(phrase.atoms) and len(pieces) > 1 else ()


def _adjoin(one: Match, other: Match) -> bool:
    """Return whether nothing but punctuation lies between two pieces."""
    if one.source is not other.source or other.start < one.end:
        return False
    return not ATOM.search(one.source.lowered, one.end, other.start)


def longest_run(phrase: Phrase, finder: Finder) -> Match | None:
    """Return where the longest stretch of a phrase stands, if it is worth showing.

    That is at least five words and a third of the phrase.
    """
    best: Match | None = None
    length = max(_LEAST_RUN, len(phrase.atoms) // 3) - 1
    index = 0
    while index + length < len(phrase.atoms):
        match, upto = _longest(phrase, finder, index)
        if match and upto - index > length:
            best, length = match, upto - index
        index += 1
    return best


def _longest(phrase: Phrase, finder: Finder, index: int) -> tuple[Match | None, int]:
    """Return the longest stretch of the phrase from one atom on that stands somewhere.

    Also the number of the atom after it.
    """
    best: Match | None = None
    reached = index + _LEAST_ATOMS - 1
    for source, at in finder.starts(phrase, index):
        match, upto = _common(phrase, source, index, at)
        if upto > reached and not cuts_word(source.folded, at):
            best, reached = match, upto
    return best, reached


def _common(phrase: Phrase, source: Source, index: int, at: int) -> tuple[Match, int]:
    """Return how far the phrase, from atom ``index`` on, agrees with the text at ``at``.

    It agrees up to the end of a word in both.
    """
    core, text, start = phrase.core, source.folded.text, phrase.atom_starts[index]
    done, upto = start, index
    for number in range(index, len(phrase.atoms)):
        end = phrase.atom_starts[number] + len(phrase.atoms[number])
        # The case of a piece's first letter is the writer's to adapt.
        skip = done == start
        if not text.startswith(core[done + skip : end], at + done + skip - start):
            break
        done = end
        ours, theirs = phrase.start + end, at + end - start
        if not cuts_word(phrase.folded, ours) and not cuts_word(source.folded, theirs):
            upto = number + 1
    last = phrase.atom_starts[upto - 1] + len(phrase.atoms[upto - 1]) if upto > index else start
    return Match(source, at, at + last - start), upto
