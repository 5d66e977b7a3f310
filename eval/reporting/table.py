"""Tables of scores, as plain text and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..records import Unit
from ..scoring import ALL, Scores, label
from ..statistics import Estimate

Rows = list[list[str]]

_FULL = (
    ("quote success@1", "right@1"),
    ("quote success@3", "right@3"),
    ("quote success@5", "right@5"),
    ("quote mrr@10", "mrr@10"),
    ("unit recall@5", "{unit} recall@5"),
    ("character precision", "char. P"),
    ("character recall@k", "char. R"),
    ("conflict coverage", "conflict"),
    ("answered", "answered"),
    ("correct", "correct"),
    ("wrong answer", "wrong"),
)
_PLAIN = tuple(
    (f"unit {name}", name)
    for name in ("success@1", "success@5", "recall@1", "recall@5", "mrr@10", "ndcg@5", "ndcg@10")
)
NONE = "–"


def number(estimate: Estimate | None, digits: int = 3) -> str:
    """Return a number as it stands in a table."""
    return NONE if estimate is None else f"{estimate.value:.{digits}f}"


def by_kind(scores: Scores) -> Rows:
    """Return a header and a row a kind, all questions first."""
    unit: Unit = scores.run.questions.unit
    columns = _FULL if scores.run.meta["retriever"] == "full" else _PLAIN
    used = [
        (n, title) for n, title in columns if any(n in group for group in scores.groups.values())
    ]
    rows = [["kind", "n", *(title.format(unit=unit) for _, title in used)]]
    kinds = [case.question.kind for case in scores.cases.values()]
    for kind, group in scores.groups.items():
        count = len(kinds) if kind == ALL else kinds.count(kind)
        rows.append([kind, str(count), *(number(group.get(name)) for name, _ in used)])
    return rows


def overall(scores: Scores) -> Rows:
    """Return a header and a row a measure, over all questions, with intervals."""
    unit = scores.run.questions.unit
    rows = [["measure", "all", "95 % interval", "n"]]
    for name, estimate in scores.groups[ALL].items():
        between = f"{estimate.low:.3f} to {estimate.high:.3f}"
        rows.append([label(name, unit), number(estimate), between, str(estimate.size)])
    return rows


def latency(scores: Scores) -> Rows:
    """Return a header and a row a stage: milliseconds by percentile."""
    stages = list(scores.latency.items())
    if not stages:
        return []
    rows = [["milliseconds", *stages[0][1]]]
    rows += [[stage, *(f"{value:.1f}" for value in values.values())] for stage, values in stages]
    return rows


def heading(scores: Scores) -> list[str]:
    """Return what was measured on what, line by line."""
    meta, missing = scores.run.meta, scores.missing
    index = meta["index"]
    lines = [
        f"{scores.run.name}: {meta['questions']['count']} questions over "
        f"{index['documents']} documents ({index['passages']} passages), {index['model']}",
        f"{meta['machine']}; {meta['date']}; {meta['command']}",
    ]
    if "seconds" in meta:
        memory = (
            "" if meta["memory_mb"] is None else f", {meta['memory_mb']:,.0f} MB of memory at most"
        )
        lines.append(f"{meta['seconds']:,.0f} seconds{memory}")
    if missing:
        lines.append(f"{missing} questions were not run and count as wrong.")
    if index["skipped"]:
        lines.append(f"{index['skipped']} files of the corpus could not be read.")
    return lines


def as_text(rows: Rows) -> str:
    """Return a table in columns, the first to the left and the others to the right."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        row[0].ljust(widths[0]),
        *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)),
    ]
    return "  ".join(cells).rstrip()


def as_markdown(rows: Rows) -> str:
    """Return a Markdown table."""

    def lines() -> Iterator[str]:
        yield "| " + " | ".join(rows[0]) + " |"
        yield "|---" + "|---:" * (len(rows[0]) - 1) + "|"
        for row in rows[1:]:
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"

    return "\n".join(lines())


def summary(scores: Scores) -> str:
    """Return what a run ends with in the terminal."""
    parts = ["\n".join(heading(scores)), as_text(by_kind(scores)), as_text(overall(scores))]
    times = latency(scores)
    if times:
        parts.append(as_text(times))
    return "\n\n".join(parts)


def markdown(scores: Scores) -> str:
    """Return the same as a Markdown page."""
    title, *about = heading(scores)
    parts = [f"# {title}", *about, "## By kind", as_markdown(by_kind(scores)), "## All questions"]
    parts.append(as_markdown(overall(scores)))
    times = latency(scores)
    if times:
        parts += ["## Time", as_markdown(times)]
    return "\n\n".join(parts) + "\n"
