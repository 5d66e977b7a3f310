"""What kind of answer a question asks for, and whether a sentence offers one."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["number", "date", "person", "place", "reason", "other"]

_THING = r"(?:city|country|place|town|region|state|village|river|area)"
_ASKS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("number", re.compile(
        r"\bhow (?:many|much|long|old|far|large|big|often|tall|high|deep|wide)\b"
        r"|\b(?:percentage|proportion|what (?:number|share|size|age))\b", re.IGNORECASE)),
    ("date", re.compile(
        r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|decade)\b", re.IGNORECASE)),
    ("person", re.compile(r"\bwho(?:m|se)?\b", re.IGNORECASE)),
    ("place", re.compile(rf"\bwhere\b|\b(?:what|which) {_THING}\b", re.IGNORECASE)),
    ("reason", re.compile(r"\bwhy\b|\b(?:what reason|what caused|how come)\b", re.IGNORECASE)),
)  # fmt: skip

_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?"
    r"|thousands?|millions?|billions?|half|twice|third|quarter|per ?cent)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b(?:1[0-9]{3}|20[0-9]{2}|[0-9]{1,2}(?:st|nd|rd|th) century|january|february|march|april|may"
    r"|june|july|august|september|october|november|december|(?:mon|tues|wednes|thurs|fri|satur|sun)"
    r"day|yesterday|today|tomorrow|century|decades?|[0-9]+s)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<=[a-z,;:’'\"“‘] )[A-Z][\w’'-]+")
_REASON = re.compile(
    r"\b(?:because|due to|so that|in order to|as a result|since|therefore|thus|reasons?|owing to"
    r"|led to|caused?|for fear|to avoid)\b",
    re.IGNORECASE,
)


def wanted(question: str) -> Kind:
    """Return what a question asks for; of several kinds the first in the order above."""
    return next((kind for kind, pattern in _ASKS if pattern.search(question)), "other")


def offers(kind: Kind, sentence: str, asked: frozenset[str]) -> bool:
    """Say whether a sentence holds something of a kind.

    Args:
        kind: what is asked for.
        sentence: the words.
        asked: the question's words, case-folded: a name among them is no answer.
    """
    if kind == "number":
        return bool(_NUMBER.search(sentence))
    if kind == "date":
        return bool(_DATE.search(sentence))
    if kind == "reason":
        return bool(_REASON.search(sentence))
    if kind in ("person", "place"):
        return any(name.casefold() not in asked for name in _NAME.findall(sentence))
    return False
