"""Reports for reading: as plain text and as Markdown, in fixed templates.

The draft's and the documents' own words always stand on lines of their own,
whole and unaltered, except that the text for a terminal shows characters that
a terminal would obey.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from retrieval.printable import printable, printable_line
from retrieval.records import Citation
from retrieval.verification.differing import Difference
from retrieval.verification.findings import Finding, Nearest, Place
from retrieval.verification.report import Report
from retrieval.verification.saved import SavedCheck

_LEGEND = "[-words-] stand only in the draft or the saved answer, {+words+} only in the document."
_SHOWN_PLACES = 20
_BACKTICKS = re.compile(r"`+")
_LINE_END = re.compile(r"\r\n|\r|\n")
_SPACE_AROUND = re.compile(r"(\s*)(.*?)(\s*)\Z", re.DOTALL)

Lines = Iterator[tuple[str, str]]
"""("head" | "line" | "words", text): words are untrusted and stay as they are."""


def to_text(report: Report, *, terminal: bool = False) -> str:
    """Return the report as plain text.

    Args:
        report: What to show.
        terminal: Make control and bidirectional characters visible.
    """
    name, words = (printable_line, printable) if terminal else (str, str)
    lines = [f"{name(report.file)}"]
    for item in report.items:
        for kind, text in _item(item, name):
            if kind == "head":
                lines += ["", text]
            elif kind == "line":
                lines.append(f"  {text}")
            else:
                lines += [f"    {words(line)}" for line in _LINE_END.split(text)]
    lines += ["", *_closing(report, name)]
    return "\n".join(lines) + "\n"


def to_markdown(report: Report) -> str:
    """Return the report as Markdown; untrusted words stand in fenced blocks."""
    lines = [f"## {_code(report.file)}"]
    for item in report.items:
        for kind, text in _item(item, _code):
            if kind == "head":
                lines += ["", f"### {text}"]
            elif kind == "line":
                lines += ["", text]
            else:
                lines += ["", *_fenced(text)]
    lines += ["", *(f"{line}  " for line in _closing(report, _code))]
    return "\n".join(lines) + "\n"


def marked(steps: Sequence[Difference]) -> str:
    """Return the words of both sides, differing ones marked as the legend says."""
    shown = draft = ""
    for step in steps:
        if step.op == "equal":
            shown += step.source
        else:
            if shown and draft[-1:].isspace() and not shown[-1:].isspace():
                shown += " "
            shown += _marked(step.draft, step.source)
        draft += step.draft
    return shown


def _marked(draft: str, source: str) -> str:
    """Mark a difference, with the white space around it outside of the marks."""
    before, ours, after = _split(draft)
    lead, theirs, trail = _split(source)
    text = f"[-{ours}-]" if ours else ""
    text += f"{{+{theirs}+}}" if theirs else ""
    return (lead if theirs else before) + text + (trail if theirs else after)


def _split(words: str) -> tuple[str, str, str]:
    found = _SPACE_AROUND.match(words)
    return (found[1], found[2], found[3]) if found else ("", words, "")


def _item(item: Finding | SavedCheck, name: Callable[[str], str]) -> Lines:
    return _finding(item, name) if isinstance(item, Finding) else _saved(item, name)


def _finding(finding: Finding, name: Callable[[str], str]) -> Lines:
    quotation = finding.quotation
    yield "head", f"line {quotation.line}: {finding.verdict}"
    yield "words", quotation.text
    shown = finding.places[:_SHOWN_PLACES]
    for place in shown:
        yield "line", f"{_agrees(place)}{cited(place.citation, name)}"
        if place.how in ("elided", "part") or place.style not in ((), ("spaces",)):
            yield "words", place.quote
    if len(finding.places) > len(shown):
        yield "line", f"and in {len(finding.places) - len(shown)} more places"
    if finding.nearest:
        yield from _nearest(finding.nearest, name)
    for note in finding.notes:
        yield "line", name(note)


def _agrees(place: Place) -> str:
    if place.how == "style":
        return f"but for {', '.join(place.style)}: "
    if place.how == "elided":
        omitted = f"leaving out {place.omitted} {_plural(place.omitted, 'word')}: "
        return omitted if place.omitted else "in parts: "
    return "only: " if place.how == "part" else ""


def _nearest(nearest: Nearest, name: Callable[[str], str]) -> Lines:
    alike = f"{nearest.similarity:.0%} of the words in order"
    yield "line", f"nearest ({alike}): {cited(nearest.citation, name)}"
    yield "words", marked(nearest.differences)
    for citation in nearest.others[:_SHOWN_PLACES]:
        yield "line", f"the same words: {cited(citation, name)}"


def _saved(check: SavedCheck, name: Callable[[str], str]) -> Lines:
    saved = check.saved
    role = "" if saved.role == "evidence" else f" ({saved.role})"
    yield "head", f"answer {saved.answer}, evidence {saved.evidence}{role}: {check.verdict}"
    yield "words", saved.quote
    if check.citation:
        yield "line", cited(check.citation, name)
        if check.verdict == "moved":
            yield "line", f"before: characters {saved.start}-{saved.end}"
        if check.occurrences > 1:
            yield "line", f"these words stand {check.occurrences} times in the file"
    else:
        yield "line", f"{name(saved.path)}, characters {saved.start}-{saved.end}"
    if check.nearest:
        yield from _nearest(check.nearest, name)
    for citation in check.elsewhere[:_SHOWN_PLACES]:
        yield "line", f"the words stand in: {cited(citation, name)}"
    for note in check.notes:
        yield "line", name(note)


def _closing(report: Report, name: Callable[[str], str]) -> Iterator[str]:
    if any(item.nearest for item in report.items):
        yield _LEGEND
    yield from report.notices
    searched = f"Searched {report.documents} {_plural(report.documents, 'document')}"
    if report.skipped:
        skipped = len(report.skipped)
        searched += f"; {skipped} {_plural(skipped, 'file')} could not be read"
    yield f"{searched}."
    yield f"{report.summary}."
    failed = [_where(item) for item in report.items if item.failed]
    yield f"Not passed: {', '.join(dict.fromkeys(failed))}." if failed else "Passed."


def _where(item: Finding | SavedCheck) -> str:
    if isinstance(item, Finding):
        return f"line {item.quotation.line}"
    return f"answer {item.saved.answer}"


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"


def cited(citation: Citation, name: Callable[[str], str]) -> str:
    """Say where a citation is: file, page, lines, characters."""
    lines = f"line {citation.line_start}"
    if citation.line_end != citation.line_start:
        lines = f"lines {citation.line_start}-{citation.line_end}"
    page = f", page {citation.page}" if citation.page is not None else ""
    return f"{name(citation.path)}{page}, {lines}, characters {citation.start}-{citation.end}"


def _fenced(words: str) -> list[str]:
    """Return words as a fenced block whose fence they cannot close."""
    longest = max((len(run) for run in _BACKTICKS.findall(words)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}text", words, fence]


def _code(text: str) -> str:
    """Return a name as a code span that it cannot close."""
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    ticks = "`" * (longest + 1)
    space = " " if longest else ""
    return f"{ticks}{space}{' '.join(text.split())}{space}{ticks}"
