"""How likely a block is page furniture: menus, credits, captions, comment forms.

Found by general signs only: it holds no sentence, it says where things are in a
picture, it stands above a credit line, it repeats, it stands in the tail of the
page. Furniture is never deleted: it is searched and quoted, but must not win
against the body of a text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

FURNITURE = 1.0
CAPTION = 0.25

_WORD = re.compile(r"\w[\w’'-]*")
_END = re.compile(r"[.!?…][\"'”’)\]»]*$")
_PLACE_IN_PICTURE = re.compile(
    r"\((?:(?:top|bottom|far|centre|center|left|right|above|below|middle|pictured)[ ,]*)+\)",
    re.IGNORECASE,
)
_STOCK = re.compile(
    r"^(?:stock|file) (?:image|photo|picture)\b|^(?:photo|image|picture|credit)s?\s*[:/]",
    re.IGNORECASE,
)
_CREDIT = re.compile(r"^(?:[|©]\s*)?[A-Z0-9][A-Z0-9 .,&/'-]{1,60}$")
_SYNOPSIS = re.compile(
    r"\b(?:click|read|leave|follow|share|subscribe|sign up|log ?in|comment)\b", re.IGNORECASE
)
_CONTACT = re.compile(
    r"\S+@\S+\.\w|\bhttps?://|\bwww\.|\b[a-z0-9-]+\.(?:com|org|net|co\.uk)\b", re.IGNORECASE
)

_LONGEST_ADDRESS = 400
_SHORT = 12
"""Words; a block of body text at the end of a page is longer than this."""


def furniture_weights(texts: Sequence[str], headings: Sequence[bool]) -> list[float]:
    """Return how much each block of one document looks like furniture, 0 to 1.

    Args:
        texts: the blocks of a document, in order.
        headings: which of them are headings or the title, and so are exempt.
    """
    repeats = Counter(text.casefold() for text in texts)
    tail = _tail(texts)
    weights = []
    for number, text in enumerate(texts):
        if headings[number]:
            weights.append(0.0)
            continue
        below = texts[number + 1] if number + 1 < len(texts) else ""
        weights.append(_weight(text, below, repeats[text.casefold()], in_tail=number >= tail))
    return weights


def _weight(text: str, below: str, repeats: int, *, in_tail: bool) -> float:
    words = len(_WORD.findall(text))
    sentence = bool(_END.search(text)) and words >= 4
    if _is_credit(text) or words == 0:
        return FURNITURE
    if in_tail and words <= _SHORT:
        return FURNITURE
    if _STOCK.search(text) or _PLACE_IN_PICTURE.search(text) or _is_credit(below):
        return CAPTION
    if sentence:
        return 0.0
    if (
        in_tail
        or repeats > 1
        or (words <= _SHORT and (_SYNOPSIS.search(text) or _has_contact(text)))
    ):
        return FURNITURE
    # A few words that neither end a sentence nor introduce one: a menu or a heading.
    introduces = text.endswith(":") and not text.isupper()
    return FURNITURE if words <= 4 and not introduces else 0.0


def _has_contact(text: str) -> bool:
    """Say whether an address stands in a block; one search of all of it takes its length squared.

    A run without a space that is longer than any address, as encoded data is, has none.
    """
    runs = (run for run in text.split() if len(run) <= _LONGEST_ADDRESS)
    return any(_CONTACT.search(run) for run in runs)


def _is_credit(text: str) -> bool:
    """Say whether a block only names the owner of a picture."""
    stripped = text.strip()
    return bool(_CREDIT.match(stripped)) and (
        stripped[0] in "|©" or (stripped.isupper() and len(stripped.split()) <= 4)
    )


def _tail(texts: Sequence[str]) -> int:
    """Return the number of the first block after the last paragraph of body text."""
    for number in range(len(texts) - 1, -1, -1):
        text = texts[number]
        if len(_WORD.findall(text)) > _SHORT and _END.search(text):
            # A tail is a handful of short blocks; a list or a poem is not one.
            return number + 1 if len(texts) - number - 1 <= max(8, len(texts) // 3) else len(texts)
    return len(texts)
