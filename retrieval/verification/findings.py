"""What verification finds: values with their JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from retrieval.records import Citation
from retrieval.verification.differing import Difference
from retrieval.verification.quotations import Quotation

Verdict = Literal["exact", "style", "elided", "ambiguous", "changed", "absent", "skipped"]
"""How a quotation in a draft fares; docs/verify.md says what each one means."""

How = Literal["exact", "style", "elided", "part"]
"""How a place agrees with a quotation; "part": only some of its words stand there."""

Style = Literal[
    "quotation marks", "dashes", "spaces", "omission mark", "first letter", "final stop",
    "emphasis", "letters", "invisible characters", "markup",
]  # fmt: skip
"""What may differ although the words are the same."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the words of a quotation stand."""

    how: How
    quote: str
    """The document's own words: ``document.text[start:end]`` of the citation."""
    citation: Citation
    style: tuple[Style, ...] = ()
    """In what the quotation differs; empty unless ``how`` is "style"."""
    parts: tuple[tuple[int, int], ...] = ()
    """Of an elided quotation: start and end of each part in the document's text."""
    omitted: int = 0
    """Of an elided quotation: words that the draft leaves out between the parts."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "how": self.how, "quote": self.quote, "citation": self.citation.to_dict(),
            "style": list(self.style), "parts": [list(part) for part in self.parts],
            "omitted": self.omitted,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Nearest:
    """The passage that a changed quotation comes nearest to."""

    quote: str
    """The document's own words."""
    citation: Citation
    similarity: float
    """Words in the same order in both, as a share of the longer one's; 1.0: only marks differ."""
    differences: tuple[Difference, ...]
    others: tuple[Citation, ...] = ()
    """Further places with the same words as ``quote``."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "quote": self.quote, "citation": self.citation.to_dict(),
            "similarity": round(self.similarity, 4),
            "differences": [difference.to_dict() for difference in self.differences],
            "others": [citation.to_dict() for citation in self.others],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """A quotation in a draft, and what the documents say to it."""

    quotation: Quotation
    verdict: Verdict
    places: tuple[Place, ...] = ()
    """By path, then start."""
    nearest: Nearest | None = None
    """Only for "changed"."""
    notes: tuple[str, ...] = ()
    """Fixed sentences for the reader; a path in them is untrusted text."""

    @property
    def failed(self) -> bool:
        """Whether the draft should not be printed like this."""
        return self.verdict in ("changed", "absent")

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "verdict": self.verdict, **self.quotation.to_dict(),
            "places": [place.to_dict() for place in self.places],
            "nearest": self.nearest.to_dict() if self.nearest else None,
            "notes": list(self.notes),
        }  # fmt: skip
