"""The grammar of a transcript: how quotes and citations are written and read back.

A transcript is text or Markdown that people read and ``quoth verify`` proves.
Whatever comes from outside is drawn with :func:`printable`, one character for
one, and stands after a mark at the start of its line; so no quote, question or
file name can pass for a line of the transcript.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from .printable import printable, printable_line

TranscriptForm = Literal["text", "markdown"]

FIRST_LINE: Mapping[TranscriptForm, str] = {
    "text": "quoth transcript, format 1",
    "markdown": "<!-- quoth transcript, format 1 -->",
}
QUESTION: Mapping[TranscriptForm, re.Pattern[str]] = {
    "text": re.compile(r"Question (\d+): "),
    "markdown": re.compile(r"## (\d+)\. "),
}
"""How the line of a question starts."""
NUMBER: Mapping[TranscriptForm, re.Pattern[str]] = {
    "text": re.compile(r"\[(\d+)\]"),
    "markdown": re.compile(r"\*\*\\\[(\d+)\\\]\*\*"),
}
"""The line before an evidence."""
NEAR, DIFFERS = "Nearly repeated in:", "A different figure or date in:"
"""The lines before the quotes beside an evidence."""

_BAR = "| "
_PLACE = (
    r"(?:, page \d+)?, lines? \d+(?:-\d+)?, characters (?P<start>\d+)-(?P<end>\d+), "
    r"sha256 `?(?P<sha256>\w+)`?, (?:verified|changed|missing)(?:, section “.*”)?"
)
_CITATION: Mapping[TranscriptForm, re.Pattern[str]] = {
    "text": re.compile(r'  (?P<path>"(?:[^"\\]|\\.)*"|[^",\\]+)' + _PLACE),
    "markdown": re.compile(r"- `(?P<path>[^`]+)`" + _PLACE),
}
_PLAIN_PATH = re.compile(r'[^\s",`\\](?:[^",`\\]*[^\s",`\\])?')
_MARKUP = re.compile(
    r"[\\`*_\[\]<>#|~&$^{}]|:(?=//|[A-Za-z_]\w*:)|(?<=www)\.|^[-+=]|(?<=^\d)[.)]|(?<=^\d\d)[.)]"
    r"|(?<=^\d{3})[.)]|(?<=^\d{4})[.)]"
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_BACKTICKS = re.compile(r"`+")


def shown(text: str) -> str:
    """Return a quote as every transcript draws it: characters made visible, lines ended by LF."""
    return printable(text.replace("\r\n", "\n"))


def markdown_line(text: str) -> str:
    """Return text that a line of Markdown shows as it is, and never obeys."""
    return _MARKUP.sub(r"\\\g<0>", printable_line(text))


def unescaped(line: str) -> str:
    """Return what a line of Markdown shows; the inverse of :func:`markdown_line`."""
    return _ESCAPED.sub(r"\1", line)


def quote_lines(text: str, form: TranscriptForm) -> list[str]:
    """Return the lines that show a quote exactly.

    In Markdown that is a block quote, which reads well, and a fenced block where a
    block quote would fold white space.
    """
    drawn = shown(text)
    if form == "text":
        return [_BAR + line for line in drawn.split("\n")]
    if _folds(drawn):
        longest = max((len(run) for run in _BACKTICKS.findall(drawn)), default=0)
        fence = "`" * max(3, longest + 1)
        return [fence + "text", *drawn.split("\n"), fence]
    return ["> " + markdown_line(drawn)]


def _folds(drawn: str) -> bool:
    """Return whether Markdown would not show all of a quote's white space."""
    odd = drawn != drawn.strip() or "  " in drawn or "\n" in drawn or "\t" in drawn
    return odd or not drawn


def read_quote(lines: list[str], at: int, form: TranscriptForm) -> tuple[str, int] | None:
    """Return the quote that starts at line ``at``, as shown, and the line after it.

    None where no quote starts there.
    """
    line = lines[at]
    if form == "text":
        end = at
        while end < len(lines) and lines[end].startswith(_BAR.rstrip()):
            end += 1
        drawn = "\n".join(one[len(_BAR) :] for one in lines[at:end])
        return (drawn, end) if end > at else None
    if line.startswith("> "):
        return unescaped(line[2:]), at + 1
    if line.startswith("```"):
        fence = "`" * (len(line) - len(line.lstrip("`")))
        end = next((n for n in range(at + 1, len(lines)) if lines[n] == fence), len(lines))
        return "\n".join(lines[at + 1 : end]), end + 1
    return None


def citation_line(citation: Mapping[str, Any], form: TranscriptForm) -> str:
    """Return the line that says where a quote stands, from the JSON of a citation."""
    first, last = citation["line_start"], citation["line_end"]
    parts = [f"page {citation['page']}"] if citation.get("page") is not None else []
    parts.append(f"line {first}" if first == last else f"lines {first}-{last}")
    parts.append(f"characters {citation['start']}-{citation['end']}")
    tick = "`" if form == "markdown" else ""
    parts += [f"sha256 {tick}{citation['sha256']}{tick}", str(citation["state"])]
    if citation.get("section"):
        section = printable_line(citation["section"])
        parts.append(f"section “{markdown_line(section) if tick else section}”")
    path = written_path(citation["path"])
    return ", ".join([f"- `{path}`" if tick else f"  {path}", *parts])


def read_citation(line: str, form: TranscriptForm) -> tuple[str, int, int, str] | None:
    """Return path, start, end and sha256 of a citation's line, or None for any other line."""
    found = _CITATION[form].fullmatch(line)
    if found is None:
        return None
    path = found["path"]
    try:
        if path.startswith('"'):
            path = json.loads(path)
        return str(path), int(found["start"]), int(found["end"]), found["sha256"]
    except ValueError:  # no JSON, or a number of thousands of digits
        return None


def written_path(path: str) -> str:
    """Return a path as it is, or as a JSON string where it could be misread."""
    plain = _PLAIN_PATH.fullmatch(path) and printable_line(path) == path
    return path if plain else exact_json(path).replace("`", "\\u0060")


def exact_json(value: object, *, indent: int | None = None) -> str:
    """Return JSON in which whatever a terminal might obey is escaped: exact, and safe to show."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    unsafe = [one for one in set(text) if printable(one) != one]
    return text.translate({ord(one): json.dumps(one)[1:-1] for one in unsafe})
