"""Whether every quote is the file's own words, and proved so. Both have to be 1."""

from __future__ import annotations

from .base import Case, Measure


def _share(case: Case, held: str) -> float | None:
    if case.outcome is None:
        return 0.0
    proof = case.outcome.proof
    if not proof.citations:
        return None
    return float(getattr(proof, held) == proof.citations)


VERBATIM = Measure(
    "verbatim",
    "questions whose every quote is exactly the file's text between the cited offsets",
    "higher",
    lambda case: _share(case, "verbatim"),
)
VERIFIED = Measure(
    "verified",
    "questions whose every citation is verbatim, marked verified, and of the file's own sha256",
    "higher",
    lambda case: _share(case, "verified"),
)
