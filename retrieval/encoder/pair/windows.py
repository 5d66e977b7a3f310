"""What the pair encoder reads of a question and a sentence, in learning as in use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

LIMIT = 96
"""Tokens of a window."""
QUESTION, TITLE, BEFORE, SENTENCE = 40, 12, 20, 60
"""Tokens of each part at most."""
_MARKS = 3
"""[CLS] before the question, [SEP] after it and at the end."""

Ids = Sequence[int]


class Window(NamedTuple):
    """Tokens with their masks, each of the same length."""

    ids: list[int]
    types: list[int]
    """1 for the sentence's tokens."""
    question: list[bool]
    """Whether a token is the question's."""
    text: list[bool]
    """Whether it is the title's, the sentence's or of what stands before it."""


def window(question: Ids, text: Sequence[Ids], marks: tuple[int, int]) -> Window:
    """Put a question and a sentence with its surroundings into one window.

    Args:
        question: token ids without special tokens, as are those of the text.
        text: the document's title; the sentence before, of which the end is kept; and the
            sentence, of which the beginning is.
        marks: the ids of [CLS] and [SEP].
    """
    title, before, sentence = text
    asked, told = list(question[:QUESTION]), list(sentence[:SENTENCE])
    room = LIMIT - len(asked) - _MARKS - len(told)
    named = list(title[: max(0, min(TITLE, room))])
    kept = max(0, min(BEFORE, room - len(named)))
    led = list(before[-kept:]) if kept else []
    start, separator = marks
    ids = [start, *asked, separator, *named, *led, *told, separator]
    ahead, around = 2 + len(asked), len(named) + len(led)
    return Window(
        ids,
        [*[0] * (ahead + around), *[1] * len(told), 0],
        [False, *[True] * len(asked), *[False] * (around + len(told) + 2)],
        [*[False] * ahead, *[True] * (around + len(told)), False],
    )
