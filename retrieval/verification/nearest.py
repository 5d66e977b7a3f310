"""The passage that comes nearest to words which stand nowhere, and how it differs.

Places are proposed by the rare words that a phrase shares with a document at
about the same distances, then compared word by word.
"""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel, Levenshtein

from retrieval.verification.phrases import Match, Phrase
from retrieval.verification.sources import Source
from retrieval.verification.words import WORD

SIMILAR = 0.6
"""Share of words in order from which on a passage counts as the one that was meant."""

_SHIFT = 32
_LEAD = 1 << 24
"""Room before a document's first atom, so that no phrase reaches back into another one."""
_POSITIONS = 20_000
"""Places of rare words that are looked at for one phrase."""
_CANDIDATES = 12
_MASK = (1 << _SHIFT) - 1
_SENTENCE_END = re.compile("[.!?…]")
_SLACK = 8
"""Words looked at on either side of a proposed place, at least."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may be what a phrase was taken from."""

    match: Match
    similarity: float
    """Share of the words of both that stand in the same order, 0 to 1."""

    @property
    def order(self) -> tuple[float, str, int]:
        """Best first, then by path and start."""
        return (-self.similarity, self.match.source.document.path, self.match.start)


class Neighbourhood:
    """Finds the nearest passages; made for all phrases at once."""

    def __init__(self, sources: Sequence[Source], phrases: Iterable[Phrase]) -> None:
        self.sources = sources
        self._positions: dict[str, array[int]] = {
            atom: array("Q") for phrase in phrases for atom in phrase.atoms
        }
        if self._positions:
            for number, source in enumerate(sources):
                for index, atom in enumerate(source.atoms(), (number << _SHIFT) + _LEAD):
                    if atom in self._positions:
                        self._positions[atom].append(index)

    def nearest(self, phrase: Phrase) -> list[Candidate]:
        """Return the passages most like the phrase, best first; a dozen at most."""
        words = list(WORD.finditer(phrase.lowered))
        places = self._proposed(phrase) if words else []
        kept: list[Candidate] = []
        compared = [self._compared(phrase, words, place) for place in places]
        for candidate in sorted(compared, key=lambda candidate: candidate.order):
            # Neighbouring places give the same passage, or less of it.
            if not any(candidate.match.overlaps(other.match) for other in kept):
                kept.append(candidate)
        return kept

    def _proposed(self, phrase: Phrase) -> list[int]:
        """Return places (packed atom positions) where much of the phrase may begin."""
        places: dict[str, list[int]] = defaultdict(list)
        for index, atom in enumerate(phrase.atoms):
            places[atom].append(index)
        width = max(4, len(phrase.atoms) // 4)
        votes: dict[int, set[int]] = defaultdict(set)
        looked_at = 0
        for atom in sorted(places, key=lambda atom: (len(self._positions[atom]), atom)):
            positions = self._positions[atom]
            looked_at += len(positions) * len(places[atom])
            if looked_at > _POSITIONS and votes:
                break
            for index in places[atom]:
                for position in positions[:_POSITIONS]:
                    bucket = (position + width - index) // width
                    votes[bucket].add(index)
                    votes[bucket + 1].add(index)
        best = sorted(votes, key=lambda bucket: (-len(votes[bucket]), bucket))[:_CANDIDATES]
        return [(bucket - 1) * width for bucket in best]

    def _compared(self, phrase: Phrase, words: list[re.Match[str]], place: int) -> Candidate:
        """Return the slice around ``place`` whose words are most like the phrase's."""
        number, index = place >> _SHIFT, (place & _MASK) - _LEAD
        source = self.sources[number]
        starts = source.atom_starts
        slack = max(_SLACK, len(phrase.atoms) // 3)
        first, last = max(0, index - slack), index + len(phrase.atoms) + slack
        start = starts[first]
        end = starts[last] if last < len(starts) else len(source.lowered)
        around = list(WORD.finditer(source.lowered, start, end))
        keys = [word.group() for word in around]
        wanted = [word.group() for word in words]
        low, high = _within_sentence(words, around, *_best_window(wanted, keys))
        similarity = Indel.normalized_similarity(wanted, keys[low:high])
        return Candidate(Match(source, around[low].start(), around[high - 1].end()), similarity)


def _best_window(words: list[str], keys: list[str]) -> tuple[int, int]:
    """Return the stretch of ``keys`` that needs the fewest changes to become ``words``.

    Of several, the one whose number of words comes nearest to the phrase's.
    """
    low, high = 0, len(keys)
    if len(words) < len(keys):
        aligned = fuzz.partial_ratio_alignment(words, keys)
        if aligned:
            low, high = aligned.dest_start, aligned.dest_end
    high = max(high, low + 1)

    def cost(low: int, high: int) -> tuple[int, int, int]:
        window = keys[low:high]
        return Levenshtein.distance(words, window), abs(len(window) - len(words)), low

    reach = max(_SLACK, len(words) // 3)
    for _ in range(2):
        high = min(
            range(max(low + 1, high - reach), min(len(keys), high + reach) + 1),
            key=lambda end: cost(low, end),
        )
        low = min(
            range(max(0, low - reach), min(high, low + reach + 1)), key=lambda at: cost(at, high)
        )
    return low, high


def _within_sentence(
    words: list[re.Match[str]], around: list[re.Match[str]], low: int, high: int
) -> tuple[int, int]:
    """Leave out a first or last word that belongs to the sentence before or after.

    A word that the writer put before a sentence would otherwise be set against
    the last word of the sentence before.
    """
    if len(words) < 2 or high - low < 2:
        return low, high
    first, last = around[low], around[high - 1]
    if words[0].group() != first.group() and not _ends(words[0], words[1]):
        low += _ends(first, around[low + 1])
    if words[-1].group() != last.group() and not _ends(words[-2], words[-1]):
        high -= high - low > 1 and _ends(around[high - 2], last)
    return low, high


def _ends(word: re.Match[str], following: re.Match[str]) -> bool:
    """Return whether a sentence ends between two words of one text."""
    return bool(_SENTENCE_END.search(word.string, word.end(), following.start()))
