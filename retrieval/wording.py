"""Which words two sentences do not share."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"\w+(?:[’'-]\w+)*")


def own_words(quote: str, other: str) -> list[tuple[int, int]]:
    """Return the slices of ``quote`` that do not stand in ``other``, in the order of both.

    Words are compared folded and without the marks between them; words of ``quote`` next
    to each other are one slice. Offsets count code points.
    """
    from rapidfuzz.distance import LCSseq

    found = list(_WORD.finditer(quote))
    own = [_folded(match[0]) for match in found]
    slices: list[tuple[int, int]] = []
    for edit in LCSseq.opcodes(own, [_folded(word) for word in _WORD.findall(other)]):
        if edit.tag in ("delete", "replace"):
            slices.append((found[edit.src_start].start(), found[edit.src_end - 1].end()))
    return slices


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold().replace("’", "'")
