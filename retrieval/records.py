"""The values that cross from one room to the next: frozen, slotted, typed.

Offsets are Unicode code points into ``Document.text``, half-open. ``to_dict``
gives exactly the JSON of the contract (docs/json.md, schema version 1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

SCHEMA = 1
"""Version of the JSON that ``Answer.to_dict`` writes."""

Status = Literal["answered", "uncertain", "not_found"]
CitationState = Literal["verified", "changed", "missing"]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and where its section starts."""

    start: int
    """Offset of the heading's first character."""
    title: str
    """The heading's own words, a slice of the text."""


@dataclass(frozen=True, slots=True)
class Document:
    """One file's text, exactly as its reader decoded it."""

    path: str
    """Relative to the corpus, with forward slashes."""
    title: str
    sha256: str
    """Of the file's bytes, in hexadecimal."""
    encoding: str
    """A Python codec name: for plain formats ``data.decode(encoding) == text``."""
    modified: float
    """Seconds since the epoch, as the file system gave it."""
    text: str = field(repr=False)
    size: int = 0
    """Bytes."""
    sections: tuple[Section, ...] = field(default=(), repr=False)
    """By start; empty where the format or the text has no headings."""
    pages: tuple[int, ...] = field(default=(), repr=False)
    """The offset at which each page starts; empty where the format has no pages."""

    def to_dict(self) -> dict[str, Any]:
        """Everything but the text."""
        return {
            "path": self.path, "title": self.title, "sha256": self.sha256,
            "encoding": self.encoding, "modified": self.modified, "size": self.size,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was found and not read, and why."""

    path: str
    reason: str

    def to_dict(self) -> dict[str, str]:
        """As JSON."""
        return {"path": self.path, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Passage:
    """A contiguous slice of one document: the unit that is indexed."""

    document: Document
    start: int
    end: int

    @property
    def text(self) -> str:
        """The slice itself."""
        return self.document.text[self.start : self.end]

    def to_dict(self) -> dict[str, Any]:
        """As JSON: the text and its place in the document."""
        return {"text": self.text, "start": self.start, "end": self.end}


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a query found."""

    passage: Passage
    score: float
    """Higher is better; comparable within one query only."""
    rank: int
    """1 for the best."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """The named parts of the score: ``dense`` (cosine), ``lexical`` (BM25), ..."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        passage = self.passage
        return {
            "rank": self.rank, "score": self.score, "scores": dict(self.scores),
            "path": passage.document.path, "title": passage.document.title,
            "sha256": passage.document.sha256, "passage": passage.to_dict(),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a quote stands, so that a machine can check it character by character."""

    path: str
    title: str
    start: int
    end: int
    line_start: int
    """1-based."""
    line_end: int
    page: int | None
    section: str | None
    sha256: str
    """Of the file's bytes when it was indexed."""
    state: CitationState
    byte_start: int | None = None
    """Half-open byte range in the file; None where the format is not plain text."""
    byte_end: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "path": self.path, "title": self.title, "start": self.start, "end": self.end,
            "line_start": self.line_start, "line_end": self.line_end, "page": self.page,
            "section": self.section, "sha256": self.sha256, "state": self.state,
            "byte_start": self.byte_start, "byte_end": self.byte_end,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class RelatedQuote:
    """Another place whose words nearly repeat, or differ from, an evidence."""

    quote: str
    citations: tuple[Citation, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"quote": self.quote, "citations": [c.to_dict() for c in self.citations]}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A verbatim quote chosen as (part of) the answer, with its citations."""

    quote: str
    passage: Passage
    """The passage around the first citation."""
    score: float
    citations: tuple[Citation, ...]
    """At least one; each one's slice is exactly ``quote``."""
    near: tuple[RelatedQuote, ...] = ()
    """Places whose words nearly repeat the quote."""
    differs: tuple[RelatedQuote, ...] = ()
    """Places that state a different figure or date for the same thing."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "quote": self.quote, "score": self.score, "passage": self.passage.to_dict(),
            "citations": [c.to_dict() for c in self.citations],
            "near": [n.to_dict() for n in self.near],
            "differs": [d.to_dict() for d in self.differs],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Carried:
    """What a follow-up took over from an earlier turn."""

    turn: int
    """1 for the conversation's first question."""
    text: str

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"turn": self.turn, "text": self.text}


@dataclass(frozen=True, slots=True)
class Searched:
    """What an answer rests on: everything that was looked through."""

    documents: int
    passages: int
    skipped: int
    """Files that were found and not read; ``quoth status`` lists them."""
    terms: Mapping[str, int] = field(default_factory=dict)
    """How often each rare query term stands in the documents searched, exactly counted."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "documents": self.documents, "passages": self.passages,
            "skipped": self.skipped, "terms": dict(self.terms),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """Which index answered."""

    fingerprint: str
    """Changes with any document, the encoder or the passage settings; not with build history."""
    model: str
    format: int

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"fingerprint": self.fingerprint, "model": self.model, "format": self.format}


@dataclass(frozen=True, slots=True)
class Answer:
    """The words of the documents that answer a question, or that there are none."""

    question: str
    understood_as: str
    """The query that was actually searched."""
    carried: tuple[Carried, ...]
    status: Status
    confidence: float
    """Calibrated probability, 0 to 1, that the first evidence answers the question."""
    evidence: tuple[Evidence, ...]
    """Best first. For ``uncertain`` and ``not_found``: the nearest passages, not an answer."""
    searched: Searched
    index: IndexInfo
    timings: Mapping[str, float] = field(default_factory=dict)
    """Milliseconds by stage; the only part that differs between two runs."""

    def to_dict(self, *, timings: bool = True) -> dict[str, Any]:
        """As JSON, schema version 1; without ``timings`` two runs give the same bytes."""
        return {
            "schema": SCHEMA, "question": self.question, "understood_as": self.understood_as,
            "carried": [c.to_dict() for c in self.carried], "status": self.status,
            "confidence": self.confidence, "evidence": [e.to_dict() for e in self.evidence],
            "searched": self.searched.to_dict(), "index": self.index.to_dict(),
            "timings": dict(self.timings) if timings else {},
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a long piece of work."""

    stage: Literal["scan", "read", "encode", "write"]
    done: int
    total: int
    """0 while it is not known."""
    detail: str = ""
    skipped: tuple[Skipped, ...] = ()
    """Files that were skipped since the step before."""


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What one run of indexing did."""

    index: str
    corpus: str
    documents: int
    passages: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    """(old path, new path): same bytes, nothing embedded."""
    unchanged: int
    skipped: tuple[Skipped, ...]
    embedded: int
    """Texts that went through the encoder in this run."""
    seconds: float
    fingerprint: str
    committed: bool
    """False when nothing had changed and nothing was written."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "index": self.index, "corpus": self.corpus, "documents": self.documents,
            "passages": self.passages, "added": list(self.added), "changed": list(self.changed),
            "removed": list(self.removed), "renamed": [list(pair) for pair in self.renamed],
            "unchanged": self.unchanged, "skipped": [s.to_dict() for s in self.skipped],
            "embedded": self.embedded, "seconds": self.seconds,
            "fingerprint": self.fingerprint, "committed": self.committed,
        }  # fmt: skip
