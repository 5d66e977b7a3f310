"""How a follow-up borrows from the turns before it: by rule, and always on show."""

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
_MORE = re.compile(
    r"^\W*(?:(?:and |tell me |show me |say )?(?:some )?more(?: (?:please|on (?:that|this|it)|about "
    r"(?:that|this|it)))?|go on|continue|(?:and )?(?:what|anything|something) else|next)\W*$",
    re.IGNORECASE,
)
_SPEAKER = re.compile(
    r"^\W*(?:and |but |so )?who(?: else)? (?:said|says|told|claimed|claims|wrote|stated|called|"
    r"thinks|thought|argued|believes) (?:so|that|this|it|them|those)\b",
    re.IGNORECASE,
)
_FEW = 2
"""A question with at most this many words of its own is likely to be the rest of another."""

LEANING, STANDING = 0.6, 0.25
"""Share of the search given to the earlier turns, by whether the question leans on them
(fitted on MTRAG-UN: docs/experiments.md)."""
QUOTED = 0.5
"""Share of that share given to the evidence that was shown last."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The first quote of an earlier answer."""

    turn: int
    path: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Understood:
    """A question, resolved against the conversation."""

    text: str
    """What is searched, as one text."""
    parts: tuple[tuple[str, float], ...]
    """What is searched, with weights that sum to 1."""
    carried: tuple[Carried, ...] = ()
    leaning: bool = False
    """It cannot be understood without the turns before it."""
    more: bool = False
    """It asks for what was not shown yet."""
    speaker: bool = False
    """It asks who said what was shown last."""


def understand(question: str, history: Sequence[str], shown: Sequence[Shown] = ()) -> Understood:
    """Resolve ``question`` against the earlier ones, oldest first.

    Its own words go first; the question before it is mixed in, more where this one
    points back (pronouns, few words of its own), and with what that one leans on.
    """
    turns = enumerate(history, start=1)
    earlier = [
        (number, text) for number, text in turns if read_query(text).words and not asks_more(text)
    ]
    if not earlier:
        return Understood(question, ((question, 1.0),))
    carried = [earlier.pop()]
    while earlier and leans(carried[0][1]):
        carried.insert(0, earlier.pop())
    before = " ".join(text for _, text in carried)
    borrowed = tuple(Carried(number, text) for number, text in carried)
    if asks_more(question):
        return Understood(before, ((before, 1.0),), borrowed, leaning=True, more=True)
    joined = f"{before} {question}"
    leaning = leans(question)
    share = LEANING if leaning else STANDING
    parts = [(question, 1.0 - share), (joined, share)]
    last = next((each for each in reversed(shown) if each.turn == len(history)), None)
    if last is not None:
        parts = [
            (question, 1.0 - share),
            (joined, share * (1 - QUOTED)),
            (f"{last.quote} {question}", share * QUOTED),
        ]
        borrowed = (*borrowed, Carried(last.turn, last.quote))
    return Understood(
        joined, tuple(parts), borrowed, leaning=leaning, speaker=bool(_SPEAKER.match(question))
    )


def asks_more(question: str) -> bool:
    """Say whether a question only asks to go on."""
    return bool(_MORE.match(question))


def leans(question: str) -> bool:
    """Say whether a question cannot be understood without the ones before it."""
    query = read_query(question)
    own = [word for word in query.content_words if word not in _POINTERS]
    words = {word.casefold() for word in query.words}
    if words & _POINTERS and len(own) <= 4:
        return True
    return len(own) <= (_FEW if _OPENERS.match(question) else 1)
