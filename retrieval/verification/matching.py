"""Look quotations up in the documents they are said to come from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from retrieval.records import Document
from retrieval.verification.differing import Difference, differences
from retrieval.verification.findings import Finding, Nearest, Place, Style, Verdict
from retrieval.verification.folding import fold
from retrieval.verification.joining import joined, longest_run
from retrieval.verification.naming import Naming
from retrieval.verification.nearest import SIMILAR, Candidate, Neighbourhood
from retrieval.verification.omissions import Part, placements, split
from retrieval.verification.phrases import Finder, Phrase, phrase
from retrieval.verification.placing import by_place, elided_place, part_place, place
from retrieval.verification.quotations import Quotation
from retrieval.verification.sources import prepare
from retrieval.verification.words import count_words

MIN_WORDS = 3
"""Quotations with fewer words are listed and not looked up: most of them are scare quotes."""

_NEARLY = 0.85
"""Share of words from which on even a quotation with marked omissions is compared as a whole."""

_FOOTNOTE = re.compile(r"\[\^[^\]\s]+\]")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]*>")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_FIRST_LETTER = re.compile(r"\A(\W*)\[(\w)\](?=\w)")
_LAST_STOP = re.compile(r"\[([.,])\](\W*)\Z")
_CITED = re.compile(r"\s*\([^()]*\)\W*\Z")

_UNCLOSED = "No closing mark was found; the words up to the end of the paragraph were taken."
_JOINED = "These words stand in separate places and are joined here without a mark of omission."
_APART = "Every part stands in the documents, but not in this order and near each other in one."
_RUN = "Only some of these words stand in the documents one after the other."
_LEFT_OUT = "Words of the source are left out without a mark of omission."
_PART = "Only the part with the difference is compared."


@dataclass(frozen=True, slots=True)
class _Query:
    """A quotation in all the forms in which it may stand in a document."""

    quotation: Quotation
    wholes: tuple[tuple[Phrase, Style | None], ...]
    """What to look for as a whole, and what was put aside for it."""
    parts: tuple[Part, ...]
    """More than one when the writer marked omissions or insertions."""

    @property
    def phrases(self) -> list[Phrase]:
        """Everything that will be looked for."""
        return [whole for whole, _ in self.wholes] + [part.phrase for part in self.parts]


def look_up(
    quotations: Sequence[Quotation],
    documents: Sequence[Document],
    *,
    min_words: int = MIN_WORDS,
    draft: str = "",
) -> tuple[Finding, ...]:
    """Say of each quotation whether, and where, its words stand in the documents.

    Args:
        quotations: What ``find_quotations`` found.
        documents: The corpus.
        min_words: Quotations with fewer words are skipped.
        draft: The text the quotations come from; where it names a file next to
            a quotation that stands in several, that file is taken.
    """
    sources = prepare(documents)
    queries = {q: _query(q) for q in quotations if count_words(fold(q.text).text) >= min_words}
    finder = Finder(sources, [p for query in queries.values() for p in query.phrases])
    found = {quotation: _found(query, finder) for quotation, query in queries.items()}
    missed = {q: _to_compare(query, finder) for q, query in queries.items() if found[q] is None}
    compared = [one for forms in missed.values() for one in forms]
    neighbourhood = Neighbourhood(finder, compared)
    naming = Naming(source.document.path for source in sources)
    findings, before = [], 0
    for quotation in quotations:
        finding = Finding(quotation, "skipped")
        if quotation in queries:
            named = naming.named(draft, quotation, before) if draft else frozenset[str]()
            finding = found[quotation] or _not_found(
                queries[quotation], missed[quotation], finder, neighbourhood
            )
            finding = _attributed(finding, named)
        if not quotation.closed:
            finding = replace(finding, notes=(*finding.notes, _UNCLOSED))
        findings.append(finding)
        before = quotation.end
    return tuple(findings)


def nearest_passages(
    words: Sequence[str], documents: Sequence[Document]
) -> tuple[Nearest | None, ...]:
    """Return for each of ``words`` the passage of ``documents`` most like it, if one is similar."""
    wanted = [phrase(one) for one in words]
    neighbourhood = Neighbourhood(Finder(prepare(documents), wanted), wanted)
    return tuple(_nearest(one, neighbourhood.nearest(one)) for one in wanted)


def _query(quotation: Quotation) -> _Query:
    """Put aside, step by step, what a draft adds to the words of a source."""
    raw = quotation.text
    forms: list[tuple[str, Style | None]] = [(raw, None)]
    plain = _ESCAPE.sub(r"\1", _LINK.sub(r"\1", _TAG.sub("", _FOOTNOTE.sub("", raw))))
    forms.append((plain, "markup"))
    stopped = _LAST_STOP.sub(r"\1\2", plain)
    forms.append((stopped, "final stop"))
    forms.append((_FIRST_LETTER.sub(r"\1\2", stopped), "first letter"))
    if quotation.kind == "block":
        forms.append((_CITED.sub("", plain), "markup"))
    first: dict[str, Style | None] = {}
    for text, style in forms:
        first.setdefault(text, style)
    wholes = tuple((phrase(text), style) for text, style in first.items())
    return _Query(quotation, wholes, split(plain))


def _found(query: _Query, finder: Finder) -> Finding | None:
    """Return the finding for a quotation whose words, or parts, stand somewhere."""
    for whole, style in query.wholes:
        places = by_place([place(whole, match, extra=style) for match in finder.matches(whole)])
        if places:
            verdict: Verdict = "exact" if places[0].how == "exact" else "style"
            return Finding(query.quotation, "ambiguous" if len(places) > 1 else verdict, places)
    if query.parts:
        elided = by_place([elided_place(one) for one in placements(query.parts, finder)])
        if elided:
            return Finding(query.quotation, "elided", elided)
    return None


def _to_compare(query: _Query, finder: Finder) -> list[Phrase]:
    """Return what of a quotation that stands nowhere is to be compared word by word.

    Of one with omissions that is the longest part that stands nowhere; if it is
    a word or two, or like nothing, then the whole.
    """
    whole = query.wholes[-1][0]
    wrong = [part.phrase for part in query.parts if not finder.matches(part.phrase)]
    wrong = [part for part in wrong if len(part.atoms) >= MIN_WORDS]
    return [max(wrong, key=lambda part: len(part.core)), whole] if wrong else [whole]


def _not_found(
    query: _Query, compared: Sequence[Phrase], finder: Finder, neighbourhood: Neighbourhood
) -> Finding:
    """Return the finding for a quotation whose words stand nowhere as printed."""
    quotation, whole = query.quotation, compared[-1]
    candidates = neighbourhood.nearest(whole)
    same = _same_but_marks(whole, candidates)
    if same:
        return Finding(quotation, "ambiguous" if len(same) > 1 else "style", by_place(same))
    nearest = _nearest(whole, candidates)
    apart = [finder.matches(part.phrase)[:1] for part in query.parts]
    if apart and all(apart) and not (nearest and nearest.similarity >= _NEARLY):
        places = tuple(part_place(match) for matches in apart for match in matches)
        return Finding(quotation, "changed", places, notes=(_APART,))
    if len(compared) > 1:
        part = _nearest(compared[0], neighbourhood.nearest(compared[0]))
        if part:
            return Finding(quotation, "changed", (), part, (_PART,))
    if nearest and _leaves_out(nearest.differences):
        return Finding(quotation, "changed", (), nearest, (_LEFT_OUT,))
    pieces = tuple(part_place(match) for match in joined(whole, finder))
    if pieces:
        return Finding(quotation, "changed", pieces, notes=(_JOINED,))
    if nearest:
        return Finding(quotation, "changed", (), nearest)
    run = longest_run(whole, finder)
    if run:
        return Finding(quotation, "absent", (part_place(run),), notes=(_RUN,))
    return Finding(quotation, "absent")


def _nearest(compared: Phrase, candidates: Sequence[Candidate]) -> Nearest | None:
    if not candidates or candidates[0].similarity < SIMILAR:
        return None
    best = candidates[0].match
    start, end = best.span
    words = best.source.folded.text[best.start : best.end]
    others = [
        one.match.source.citation(*one.match.span)
        for one in candidates[1:]
        if one.match.source.folded.text[one.match.start : one.match.end] == words
    ]
    return Nearest(
        quote=best.source.document.text[start:end],
        citation=best.source.citation(start, end),
        similarity=candidates[0].similarity,
        differences=differences(compared, best),
        others=tuple(others),
    )


def _same_but_marks(compared: Phrase, candidates: Sequence[Candidate]) -> list[Place]:
    """Return the places that lack, or add, only quotation marks within.

    Such as the mark that opens each paragraph of a long quotation.
    """
    places = []
    for candidate in candidates:
        match = candidate.match
        if candidate.similarity == 1.0 and _only_marks(differences(compared, match)):
            start, end = match.span
            quote = match.source.document.text[start:end]
            citation = match.source.citation(start, end)
            places.append(Place("style", quote, citation, ("quotation marks",)))
    return places


def _leaves_out(steps: Sequence[Difference]) -> bool:
    """Return whether the draft would be right if it marked an omission."""
    kept = all(step.op in ("equal", "insert") for step in steps)
    return kept and any(count_words(s.source) for s in steps if s.op == "insert")


def _only_marks(steps: Sequence[Difference]) -> bool:
    """Return whether every difference is a quotation mark that one side has."""
    changed = [step.draft or step.source for step in steps if step.op != "equal"]
    several = any(step.op == "replace" for step in steps)
    return not several and all(fold(mark).text.strip() == "'" for mark in changed)


def _attributed(finding: Finding, named: frozenset[str]) -> Finding:
    """Prefer the places in a document that the draft names; say when it names another."""
    if not named or not finding.places or finding.verdict == "changed":
        return finding
    theirs = tuple(place for place in finding.places if place.citation.path in named)
    if not theirs:
        names = ", ".join(sorted(named))
        note = f"The draft names {names} here, but the words stand elsewhere."
        return replace(finding, notes=(*finding.notes, note))
    if finding.verdict != "ambiguous" or len(theirs) == len(finding.places):
        return finding
    others = len(finding.places) - len(theirs)
    note = f"Places in documents that the draft does not name here: {others}."
    verdict: Verdict = "ambiguous"
    if len(theirs) == 1:
        verdict = "exact" if theirs[0].how == "exact" else "style"
    return replace(finding, verdict=verdict, places=theirs, notes=(*finding.notes, note))
