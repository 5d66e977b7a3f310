"""What counts as a word: for counting, for comparing, and for not cutting one in two.

Everything here works on folded text (see ``folding``), where every apostrophe
is ``'`` and every dash is ``-``.
"""

from __future__ import annotations

import re
import unicodedata

# Scripts that write no spaces between words: each character counts as a word.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_LETTERS = rf"[^\W_{_UNSPACED}]+"

ATOM = re.compile(rf"{_LETTERS}|[{_UNSPACED}]")
"""The smallest piece: a run of letters and digits, or one unspaced character."""

_WORD = rf"{_LETTERS}(?:'{_LETTERS}|(?<=\d)[.,:/](?=\d){_LETTERS})*|[{_UNSPACED}]"
WORD = re.compile(_WORD)
"""A word or a figure: ``don't``, ``1,400``, ``9.30``."""

TOKEN = re.compile(rf"{_WORD}|[^\w\s]|_")
"""A word, a figure or a single punctuation mark."""

_COUNTED = re.compile(rf"{_LETTERS}(?:['.,:/&@-]+{_LETTERS})*|[{_UNSPACED}]")
_SPACELESS = re.compile(f"[{_UNSPACED}]")


def count_words(folded: str) -> int:
    """Return how many words a reader counts: ``lower-ranking`` and ``U.S`` are one each."""
    return sum(1 for _ in _COUNTED.finditer(folded))


def cuts_word(folded: str, at: int) -> bool:
    """Return whether ``at`` stands inside a word, a figure or an accented letter."""
    if at <= 0 or at >= len(folded):
        return False
    before, after = folded[at - 1], folded[at]
    if _SPACELESS.match(before) or _SPACELESS.match(after):
        return False
    if unicodedata.category(after)[0] == "M":
        return True
    if before.isalnum() and after.isalnum():
        return True
    return _joins(folded, at) or _joins(folded, at - 1)


def _joins(folded: str, at: int) -> bool:
    """Return whether the mark at ``at`` joins two halves of a word or a figure."""
    if at <= 0 or at + 1 >= len(folded):
        return False
    before, mark, after = folded[at - 1], folded[at], folded[at + 1]
    if mark == "'":
        return before.isalnum() and after.isalnum()
    return mark in ".,:/" and before.isdigit() and after.isdigit()
