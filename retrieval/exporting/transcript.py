"""Transcripts: text and Markdown that people read and ``quoth verify`` proves."""

from __future__ import annotations

from collections.abc import Iterator

from ..printable import printable_line
from ..sessions.records import Session, Turn
from ..transcripts import FIRST_LINE, TranscriptForm, citation_line, markdown_line, quote_lines
from .choosing import about, head, quoted, remarks, searched

_TO_CHECK = "To check every quote below: quoth verify FILE --corpus FOLDER"


def write(session: Session, form: TranscriptForm) -> str:
    """Return a conversation as a transcript."""
    markdown = form == "markdown"
    name = _line(session.info.name or "A conversation", form)
    lines = [FIRST_LINE[form], "", f"# {name}" if markdown else f"Conversation: {name}", ""]
    for sentence in (*about(session), _TO_CHECK):
        lines += [_line(sentence, form), *([""] if markdown else [])]
    lines += [] if markdown else [""]
    for turn in session.turns:
        lines += _turn(turn, form)
    return "\n".join(lines).rstrip("\n") + "\n"


def _turn(turn: Turn, form: TranscriptForm) -> Iterator[str]:
    """Yield a question, what was answered, and on what that rests."""
    markdown = form == "markdown"
    question = _line(turn.question, form)
    yield f"## {turn.number}. {question}" if markdown else f"Question {turn.number}: {question}"
    yield from [""] if markdown else []
    for sentence in remarks(turn):
        yield f"*{_line(sentence, form)}*" if markdown else _line(sentence, form)
        yield from [""] if markdown else []
    yield f"**{_line(head(turn.answer), form)}**" if markdown else head(turn.answer)
    yield ""
    for one in quoted(turn.answer):
        if one.heading:
            yield f"*{one.heading}*" if markdown else one.heading
        else:
            yield f"**\\[{one.number}\\]**" if markdown else f"[{one.number}]"
        yield from [""] if markdown else []
        yield from quote_lines(one.quote, form)
        yield from [""] if markdown else []
        yield from (citation_line(citation, form) for citation in one.citations)
        yield ""
    counted = _line(searched(turn.answer), form)
    yield f"*{counted}*" if markdown else counted
    yield from ["", ""]


def _line(text: str, form: TranscriptForm) -> str:
    """Return text for a line that something of ours begins, made harmless."""
    return markdown_line(text) if form == "markdown" else printable_line(text)
