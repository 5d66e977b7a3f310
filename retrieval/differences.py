"""Sentences of other documents that state a different figure or date for what was asked about.

Better none than a false alarm: only where the question asks for a figure or a date, only
for the very thing it asks about, and only in sentences much like the quote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .evidence import Choice, sentence_vector, wanted
from .query import STOPWORDS
from .store import Snapshot

_ALIKE = {"number": 0.45, "date": 0.75}
"""Least cosine of two sentences that may state the same thing."""
_BEHIND = 0.25
"""How far the other sentence may stand behind the quote, in evidence score."""
_MOST = 3
_TOKEN = re.compile(r"\d+(?:[,.]\d+)*|\w+|[^\w\s]")
_HOW_MANY = re.compile(
    r"\b(?:how many|(?:what|the) number of)\s+((?:\w+\s+){0,2}\w+)", re.IGNORECASE
)
_UNITS = frozenset("years months weeks days hours minutes times people per percent".split())
"""What counts too many different things for two figures to be of the same one."""
_YEAR = re.compile(r"\b(?:1[0-9]{3}|20[0-9]{2})\b")
_NUMBERS = {
    word: str(value)
    for value, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
        fifteen sixteen seventeen eighteen nineteen twenty""".split()
    )
} | {"dozens": "dozens", "hundreds": "hundreds", "thousands": "thousands"}  # fmt: skip
_RUN = 4
"""Words after a number among which stands what it counts."""


def differing(
    snapshot: Snapshot, question: str, quote: Choice, choices: Sequence[Choice]
) -> list[Choice]:
    """Return sentences of other documents that state another figure or date, best first.

    Args:
        snapshot: the index.
        question: as it was asked.
        quote: the evidence.
        choices: every sentence that was weighed, best first.
    """
    kind = wanted(question)
    if kind not in _ALIKE:
        return []
    things = _asked(snapshot, question) if kind == "number" else set()
    own, path = _stated(snapshot, quote, kind, things), quote.passage.document.path
    if not own:
        return []
    vector = sentence_vector(snapshot, quote)
    found: list[Choice] = []
    for other in choices:
        if len(found) == _MOST or other.score < quote.score - _BEHIND:
            break
        if other.passage.document.path == path:
            continue  # who gives two figures in one text gives them of two things
        stated = _stated(snapshot, other, kind, things)
        if (
            stated
            and not stated & own
            and not any(stated <= _stated(snapshot, each, kind, things) for each in found)
            and float(sentence_vector(snapshot, other) @ vector) >= _ALIKE[kind]
        ):
            found.append(other)
    return found


def _asked(snapshot: Snapshot, question: str) -> set[str]:
    """Return the stems of what is to be counted: the first words after "how many"."""
    match = _HOW_MANY.search(question)
    words = match.group(1).split() if match else []
    kept: list[str] = []
    for word in words:
        if word.casefold() in STOPWORDS | _UNITS:
            break
        kept.append(word)
    return {stem for word in kept[:2] for stem in snapshot.stems(word)}


def _stated(snapshot: Snapshot, choice: Choice, kind: str, things: set[str]) -> set[str]:
    """Return the figures that a sentence gives for things, or the years that it names."""
    text = choice.passage.document.text[choice.core : choice.end]
    if kind == "date":
        return set(_YEAR.findall(text))
    return {value for value, words in _figures(text) if things & set(snapshot.stems(words))}


def _figures(text: str) -> Iterator[tuple[str, str]]:
    """Yield each number with the words after it, up to a function word or a mark."""
    tokens = _TOKEN.findall(text)
    for at, token in enumerate(tokens):
        value = token.replace(",", "") if token[0].isdigit() else _NUMBERS.get(token.casefold())
        if value is None:
            continue
        run: list[str] = []
        for word in tokens[at + 1 : at + 1 + _RUN]:
            if not word[0].isalpha() or word.casefold() in STOPWORDS - {"of"}:
                break
            run.append(word)
        yield value, " ".join(run)
