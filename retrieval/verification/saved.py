"""Check saved answers again: do the files still hold the words that were cited?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from rapidfuzz.distance import Postfix, Prefix

from retrieval.records import Citation, Document, Skipped
from retrieval.transcripts import shown
from retrieval.verification.answers import SavedCitation
from retrieval.verification.findings import Nearest
from retrieval.verification.matching import nearest_passages
from retrieval.verification.sources import Source

SavedVerdict = Literal["verified", "moved", "changed", "missing"]
"""How a saved citation fares; docs/verify.md says what each one means."""

_SAME_PLACE = "The file has changed since, but not at this place."
_UNCHANGED = "The file has not changed since: the saved answer has."


@dataclass(frozen=True, slots=True)
class SavedCheck:
    """A citation of a saved answer, and what the file says to it now."""

    saved: SavedCitation
    verdict: SavedVerdict
    citation: Citation | None = None
    """Where the words stand now; None when they do not."""
    occurrences: int = 0
    """How often the words stand in the file now; counted only when it has changed."""
    nearest: Nearest | None = None
    """For "changed": the passage that the file has instead, if there is one like it."""
    elsewhere: tuple[Citation, ...] = ()
    """For "changed" and "missing": other documents that hold the words exactly."""
    notes: tuple[str, ...] = ()
    """Fixed sentences for the reader."""

    @property
    def failed(self) -> bool:
        """Whether the citation does not hold any more."""
        return self.verdict in ("changed", "missing")

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "verdict": self.verdict, **self.saved.to_dict(),
            "citation": self.citation.to_dict() if self.citation else None,
            "occurrences": self.occurrences,
            "nearest": self.nearest.to_dict() if self.nearest else None,
            "elsewhere": [citation.to_dict() for citation in self.elsewhere],
            "notes": list(self.notes),
        }  # fmt: skip


def check_saved(
    citations: Sequence[SavedCitation],
    load: Callable[[str], Document | None],
    documents: Sequence[Document] = (),
    skipped: Sequence[Skipped] = (),
) -> tuple[SavedCheck, ...]:
    """Compare each saved citation with the file it names, as the file is now.

    Args:
        citations: What ``read_answers`` read.
        load: Reads a document of the corpus by its path; None when there is no such file.
        documents: The whole corpus, to look for words whose file has gone.
        skipped: Files of the corpus that could not be read.
    """
    reasons = {item.path: item.reason for item in skipped}
    sources = {one.path: Source(one) for one in sorted(documents, key=lambda one: one.path)}
    read: dict[str, Source | None] = {}
    checks = []
    for saved in citations:
        if saved.path not in read:
            document = load(saved.path)
            read[saved.path] = Source(document) if document else None
        check = _check(saved, read[saved.path], reasons.get(saved.path))
        if check.failed:
            check = replace(check, elsewhere=_elsewhere(saved, sources))
        checks.append(check)
    return tuple(_with_nearest(checks, read))


def _check(saved: SavedCitation, source: Source | None, reason: str | None) -> SavedCheck:
    if source is None:
        notes = (f"The file is there and cannot be read: {reason}.",) if reason else ()
        return SavedCheck(saved, "missing", notes=notes)
    document = source.document
    if saved.drawn and shown(document.text[saved.start : saved.end]) == saved.quote:
        saved = replace(saved, quote=document.text[saved.start : saved.end])
    same_file = document.sha256 == saved.sha256
    same_place = document.text[saved.start : saved.end] == saved.quote
    if same_file and same_place:
        return SavedCheck(saved, "verified", source.citation(saved.start, saved.end))
    notes = (_UNCHANGED,) if same_file else (_SAME_PLACE,) if same_place else ()
    starts = _occurrences(document.text, saved.quote)
    if not starts:
        return SavedCheck(saved, "changed", notes=notes)
    start = saved.start if same_place else _likeliest(saved, document.text, starts)
    citation = source.citation(start, start + len(saved.quote))
    return SavedCheck(saved, "moved", citation, len(starts), notes=notes)


def _with_nearest(checks: list[SavedCheck], read: Mapping[str, Source | None]) -> list[SavedCheck]:
    """Add to changed citations what their file has instead; each file is gone through once."""
    changed: dict[str, list[int]] = defaultdict(list)
    for index, check in enumerate(checks):
        if check.verdict == "changed":
            changed[check.saved.path].append(index)
    for path, indexes in changed.items():
        source = read[path]
        quotes = [checks[index].saved.quote for index in indexes]
        passages = nearest_passages(quotes, [source.document] if source else [])
        for index, nearest in zip(indexes, passages, strict=True):
            checks[index] = replace(checks[index], nearest=nearest)
    return checks


def _occurrences(text: str, quote: str) -> list[int]:
    """Return every start of ``quote`` in ``text``; none for an empty quote."""
    starts = []
    at = text.find(quote) if quote else -1
    while at >= 0:
        starts.append(at)
        at = text.find(quote, at + 1)
    return starts


def _likeliest(saved: SavedCitation, text: str, starts: list[int]) -> int:
    """Return the start with most of the old surroundings, then the one nearest to the old."""

    def rank(start: int) -> tuple[int, int]:
        end = start + len(saved.quote)
        before = text[max(0, start - len(saved.before)) : start]
        after = text[end : end + len(saved.after)]
        around = Postfix.similarity(saved.before, before) + Prefix.similarity(saved.after, after)
        return -around, abs(start - saved.start)

    return min(starts, key=rank)


def _elsewhere(saved: SavedCitation, sources: Mapping[str, Source]) -> tuple[Citation, ...]:
    """Return the first place in each other document that holds the words exactly."""
    found = []
    for path, source in sources.items():
        start = source.document.text.find(saved.quote) if saved.quote.strip() else -1
        if start >= 0 and path != saved.path:
            found.append(source.citation(start, start + len(saved.quote)))
    return tuple(found)
