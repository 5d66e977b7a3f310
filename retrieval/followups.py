"""How a follow-up borrows from earlier questions: by rule, and always on show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .query import read_query
from .records import Carried

_POINTERS = frozenset(
    """he she it they him her them his hers its their theirs this that these those there then
    here former latter same one ones""".split()
)
_OPENERS = re.compile(
    r"^\W*(?:and|but|so|or|what about|how about|why|how so|who said (?:that|so|it)|more|go on"
    r"|anything else|else|when|where|who|how many|how much|since when|which ones?)\b",
    re.IGNORECASE,
)
_FEW = 2
"""A question with at most this many words of its own is likely to be the rest of another."""

LEANING, STANDING = 0.6, 0.25
"""Share of the search given to the earlier questions, by whether the question leans on them
(fitted on MTRAG-UN: docs/experiments.md)."""


@dataclass(frozen=True, slots=True)
class Understood:
    """A question, resolved against the conversation."""

    text: str
    """What is searched, as one text."""
    parts: tuple[tuple[str, float], ...]
    """What is searched, with weights that sum to 1."""
    carried: tuple[Carried, ...]


def understand(question: str, history: Sequence[str]) -> Understood:
    """Resolve ``question`` against the earlier ones, oldest first.

    Its own words go first; the question before it is mixed in, more where this one
    points back (pronouns, few words of its own), and with what that one leans on.
    """
    turns = enumerate(history, start=1)
    earlier = [(number, text) for number, text in turns if read_query(text).words]
    if not earlier:
        return Understood(question, ((question, 1.0),), ())
    carried = [earlier.pop()]
    while earlier and leans(carried[0][1]):
        carried.insert(0, earlier.pop())
    joined = " ".join([*(text for _, text in carried), question])
    share = LEANING if leans(question) else STANDING
    return Understood(
        joined,
        ((question, 1.0 - share), (joined, share)),
        tuple(Carried(number, text) for number, text in carried),
    )


def leans(question: str) -> bool:
    """Say whether a question cannot be understood without the ones before it."""
    query = read_query(question)
    own = [word for word in query.content_words if word not in _POINTERS]
    words = {word.casefold() for word in query.words}
    if words & _POINTERS and len(own) <= 4:
        return True
    return len(own) <= (_FEW if _OPENERS.match(question) else 1)
