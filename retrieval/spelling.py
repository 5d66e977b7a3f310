"""Words that a question spells as the documents never do, read as the word they mean.

Only words that stand nowhere in the documents are touched, and what was read is
shown as ``understood_as``. The dictionary is the corpus itself.
"""

from __future__ import annotations

import re
from collections import Counter

from rapidfuzz.distance import OSA

from .query import STOPWORDS, read_query
from .store import Snapshot

_SHORTEST = 5
"""Shorter words are too like one another."""
_LONGEST = 40
"""Longer ones are no words."""
_MOST_UNKNOWN = 16
"""A text with more unknown words than this is not misspelt, but in another language."""
_LONG = 8
"""From this length on two edits are forgiven, in a word that is no name."""
_LOOKED_AT = 40
"""Passages whose words are compared with a misspelt one."""
_WORD = re.compile(r"\w+")


def corrected(snapshot: Snapshot, text: str) -> str:
    """Return ``text`` with its misspelt words replaced, all else as it was typed."""
    query = read_query(text)
    quoted = {word for phrase in query.phrases for word in _WORD.findall(phrase)}
    words = (word for word in dict.fromkeys(query.words) if word not in quoted)
    unknown = [word for word in words if _unknown(snapshot, word)]
    for word in unknown if len(unknown) <= _MOST_UNKNOWN else ():
        meant = _meant(snapshot, word)
        if meant is not None:
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", meant, text)
    return text


def _unknown(snapshot: Snapshot, word: str) -> bool:
    if not _SHORTEST <= len(word) <= _LONGEST or not word.isalpha() or word.casefold() in STOPWORDS:
        return False
    return all(snapshot.passage_count(stem) == 0 for stem in snapshot.stems(word))


def _meant(snapshot: Snapshot, word: str) -> str | None:
    """Return the most frequent of the nearest words; None where none is near enough."""
    folded = word.casefold()
    # A name that is not there is more likely to be another name than a misspelling.
    distance = 2 if len(word) >= _LONG and word[0].islower() else 1
    near: Counter[str] = Counter()
    for row in snapshot.with_similar(word, distance, _LOOKED_AT).tolist():
        near.update(
            found
            for found in _WORD.findall(snapshot.passages(row)[0].text.casefold())
            if found[0] == folded[0]
            and OSA.distance(found, folded, score_cutoff=distance) <= distance
        )
    ranked = sorted(near, key=lambda found: (OSA.distance(found, folded), -near[found], found))
    return ranked[0] if ranked else None
