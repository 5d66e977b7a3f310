"""What one run of verification says about one file: values, counts, JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from retrieval.records import Skipped
from retrieval.verification.findings import Finding
from retrieval.verification.saved import SavedCheck

SCHEMA = 1
"""Version of the JSON that ``Report.to_dict`` writes."""

_ORDER = {
    "draft": ("exact", "style", "elided", "ambiguous", "changed", "absent", "skipped"),
    "answers": ("verified", "moved", "changed", "missing"),
}
_NOUNS = {"draft": ("quotation", "quotations"), "answers": ("citation", "citations")}


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome for one file."""

    file: str
    kind: Literal["draft", "answers"]
    items: tuple[Finding, ...] | tuple[SavedCheck, ...]
    documents: int
    """How many documents were searched."""
    skipped: tuple[Skipped, ...] = ()
    """Files of the corpus that could not be read: words may stand in them unseen."""
    notices: tuple[str, ...] = ()
    """Fixed sentences about the file as a whole."""

    @property
    def passed(self) -> bool:
        """Whether nothing in the file is changed, absent or missing."""
        return not any(item.failed for item in self.items)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many items have each verdict, all verdicts included, in a fixed order."""
        counted = Counter(item.verdict for item in self.items)
        return {verdict: counted[verdict] for verdict in _ORDER[self.kind]}  # type: ignore[index]

    @property
    def summary(self) -> str:
        """One line: ``12 quotations: 9 exact, 1 style, 1 changed, 1 absent``."""
        total = len(self.items)
        noun = _NOUNS[self.kind][total != 1]
        parts = [f"{count} {verdict}" for verdict, count in self.counts.items() if count]
        return f"{total} {noun}" + (": " + ", ".join(parts) if parts else "")

    def to_dict(self) -> dict[str, Any]:
        """As JSON, schema version 1."""
        return {
            "schema": SCHEMA, "file": self.file, "kind": self.kind, "passed": self.passed,
            "counts": dict(self.counts), "items": [item.to_dict() for item in self.items],
            "searched": {
                "documents": self.documents,
                "skipped": [skipped.to_dict() for skipped in self.skipped],
            },
            "notices": list(self.notices),
        }  # fmt: skip


def draft_report(
    file: str,
    findings: Sequence[Finding],
    documents: int,
    skipped: Sequence[Skipped] = (),
    notices: Sequence[str] = (),
) -> Report:
    """Put the findings for a draft together."""
    if not findings:
        notices = (*notices, "No quotation was found in this file.")
    return Report(file, "draft", tuple(findings), documents, tuple(skipped), tuple(notices))


def answers_report(
    file: str, checks: Sequence[SavedCheck], documents: int, skipped: Sequence[Skipped] = ()
) -> Report:
    """Put the checks of a saved answer together."""
    notices = () if checks else ("No citation was found in this file.",)
    return Report(file, "answers", tuple(checks), documents, tuple(skipped), notices)
