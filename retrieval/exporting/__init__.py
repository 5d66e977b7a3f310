"""Conversations written out: for people, for programs, and for ``quoth verify``.

Every quote stands there with every citation it has. JSON is exact; whatever is
drawn for people shows control characters instead of obeying them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, get_args

from ..errors import UsageError
from ..sessions.records import Pin, Session
from . import data, page, transcript
from .choosing import only_pinned

ExportForm = Literal["markdown", "json", "jsonl", "text", "html", "csv"]
EXPORT_FORMS: tuple[ExportForm, ...] = get_args(ExportForm)

_WRITERS: Mapping[ExportForm, Callable[[Session], str]] = {
    "markdown": lambda session: transcript.write(session, "markdown"),
    "text": lambda session: transcript.write(session, "text"),
    "html": page.write,
    "json": data.write_json,
    "jsonl": data.write_jsonl,
    "csv": data.write_csv,
}


def export_session(
    session: Session, form: ExportForm = "markdown", pins: Iterable[Pin] | None = None
) -> str:
    """Return a conversation in the form that was asked for.

    Args:
        session: what ``Sessions.read`` gave.
        form: ``markdown`` and ``text`` are transcripts that ``quoth verify`` proves; ``json``
            holds everything, ``jsonl`` the answers alone; ``html`` is one page; ``csv`` has a
            row for every citation, safe to open in a spreadsheet.
        pins: only these evidences, and only the turns that have one; None is everything.

    Raises:
        UsageError: there is no such form.
    """
    if form not in _WRITERS:
        raise UsageError(f"There is no form {form!r}.", f"It may be {', '.join(EXPORT_FORMS)}.")
    return _WRITERS[form](session if pins is None else only_pinned(session, pins))


__all__ = ["EXPORT_FORMS", "ExportForm", "export_session"]
