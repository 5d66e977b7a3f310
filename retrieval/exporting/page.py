"""One HTML page that loads nothing, runs nothing and links nowhere."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from ..printable import printable_line
from ..sessions.records import Session, Turn
from ..transcripts import shown
from .choosing import about, head, quoted, remarks, searched

_STYLE = """
:root { color-scheme: light dark; --dim: #5b6270; --line: #d7dbe2; --mark: #1f7a4d;
  --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --dim: #a2a9b6; --line: #3a404b; --mark: #6cc79a; --bad: #ff8a80; }
}
body { font: 16px/1.55 Georgia, 'Times New Roman', serif; max-width: 46rem; margin: 2.5rem auto;
  padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
p, li, h3 { font-family: system-ui, sans-serif; font-size: .875rem; }
p, li { color: var(--dim); } h3 { margin: 1.5rem 0 .25rem; }
.head { color: inherit; font-weight: 600; }
blockquote { margin: .5rem 0; padding: .25rem 0 .25rem 1rem; border-left: 3px solid var(--mark);
  white-space: pre-wrap; tab-size: 4; }
ul { list-style: none; padding-left: 1.2rem; margin: .25rem 0 1rem; }
code { font-size: .8rem; } .changed, .missing { color: var(--bad); }
"""
_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"


def write(session: Session) -> str:
    """Return a conversation as a page of its own."""
    name = _safe(session.info.name or "A conversation")
    body = [f"<h1>{name}</h1>", *(f"<p>{_safe(sentence)}</p>" for sentence in about(session))]
    for turn in session.turns:
        body += _turn(turn)
    return "\n".join([
        "<!doctype html>", '<html lang="en">', "<head>", '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{name}</title>", f"<style>{_STYLE}</style>", "</head>", "<body>",
        *body, "</body>", "</html>", "",
    ])  # fmt: skip


def _turn(turn: Turn) -> Iterator[str]:
    """Yield a question, what was answered, and on what that rests."""
    yield f'<h2 dir="auto">{turn.number}. {_safe(turn.question)}</h2>'
    for sentence in remarks(turn):
        yield f"<p>{_safe(sentence)}</p>"
    yield f'<p class="head">{_safe(head(turn.answer))}</p>'
    for one in quoted(turn.answer):
        yield f"<h3>{one.heading or f'[{one.number}]'}</h3>"
        # The first newline after a <pre> would be dropped; a block quote keeps each.
        yield f'<blockquote dir="auto">{escape(shown(one.quote))}</blockquote>'
        yield "<ul>"
        for citation in one.citations:
            yield f"<li>{_cited(citation)}</li>"
        yield "</ul>"
    yield f"<p>{_safe(searched(turn.answer))}</p>"


def _cited(citation: Mapping[str, Any]) -> str:
    first, last = citation["line_start"], citation["line_end"]
    parts = [f"page {citation['page']}"] if citation.get("page") is not None else []
    parts.append(f"line {first}" if first == last else f"lines {first}-{last}")
    parts.append(f"characters {citation['start']}-{citation['end']}")
    if citation.get("section"):
        parts.append(f"section “{citation['section']}”")
    place = ", ".join(map(_safe, parts))
    state, sha256 = _safe(str(citation["state"])), _safe(str(citation["sha256"]))
    return (
        f"<bdi>{_safe(citation['path'])}</bdi>, {place}, sha256 <code>{sha256}</code>, "
        f'<span class="{state}">{state}</span>'
    )


def _safe(text: str) -> str:
    """Return text that a page shows and never obeys."""
    return escape(printable_line(text))
