"""The passage that comes nearest to words which stand nowhere, and how it differs.

Places are proposed by the rare words that a phrase shares with a document at
about the same distances, then compared word by word.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel, Levenshtein

from retrieval.verification.folding import Folded
from retrieval.verification.phrases import Match, Phrase
from retrieval.verification.sources import Source
from retrieval.verification.words import TOKEN, WORD

SIMILAR = 0.6
"""Share of words in order from which on a passage counts as the one that was meant."""

_GAP = 1 << 24
"""Between the atoms of two documents, so that no phrase reaches from one into the next."""
_POSITIONS = 20_000
"""Places of rare words that are looked at for one phrase."""
_CANDIDATES = 12
_SLACK = 8
"""Words looked at on either side of a proposed place, at least."""

Op = Literal["equal", "replace", "delete", "insert"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A stretch of the draft and what the source has in its place.

    The drafts of all stretches make up the quotation, the sources the passage,
    to the character.
    """

    op: Op
    """"delete": only the draft has these words; "insert": only the source has them."""
    draft: str
    source: str

    def to_dict(self) -> dict[str, str]:
        """As JSON."""
        return {"op": self.op, "draft": self.draft, "source": self.source}


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
                for index, atom in enumerate(source.atoms(), number * _GAP):
                    if atom in self._positions:
                        self._positions[atom].append(index)

    def nearest(self, phrase: Phrase) -> list[Candidate]:
        """Return the passages most like the phrase, best first; fewer than a dozen."""
        words = _words(phrase.lowered)
        found = {}
        for place in self._proposed(phrase):
            candidate = self._compared(phrase, words, place)
            if candidate:
                found[candidate.order[1:]] = candidate
        return sorted(found.values(), key=lambda candidate: candidate.order)

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
        return [max(0, (bucket - 1) * width) for bucket in best]

    def _compared(self, phrase: Phrase, words: list[str], place: int) -> Candidate | None:
        """Return the slice around ``place`` whose words are most like the phrase's."""
        number, index = divmod(place, _GAP)
        source = self.sources[min(number, len(self.sources) - 1)]
        starts = source.atom_starts
        slack = max(_SLACK, len(phrase.atoms) // 3)
        first = max(0, index - slack)
        last = index + len(phrase.atoms) + slack
        if not starts or first >= len(starts) or not words:
            return None
        start = starts[first]
        end = starts[last] if last < len(starts) else len(source.lowered)
        around = list(WORD.finditer(source.lowered, start, end))
        keys = [word.group() for word in around]
        if not keys:
            return None
        low, high = _best_window(words, keys)
        similarity = Indel.normalized_similarity(words, keys[low:high])
        return Candidate(Match(source, around[low].start(), around[high - 1].end()), similarity)


def _words(lowered: str) -> list[str]:
    return [word.group() for word in WORD.finditer(lowered)]


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
        low = min(range(max(0, low - reach), min(high, low + reach + 1)), key=lambda at: cost(at, high))
    return low, high


def differences(phrase: Phrase, match: Match) -> tuple[Difference, ...]:
    """Compare a phrase with a passage, word by word."""
    draft = list(TOKEN.finditer(phrase.folded.text, phrase.start, phrase.end))
    source = list(TOKEN.finditer(match.source.folded.text, match.start, match.end))
    left, right = [t.group() for t in draft], [t.group() for t in source]
    if left and right and left[0] != right[0] and left[0][1:] == right[0][1:]:
        if left[0].lower() == right[0].lower():  # the first letter's case is style
            left[0] = right[0]
    steps = [(o.tag, o.src_end, o.dest_end) for o in Levenshtein.opcodes(left, right)]
    cuts_draft = _cuts(phrase.folded, draft, 0, len(phrase.raw))
    cuts_source = _cuts(match.source.folded, source, *match.span)
    result: list[Difference] = []
    done_draft = done_source = 0
    for op, end_draft, end_source in _merged(steps):
        result.append(
            Difference(
                op,
                phrase.raw[cuts_draft[done_draft] : cuts_draft[end_draft]],
                match.source.document.text[cuts_source[done_source] : cuts_source[end_source]],
            )
        )
        done_draft, done_source = end_draft, end_source
    return tuple(result)
