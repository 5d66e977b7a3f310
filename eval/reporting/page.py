"""A run as one HTML page that needs nothing else: tables, plots, every answer with its gold marked.

Text of the corpus and of questions is always escaped, control characters made
visible, and the page's policy forbids scripts and anything from outside.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from retrieval.printable import printable

from ..measures import Case
from ..records import Place
from ..scoring import ALL, Scores, about
from . import table
from .plots import plots
from .style import STYLE

_WORDS = "what it is"
"""The title of a column of words."""
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def page(scores: Scores) -> str:
    """Return the page.

    Raises:
        MissingToolError: matplotlib is not installed.
    """
    return "\n".join(_parts(scores)) + "\n"


def _parts(scores: Scores) -> Iterator[str]:
    title, *notes = table.heading(scores)
    name, about_it = _safe(scores.run.name), _safe(title.partition(": ")[2])
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{name}</title>\n<style>{STYLE}</style>\n</head>"
    yield f"<body>\n<main>\n<h1>{name}</h1>\n<p>{about_it}</p>"
    yield from (f'<p class="about">{_safe(line)}</p>' for line in notes)
    yield "<h2>By kind of question</h2>" + _table(table.by_kind(scores))
    yield '<h2>Plots</h2>\n<div class="plots">'
    yield from (_figure(name, svg) for name, svg in plots(scores).items())
    yield "</div>"
    yield "<h2>Every measure, all questions</h2>" + _table(_measures(scores))
    times = table.latency(scores)
    if times:
        yield "<h2>Time</h2>" + _table(times)
    yield "<h2>Every question</h2>"
    yield '<p class="about">Gold is <mark>marked</mark>. Open a question for its answer.</p>'
    kinds = sorted({case.question.kind for case in scores.cases.values()})
    for kind in kinds:
        cases = [case for case in scores.cases.values() if case.question.kind == kind]
        yield f"<h3>{_safe(kind)} ({len(cases)})</h3>"
        for case in cases:
            yield from _question(case, scores.run.answers.get(case.question.id))
    yield "</main>\n</body>\n</html>"


def _table(rows: table.Rows) -> str:
    words = [' class="words"' if cell == _WORDS else "" for cell in rows[0]]
    head = "".join(f"<th{w}>{_safe(cell)}</th>" for w, cell in zip(words, rows[0], strict=True))
    body = "".join(
        "<tr>"
        + "".join(f"<td{w}>{_safe(cell)}</td>" for w, cell in zip(words, row, strict=True))
        + "</tr>\n"
        for row in rows[1:]
    )
    parts = f"<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody>"
    return f'<div class="wide"><table>{parts}</table></div>'


def _measures(scores: Scores) -> table.Rows:
    """Return every measure with what it means."""
    head, *rows = table.overall(scores)
    meanings = [about(name) for name in scores.groups[ALL]]
    return [
        [*head, _WORDS],
        *([*row, text] for row, text in zip(rows, meanings, strict=True)),
    ]


def _figure(title: str, svg: str) -> str:
    data = b64encode(svg.encode()).decode()
    source = f"data:image/svg+xml;base64,{data}"
    image = f'<img alt="{_safe(title)}" src="{source}">'
    return f"<figure><figcaption>{_safe(title)}</figcaption>{image}</figure>"


def _question(case: Case, line: Mapping[str, Any] | None) -> Iterator[str]:
    question = case.question
    state, text = _verdict(case, line)
    yield f'<details id="{_safe(question.id)}"><summary><span class="{state}">{_safe(text)}</span> '
    yield f'<span class="id">{_safe(question.id)}</span> {_safe(question.text)}</summary>'
    if question.history:
        earlier = "".join(f"<li>{_safe(each)}</li>" for each in question.history)
        yield f'<p class="about">Asked before:</p><ol>{earlier}</ol>'
    if question.note:
        yield f'<p class="about">Note: {_safe(question.note)}</p>'
    answer = None if line is None else line["answer"]
    if answer is not None:
        if answer["understood_as"] != question.text:
            yield f'<p class="about">Understood as: {_safe(answer["understood_as"])}</p>'
        yield from (
            _evidence(n, item, case) for n, item in enumerate(answer["evidence"][: case.shown])
        )
    elif line is not None:
        ranked = "".join(
            f'<li class="{"right" if name in question.relevant else ""}">{_safe(name)}</li>'
            for name in line["ranking"][:10]
        )
        yield f"<ol>{ranked}</ol>"
    yield from _gold(case)
    yield "</details>"


def _verdict(case: Case, line: Mapping[str, Any] | None) -> tuple[str, str]:
    """Return the class and the words of a question's badge."""
    if line is None or case.outcome is None:
        return "bad", "not run"
    if case.outcome.status is None:
        right = bool(case.outcome.ranking) and case.outcome.ranking[0] in case.question.relevant
        return ("good", "right") if right else ("soft", "not first")
    words = f"{case.outcome.status.replace('_', ' ')} {case.outcome.confidence:.2f}"
    if not case.question.answerable:
        return ("bad" if case.answered else "good"), words
    right = case.right(0)
    if case.answered:
        return ("good" if right else "bad"), words + (", right" if right else ", wrong")
    return "soft", words + (", would be right" if right else "")


def _evidence(number: int, evidence: Mapping[str, Any], case: Case) -> str:
    state = "right" if case.right(number) else ""
    cited = [_cited(citation) for citation in evidence["citations"]]
    beside = "".join(
        f'<p class="beside">{name}: {_marked(item, case)} '
        f"<cite>{'; '.join(_cited(citation) for citation in item['citations'])}</cite></p>"
        for name, key in (("Nearly the same", "near"), ("Differs", "differs"))
        for item in evidence[key]
    )
    return (
        f'<blockquote class="{state}"><p>{_marked(evidence, case)}</p>'
        f"<cite>{'; '.join(cited)}</cite>{beside}</blockquote>"
    )


def _cited(citation: Mapping[str, Any]) -> str:
    where = f"{citation['path']} {citation['start']}-{citation['end']}"
    return f"{_safe(where)} ({_safe(citation['state'])})"


def _marked(item: Mapping[str, Any], case: Case) -> str:
    """Return a quote with the gold in it marked, taken from the citation that has the most."""
    places = [Place(c["path"], c["start"], c["end"]) for c in item["citations"]]
    golds = [gold.place for gold in case.question.gold if gold.quote]
    best = max(places, key=lambda place: sum(place.overlap(gold) for gold in golds))
    text = item["quote"]
    flags = [False] * len(text)
    for gold in golds:
        if gold.overlap(best):
            start, end = max(gold.start, best.start), min(gold.end, best.end)
            flags[start - best.start : end - best.start] = [True] * (end - start)
    return _runs(text, flags)


def _runs(text: str, flags: Sequence[bool]) -> str:
    parts, start = [], 0
    for at in range(1, len(text) + 1):
        if at == len(text) or flags[at] != flags[start]:
            part = _safe(text[start:at])
            parts.append(f"<mark>{part}</mark>" if flags[start] else part)
            start = at
    return "".join(parts)


def _gold(case: Case) -> Iterator[str]:
    question = case.question
    if not question.gold:
        return
    shown = case.outcome.shown[: case.shown] if case.outcome else ()
    found = question.shown_by(place for item in shown for place in (*item.places, *item.beside))
    yield '<ul class="gold">'
    for number, gold in enumerate(question.gold):
        side = f" (side {_safe(gold.side)})" if gold.side is not None else ""
        words = f"<mark>{_safe(gold.quote)}</mark> " if gold.quote else ""
        where = f"{_safe(gold.place.path)} {gold.place.start}-{gold.place.end}"
        seen = "shown" if number in found else "not shown"
        yield f"<li>Gold{side}, {seen}: {words}<cite>{where}</cite></li>"
    yield "</ul>"


def _safe(text: str) -> str:
    return escape(printable(text), quote=True)
