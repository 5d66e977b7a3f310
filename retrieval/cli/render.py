"""Draw answers and hits as text or Markdown.

Quotes are written as they are, on lines of their own; everything else is a fixed
template around them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from ..records import Answer, Citation, Evidence, Hit
from ..wording import own_words

_BOLD, _DIM, _GREEN, _RED, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[31m", "\x1b[0m"
_MARKS = {"verified": "✓ verified", "changed": "✗ source changed", "missing": "✗ source missing"}
_HEADS = {
    "answered": "",
    "uncertain": "The documents may not say. Nearest passages, not an answer:",
    "not_found": "The documents do not say.",
}
_BACKTICKS = re.compile(r"`+")

Safe = Callable[[str], str]
"""Makes a string from outside safe to write where it goes."""
Paint = Callable[[str, str], str]
"""Puts an escape code around a string, or does not."""


def answer_text(answer: Answer, safe: Safe, *, color: bool) -> str:
    """Return an answer for reading in a terminal or a file.

    Args:
        answer: what to show.
        safe: applied to every string that comes from outside.
        color: use escape codes for emphasis.
    """
    paint = _painter(color=color)
    lines: list[str] = []
    if answer.carried:
        carried = "; ".join(f"“{safe(c.text)}”" for c in answer.carried)
        lines += [paint(f"Also using: {carried}", _DIM), ""]
    if _HEADS[answer.status]:
        lines += [paint(_HEADS[answer.status], _BOLD), ""]
    if answer.status != "not_found":
        for number, evidence in enumerate(answer.evidence, start=1):
            lines += [*_evidence_lines(number, evidence, safe, paint), ""]
    lines.append(paint(_footer(answer, safe), _DIM))
    return "\n".join(lines) + "\n"


def answer_markdown(answer: Answer) -> str:
    """Return an answer as Markdown; its block quotes pass ``quoth verify``."""
    lines = [f"## {_inline(answer.question)}", ""]
    if answer.carried:
        lines += ["*Also using:* " + "; ".join(_inline(c.text) for c in answer.carried), ""]
    if _HEADS[answer.status]:
        lines += [f"**{_HEADS[answer.status]}**", ""]
    if answer.status != "not_found":
        for evidence in answer.evidence:
            lines += [block_quote(evidence.quote), ""]
            lines += [f"- {_markdown_citation(citation)}" for citation in evidence.citations]
            lines.append("")
    lines += [f"*{_inline(_footer(answer, str))}*", ""]
    return "\n".join(lines)


def profile(start: float, command: Mapping[str, float], answer: Mapping[str, float]) -> str:
    """Return a table of where a question's time went, in milliseconds.

    Args:
        start: of processor time before the command began: Python and imports.
        command: times of the command by stage.
        answer: times of the answer by stage.
    """
    stages = {name: spent for name, spent in answer.items() if name != "total"}
    rest = answer["total"] - sum(stages.values())
    rows = {
        "start": start, "open": command["open"], **stages, "rest": max(0.0, rest),
        "print": command["print"], "total": start + command["total"],
    }  # fmt: skip
    return "".join(f"{name:<14}{spent:>9.1f} ms\n" for name, spent in rows.items())


def block_quote(text: str) -> str:
    """Return text as a Markdown block quote, its words unchanged."""
    return "\n".join(f"> {line}" if line else ">" for line in re.split(r"\r\n|\r|\n", text))


def hits_text(hits: Sequence[Hit], safe: Safe, *, color: bool) -> str:
    """Return ranked passages for reading."""
    paint = _painter(color=color)
    lines: list[str] = []
    for hit in hits:
        document = hit.passage.document
        parts = ", ".join(f"{name} {value:.3f}" for name, value in hit.scores.items())
        place = f"{safe(document.path)}, characters {hit.passage.start}-{hit.passage.end}"
        lines += [paint(f"[{hit.rank}] {place}  score {hit.score:.3f} ({parts})", _DIM)]
        lines += [safe(hit.passage.text), ""]
    return "\n".join(lines) if lines else "No passage matches.\n"


def _evidence_lines(number: int, evidence: Evidence, safe: Safe, paint: Paint) -> Iterable[str]:
    yield safe(evidence.quote)
    for position, citation in enumerate(evidence.citations):
        label = f"[{number}]" if position == 0 else "    also in"
        yield _cited(label, citation, safe, paint)
    for heading, others in (
        ("nearly repeated in", evidence.near),
        ("differs in", evidence.differs),
    ):
        for other in others:
            yield paint(f"    {heading}:", _DIM)
            yield safe(other.quote)
            yield from _differing(evidence.quote, other.quote, safe, paint)
            for citation in other.citations:
                yield _cited("       ", citation, safe, paint)


def _differing(quote: str, other: str, safe: Safe, paint: Paint) -> Iterable[str]:
    """Yield a line with the words that only one of two quotes has."""
    told = [
        f"{heading} " + ", ".join(f"“{safe(one[start:end])}”" for start, end in own)
        for heading, one, own in (
            ("its own words:", other, own_words(other, quote)),
            ("without:", quote, own_words(quote, other)),
        )
        if own
    ]
    if told:
        yield paint("        " + "; ".join(told), _DIM)


def _cited(label: str, citation: Citation, safe: Safe, paint: Paint) -> str:
    mark = _MARKS[citation.state]
    colored = paint(mark, _GREEN if citation.state == "verified" else _RED)
    return paint(f"{label} {safe(place_of(citation))}", _DIM) + "  " + colored


def place_of(citation: Citation) -> str:
    """Say where a citation is: file, page, lines, characters, section."""
    lines = f"line {citation.line_start}"
    if citation.line_end != citation.line_start:
        lines = f"lines {citation.line_start}-{citation.line_end}"
    parts = [citation.path]
    if citation.page is not None:
        parts.append(f"page {citation.page}")
    parts += [lines, f"characters {citation.start}-{citation.end}"]
    if citation.section:
        parts.append(f"section “{citation.section}”")
    return ", ".join(parts)


def _markdown_citation(citation: Citation) -> str:
    place = place_of(citation).removeprefix(citation.path).lstrip(", ")
    return (
        f"{_code(citation.path)}, {_inline(place)}, "
        f"sha256 `{citation.sha256[:16]}`, {citation.state}"
    )


def _footer(answer: Answer, safe: Safe) -> str:
    searched = answer.searched
    text = (
        f"Searched {searched.documents} documents, {searched.passages} passages; "
        f"{searched.skipped} files skipped. Confidence {answer.confidence:.2f}."
    )
    if searched.terms:
        counts = ", ".join(f"“{safe(word)}” {count}×" for word, count in searched.terms.items())
        text += f" Rare words: {counts}."
    return text


def _inline(text: str) -> str:
    """Make text harmless inside a line of Markdown."""
    return re.sub(r"([\\`*_\[\]<>#|!~])", r"\\\1", " ".join(text.split()))


def _code(text: str) -> str:
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    fence = "`" * (longest + 1)
    flat = " ".join(text.split())
    return f"{fence} {flat} {fence}" if longest else f"`{flat}`"


def _painter(*, color: bool) -> Paint:
    return (lambda text, code: f"{code}{text}{_RESET}") if color else (lambda text, _: text)
