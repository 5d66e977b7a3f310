"""Check quotations and saved answers against the documents they come from.

Needs no model and no index. A draft::

    findings = look_up(find_quotations(draft), documents, draft=draft)

and a saved answer::

    checks = check_saved(read_answers(text, "answer.json"), load, documents)
"""

from retrieval.verification.answers import SavedCitation, is_answers, read_answers
from retrieval.verification.differing import Difference
from retrieval.verification.findings import Finding, Nearest, Place
from retrieval.verification.matching import MIN_WORDS, look_up, nearest_passages
from retrieval.verification.quotations import Quotation, find_quotations
from retrieval.verification.rendering import to_markdown, to_text
from retrieval.verification.report import Report, answers_report, draft_report
from retrieval.verification.saved import SavedCheck, check_saved

__all__ = [
    "MIN_WORDS", "Difference", "Finding", "Nearest", "Place", "Quotation", "Report",
    "SavedCheck", "SavedCitation", "answers_report", "check_saved", "draft_report",
    "find_quotations", "is_answers", "look_up", "nearest_passages", "read_answers",
    "to_markdown", "to_text",
]  # fmt: skip
