"""Which document a draft names next to a quotation, if it names one by its file name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath

from retrieval.verification.quotations import Quotation

_WORD = re.compile(r"[^\s\"“”„«»‘’'()\[\]{}<>`,;|*]+")
_BRACKETED = re.compile(r"\W{0,6}?[(\[](?!\^)([^()\[\]]*)[)\]](?:\(([^()]*)\))?")
_SIGNED = re.compile(r"[\s>]*(?:[—–―]|--)([^\n]*)")
_LISTED = re.compile(r"\s*((?:\n[ \t]*[-*+][ \t][^\n]*)+)")
_FOOTNOTE = re.compile(r"\W{0,6}?(\[\^[^\]\s]+\])(?!:)")
_PARAGRAPH = re.compile(r"\n[ \t>]*\r?\n")
_AFTER = 600
"""Characters after a quotation in which its source is looked for."""


class Naming:
    """Knows the documents by the names a draft may give them."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths: dict[str, set[str]] = defaultdict(set)
        for path in paths:
            pure = PurePosixPath(path)
            for name in (path, pure.name, pure.stem):
                # A bare word such as "report" is too common to be a name.
                if name != pure.stem or re.search(r"[\d_-]", name):
                    self._paths[name.casefold()].add(path)

    def named(self, draft: str, quotation: Quotation, before: int) -> frozenset[str]:
        """Return the paths named right after a quotation, else right before it.

        Looked at in this order: brackets, a line with a dash or a list after
        it, a footnote it carries, the words since ``before`` in the same paragraph.
        """
        after = draft[quotation.end : quotation.end + _AFTER]
        for pattern in (_BRACKETED, _SIGNED, _LISTED):
            found = pattern.match(after)
            paths = self._paths_in(" ".join(filter(None, found.groups()))) if found else None
            if paths:
                return paths
        note = _FOOTNOTE.match(after)
        if note:
            text = re.search(rf"^{re.escape(note[1])}:(.*)$", draft, re.MULTILINE)
            if text and (paths := self._paths_in(text[1])):
                return paths
        lead = draft[before : quotation.start]
        return self._paths_in(_PARAGRAPH.split(lead)[-1])

    def _paths_in(self, words: str) -> frozenset[str]:
        found: set[str] = set()
        for word in _WORD.findall(words):
            name = word.rstrip(".:").removeprefix("./").casefold()
            found |= self._paths.get(name, set())
        return frozenset(found)
