"""For programs: JSON, JSON lines and CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import Any

from ..printable import printable
from ..records import SCHEMA
from ..sessions.records import Session
from ..transcripts import exact_json
from .choosing import NUMBERS, quoted

_COLUMNS = (
    "turn", "question", "asked", "status", "confidence", "mark", "evidence", "role", "quote",
    "path", "title", "page", "section", "line_start", "line_end", "start", "end", "sha256", "state",
)  # fmt: skip
_CITED = _COLUMNS[_COLUMNS.index("path") :]
_FORMULA = re.compile(r"[\s'\"]*[-=+@|%＝＋－＠]|[\t\r\n]")


def write_json(session: Session) -> str:
    """Return everything that is known of a conversation; answers stand there exactly."""
    turns = [
        {
            "turn": turn.number, "asked": turn.asked.isoformat(), "mark": turn.mark,
            "dropped": turn.dropped, "answer": _answer(turn.answer),
        }
        for turn in session.turns
    ]  # fmt: skip
    whole = {"schema": SCHEMA, "session": session.info.to_dict(), "turns": turns}
    return exact_json(whole, indent=2) + "\n"


def write_jsonl(session: Session) -> str:
    """Return the answers, one a line, as ``quoth chat --json`` writes them."""
    return "".join(exact_json(_answer(turn.answer)) + "\n" for turn in session.turns)


def write_csv(session: Session) -> str:
    """Return a row for every citation of every quote.

    A cell that a spreadsheet would take for a formula starts with an apostrophe.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for turn in session.turns:
        answer = turn.answer
        about = (turn.number, turn.question, turn.asked.isoformat(), answer["status"],
                 answer["confidence"], turn.mark)  # fmt: skip
        for one in quoted(answer):
            for citation in one.citations:
                cited = (citation.get(column) for column in _CITED)
                row = (*about, one.number, one.role, one.quote, *cited)
                writer.writerow([_cell(value) for value in row])
    return file.getvalue()


def _answer(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key != NUMBERS}


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return "" if value is None else value
    text = printable(value.replace("\r\n", "\n"))
    return f"'{text}" if _FORMULA.match(text) else text
