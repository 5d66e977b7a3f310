"""How a passage differs from the words a draft prints, word by word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import Levenshtein

from retrieval.verification.phrases import Match, Phrase
from retrieval.verification.words import TOKEN

Op = Literal["equal", "replace", "delete", "insert"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A stretch of the draft and what the source has in its place.

    The drafts of all stretches make up what was compared, the sources the
    passage, to the character.
    """

    op: Op
    """"equal" but for style; "delete": only the draft has it; "insert": only the source."""
    draft: str
    source: str

    def to_dict(self) -> dict[str, str]:
        """As JSON."""
        return {"op": self.op, "draft": self.draft, "source": self.source}


def differences(phrase: Phrase, match: Match) -> tuple[Difference, ...]:
    """Compare a phrase with a passage, word by word."""
    copy = match.source.folded
    draft = list(TOKEN.finditer(phrase.folded.text, phrase.start, phrase.end))
    source = list(TOKEN.finditer(copy.text, match.start, match.end))
    left, right = [t.group() for t in draft], [t.group() for t in source]
    if left and right and left[0] != right[0] and _same_but_first(left[0], right[0]):
        left[0] = right[0]
    first, last = phrase.folded.span(phrase.start, phrase.end)
    draft_cuts = [first, *(phrase.folded.start_of(t.start()) for t in draft[1:]), last]
    start, end = match.span
    source_cuts = [start, *(copy.start_of(t.start()) for t in source[1:]), end]
    result: list[Difference] = []
    done = (0, 0)
    for op, upto in _steps(left, right):
        words = phrase.raw[draft_cuts[done[0]] : draft_cuts[upto[0]]]
        theirs = match.source.document.text[source_cuts[done[1]] : source_cuts[upto[1]]]
        result.append(Difference(op, words, theirs))
        done = upto
    # Marks at either end are no difference in words; they belong to no step's source.
    head = [Difference("equal", phrase.head, "")] if phrase.head else []
    tail = [Difference("equal", phrase.tail, "")] if phrase.tail else []
    return (*head, *result, *tail)


def _same_but_first(one: str, other: str) -> bool:
    return one[1:] == other[1:] and one[0].lower() == other[0].lower()


def _steps(left: list[str], right: list[str]) -> list[tuple[Op, tuple[int, int]]]:
    """Return (what to do, up to where in both), with neighbouring changes joined."""
    steps: list[tuple[Op, tuple[int, int]]] = []
    before = start = (0, 0)
    for step in Levenshtein.opcodes(left, right):
        upto = (step.src_end, step.dest_end)
        if step.tag == "equal":
            steps.append(("equal", upto))
            start = upto
        else:
            if steps and before != start:
                steps.pop()
            steps.append((_joined(start, upto), upto))
        before = upto
    return steps


def _joined(start: tuple[int, int], upto: tuple[int, int]) -> Op:
    if start[0] == upto[0]:
        return "insert"
    return "delete" if start[1] == upto[1] else "replace"
