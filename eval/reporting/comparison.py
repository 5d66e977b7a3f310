"""A comparison of two runs as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from retrieval.printable import printable_line

from ..comparing import Changed, Comparison, Difference
from ..scoring import label
from .table import Rows, as_text

_SHOWN = 300
"""Characters of a quote in a list of questions; an ellipsis says that it goes on."""


def as_page(comparison: Comparison) -> str:
    """Return the whole comparison."""
    first, second = comparison.first.run, comparison.second.run
    head = [
        f"A: {first.name}  {first.folder}",
        f"B: {second.name}  {second.folder}",
        f"{len(comparison.common)} questions in common.",
    ]
    others = [
        len(scores.cases) - len(comparison.common)
        for scores in (comparison.first, comparison.second)
    ]
    if any(others):
        head.append(f"Left out: {others[0]} questions of A alone, {others[1]} of B alone.")
    parts = ["\n".join(head), as_text(_rows(comparison))]
    for improved, title in ((False, "Worse"), (True, "Better")):
        changed = [each for each in comparison.changed if each.improved == improved]
        parts.append(f"{title}: {len(changed)} questions")
        parts += ["\n".join(_question(each, comparison)) for each in changed]
    return "\n\n".join(parts) + "\n"


def _rows(comparison: Comparison) -> Rows:
    unit = comparison.first.run.questions.unit
    rows = [["measure", "A", "B", "B - A", "95 % interval", "p", "n", ""]]
    for each in comparison.differences:
        p = "" if each.p is None else f"{each.p:.4f}"
        values = [f"{each.first:.3f}", f"{each.second:.3f}", f"{each.change:+.3f}"]
        between = f"{each.low:+.3f} to {each.high:+.3f}"
        rows.append([label(each.name, unit), *values, between, p, str(each.count), _verdict(each)])
    return rows


def _verdict(difference: Difference) -> str:
    return {True: "better", False: "worse", None: ""}[difference.improved]


def _question(changed: Changed, comparison: Comparison) -> Iterator[str]:
    question = changed.question
    change = f"{changed.measure} {changed.first:g} -> {changed.second:g}"
    yield f"{question.id} ({question.kind}; {change})"
    yield from (f"    before: {printable_line(earlier)}" for earlier in question.history)
    yield f"    question: {printable_line(question.text)}"
    yield from (f"    gold: {_short(gold.quote)}" for gold in question.gold[:2] if gold.quote)
    for letter, scores in (("A", comparison.first), ("B", comparison.second)):
        yield f"    {letter}: {_answer(scores.run.answers.get(question.id))}"


def _answer(line: Mapping[str, Any] | None) -> str:
    if line is None:
        return "not run"
    answer = line["answer"]
    if answer is None:
        return ", ".join(line["ranking"][:3]) or "nothing found"
    quote = _short(answer["evidence"][0]["quote"]) if answer["evidence"] else "nothing"
    return f"{answer['status']} {answer['confidence']:.2f}  {quote}"


def _short(text: str) -> str:
    line = printable_line(text)
    return line if len(line) <= _SHOWN else line[:_SHOWN] + " ..."
