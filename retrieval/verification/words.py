"""What counts as a word: for counting, for comparing, and for not cutting one in two.

Everything here works on folded text (see ``folding``), where every apostrophe
is ``'`` and every dash is ``-``.
"""

from __future__ import annotations

import re
import unicodedata

from retrieval.verification.folding import Folded

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

_COUNTED = re.compile(rf"{_LETTERS}(?:['.,:/&@]+{_LETTERS})*|[{_UNSPACED}]")
_APOSTROPHES = ("'", "’", "ʼ", "‘", "`", "´")
_HYPHENS = ("-", "\u2010", "\u2011", "\u2212")
_SPACELESS = re.compile(f"[{_UNSPACED}]")


def count_words(folded: str) -> int:
    """Return how many words a reader counts: ``U.S`` is one, ``lower-ranking`` two."""
    return sum(1 for _ in _COUNTED.finditer(folded))


def cuts_word(copy: Folded, at: int) -> bool:
    """Return whether ``at`` stands inside a word, a compound, a figure or an accented letter.

    "five per cent" is not in "twenty-five per cent", nor "5 million" in "£5 million".
    """
    text = copy.text
    if at <= 0 or at >= len(text):
        return False
    before, after = text[at - 1], text[at]
    if _SPACELESS.match(before) or _SPACELESS.match(after):
        return False
    if unicodedata.category(after)[0] == "M":
        return True
    if before.isalnum() and after.isalnum():
        return True
    return _joins(copy, at) or _joins(copy, at - 1) or _signs(copy, at)


def _joins(copy: Folded, at: int) -> bool:
    """Return whether the mark at ``at`` joins two halves of a word or a figure."""
    text = copy.text
    if at <= 0 or at + 1 >= len(text):
        return False
    before, mark, after = text[at - 1], text[at], text[at + 1]
    if mark in "'-" and before.isalnum() and after.isalnum():
        return _printed(copy, at) in (_APOSTROPHES if mark == "'" else _HYPHENS)
    return mark in ".,:/" and before.isdigit() and after.isdigit()


def _signs(copy: Folded, at: int) -> bool:
    """Return whether a figure would lose its sign: a currency, per cent, minus."""
    before, after = copy.text[at - 1], copy.text[at]
    if before.isdigit():
        return after in "%‰"
    if after.isdigit() and before == "-":
        return _printed(copy, at - 1)[-1:] in _HYPHENS
    return after.isdigit() and before in "£$€¥"


def _printed(copy: Folded, at: int) -> str:
    """Return what stands in the source for one folded character."""
    return copy.source[copy.start_of(at) : copy.end_of(at)]
