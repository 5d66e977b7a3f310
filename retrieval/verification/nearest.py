"""The passage that comes nearest to words which stand nowhere, and how it differs.

Places are proposed by the rare words that a phrase shares with a document at
about the same distances, then compared word by word.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from operator import itemgetter

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel, LCSseq, Levenshtein

from retrieval.verification.phrases import Finder, Match, Phrase, first_position
from retrieval.verification.sources import Source
from retrieval.verification.words import WORD, cuts_word

SIMILAR = 0.6
"""Share of words in order from which on a passage counts as the one that was meant."""

_POSITIONS = 3_000
"""Places of rare words that are looked at for one phrase."""
_HOPELESS, _CLOSE = 40, 10
"""A rough score below which nothing is compared closely, and how far below the best one."""
_CANDIDATES = 12
_SENTENCE_END = re.compile("[.!?…]")
_SLACK = 8
"""Words looked at on either side of a proposed place, at least."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may be what a phrase was taken from."""

    match: Match
    similarity: float
    """Words in the same order in both, as a share of the longer one's: 0 to 1."""
    changes: int
    """Words to change, add or leave out, capital letters included."""
    missing: int
    """By how many words one is longer than the other."""

    @property
    def order(self) -> tuple[float, int, int, str, int]:
        """Best first, then by path and start."""
        path = self.match.source.document.path
        return -self.similarity, self.changes, self.missing, path, self.match.start


@dataclass(frozen=True, slots=True)
class _Rough:
    """A passage around a proposed place, roughly aligned with a phrase."""

    source: Source
    around: list[re.Match[str]]
    keys: list[str]
    """The words of ``around``."""
    score: float
    """0 to 100."""
    low: int
    high: int


class Neighbourhood:
    """Finds the nearest passages; made for all phrases at once."""

    def __init__(self, finder: Finder, phrases: Iterable[Phrase]) -> None:
        self._finder = finder
        self._positions: dict[str, array[int]] = {
            atom: array("Q") for phrase in phrases for atom in phrase.atoms
        }
        if self._positions:
            for number, source in enumerate(finder.sources):
                for index, atom in enumerate(source.atoms(), first_position(number)):
                    if atom in self._positions:
                        self._positions[atom].append(index)

    def nearest(self, phrase: Phrase) -> list[Candidate]:
        """Return the passages most like the phrase, best first; a dozen at most."""
        words = list(WORD.finditer(phrase.lowered))
        wanted = [word.group() for word in words]
        places = self._proposed(phrase) if words else []
        rough = [self._roughly(phrase, wanted, place) for place in places]
        least = max([_HOPELESS, *(one.score - _CLOSE for one in rough)])
        compared = [_compared(phrase, words, wanted, one) for one in rough if one.score >= least]
        kept: list[Candidate] = []
        for candidate in sorted(compared, key=lambda candidate: candidate.order):
            # Neighbouring places give the same passage, or less of it.
            if not any(candidate.match.overlaps(other.match) for other in kept):
                kept.append(candidate)
        return kept

    def _proposed(self, phrase: Phrase) -> list[int]:
        """Return positions where much of the phrase may begin.

        Each rare word, and each rare three words in a row, votes for where the
        phrase would begin if it were the same one.
        """
        width = _width(phrase)
        votes: Counter[int] = Counter()
        looked_at = 0
        voters = [(self._positions[atom], index) for index, atom in enumerate(phrase.atoms)]
        voters += self._finder.positions(phrase)
        for positions, index in sorted(voters, key=lambda voter: (len(voter[0]), voter[1])):
            looked_at += len(positions)
            if looked_at > _POSITIONS and votes:
                break
            ahead = width - index
            votes.update([(position + ahead) // width for position in positions[:_POSITIONS]])
        # The place may lie on the border of two buckets.
        scores = [(count + votes.get(bucket - 1, 0), bucket) for bucket, count in votes.items()]
        scores.sort(key=itemgetter(0), reverse=True)
        return [(bucket - 2) * width for _, bucket in scores[:_CANDIDATES]]

    def _roughly(self, phrase: Phrase, wanted: list[str], place: int) -> _Rough:
        """Align the phrase with the words around a proposed place."""
        source, index = self._finder.at(place)
        slack = max(_SLACK, len(phrase.atoms) // 3)
        start = source.atom_start(index - slack)
        # The phrase may begin anywhere in two buckets.
        end = source.atom_start(index + len(phrase.atoms) + slack + 2 * _width(phrase))
        around = list(WORD.finditer(source.lowered, start, end))
        keys = [word.group() for word in around]
        if len(wanted) >= len(keys):
            score = 100 * Indel.normalized_similarity(wanted, keys)
            return _Rough(source, around, keys, score, 0, len(keys))
        found = fuzz.partial_ratio_alignment(wanted, keys)
        if found is None:
            return _Rough(source, around, keys, 0.0, 0, len(keys))
        return _Rough(source, around, keys, found.score, found.dest_start, found.dest_end)


def _width(phrase: Phrase) -> int:
    """Return how many atoms the places that one bucket collects may lie apart."""
    return max(4, len(phrase.atoms) // 4)


def _compared(
    phrase: Phrase, words: list[re.Match[str]], wanted: list[str], rough: _Rough
) -> Candidate:
    """Return the slice of a passage whose words are most like the phrase's."""
    around, keys = rough.around, rough.keys
    low, high = _best_window(wanted, keys, rough.low, rough.high)
    low, high = _within_sentence(words, around, low, high)
    similarity = LCSseq.normalized_similarity(wanted, keys[low:high])
    start, end = around[low].start(), around[high - 1].end()
    copy = rough.source.folded
    # Half a compound or a figure without its sign would look like no difference.
    while cuts_word(copy, start):
        start -= 1
    while cuts_word(copy, end):
        end += 1
    # Marks that the phrase has before its first and after its last word.
    lead, trail = phrase.lowered[: words[0].start()], phrase.lowered[words[-1].end() :]
    start -= len(lead) if copy.text.endswith(lead, 0, start) else 0
    end += len(trail) if copy.text.startswith(trail, end) else 0
    theirs = [copy.text[word.start() : word.end()] for word in around[low:high]]
    ours = [phrase.core[word.start() : word.end()] for word in words]
    changes, missing = Levenshtein.distance(ours, theirs), abs(len(theirs) - len(ours))
    return Candidate(Match(rough.source, start, end), similarity, changes, missing)


def _best_window(words: list[str], keys: list[str], low: int, high: int) -> tuple[int, int]:
    """Move both ends to where the fewest changes turn the keys between them into ``words``.

    Of several places, the one that keeps most words; then the one whose number
    of words comes nearest to the phrase's.
    """
    low, high = min(low, len(keys) - 1), max(high, low + 1)

    def best(windows: list[tuple[int, int]]) -> tuple[int, int]:
        changes = [Levenshtein.distance(words, keys[low:high]) for low, high in windows]
        fewest = min(changes)
        ties = [at for at, count in zip(windows, changes, strict=True) if count == fewest]
        return min(ties, key=rank) if len(ties) > 1 else ties[0]

    def rank(window: tuple[int, int]) -> tuple[int, int]:
        low, high = window
        return -LCSseq.similarity(words, keys[low:high]), abs(high - low - len(words))

    reach = max(_SLACK, len(words) // 3)
    for _ in range(2):
        ends = range(max(low + 1, high - reach), min(len(keys), high + reach) + 1)
        low, high = best([(low, end) for end in ends])
        starts = range(max(0, low - reach), min(high, low + reach + 1))
        low, high = best([(start, high) for start in starts])
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
