"""What of a draft is not prose: code, links, tags, front matter; and its block quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

HIDDEN = "\0"
"""Stands for each character that is no prose; line ends stay."""

_NOT_PROSE = (
    re.compile(r"\A\ufeff?---[ \t]*\r?\n.*?^(?:---|\.\.\.)[ \t]*\r?$", re.DOTALL | re.MULTILINE),
    re.compile(
        r"^[ \t>]*(?P<fence>`{3,}|~{3,})[^`\n]*\n(?:.*?^[ \t>]*(?P=fence)[`~]*[ \t]*\r?$|.*\Z)",
        re.DOTALL | re.MULTILINE,
    ),
    re.compile(r"<!--.{,4000}?-->", re.DOTALL),
    re.compile(r"(?<!`)(`+)(?!`)[^\n]*?[^`\n]\1(?!`)"),
    re.compile(r"</?[A-Za-z][^<>\n]*>"),
    # Where a link leads, but not the words of the link.
    re.compile(r"(?<=\])\((?:[^()\s]|\([^()\s]*\))*(?:[ \t]+(?:\"[^\"\n]*\"|'[^'\n]*'))?\)"),
    re.compile(r"^ {0,3}\[(?!\^)[^\]\n]+\]:[ \t]+\S.*$", re.MULTILINE),
)
_TEXT = re.compile(r"[^\r\n]")

_QUOTED_LINE = re.compile(r"(?P<mark>[ \t]*>(?:[ \t]?>)*[ \t]?)(?P<words>[^\r\n]*)")
_ALERT = re.compile(r"\[!\w+\]")
_SIGNED = re.compile(r"\s*(?:[—–―]|--)\s*\S")


@dataclass(frozen=True, slots=True)
class Block:
    """A block quote: its words without the markers, and the range it takes in the draft."""

    text: str
    start: int
    end: int
    words: bool
    """False for a box ("[!NOTE]") that only looks like a quotation."""


def prose(draft: str) -> str:
    """Return ``draft`` with everything that is no prose hidden; the length stays."""
    for pattern in _NOT_PROSE:
        draft = pattern.sub(lambda found: _TEXT.sub(HIDDEN, found.group()), draft)
    return draft


def blocks(draft: str, shown: str) -> Iterator[Block]:
    """Yield the block quotes of ``draft``; ``shown`` is its prose.

    A last line that begins with a dash names the speaker and is no part of the words.
    """
    lines: list[re.Match[str]] = []
    for start, end in _lines(shown):
        line = _QUOTED_LINE.fullmatch(shown, start, end)
        if line:
            lines.append(line)
        if lines and (not line or end == len(shown)):
            yield _block(draft, lines)
            lines = []
    if lines:
        yield _block(draft, lines)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each line, without its line end."""
    for line in re.finditer(r"[^\r\n]*(?:\r\n|\r|\n|\Z)", text):
        yield line.start(), line.start() + len(line.group().rstrip("\r\n"))


def _block(draft: str, lines: list[re.Match[str]]) -> Block:
    taken = [line for line in lines if line["words"].strip()]
    first, last = lines[0].start(), lines[-1].end()
    if not taken or _ALERT.match(taken[0]["words"]) or set(taken[0]["words"]) == {HIDDEN}:
        return Block("", first, last, words=False)
    if len(taken) > 1 and _SIGNED.match(taken[-1]["words"]):
        taken.pop()
    start, end = taken[0].start("words"), taken[-1].end("words")
    kept = [line for line in lines if start <= line.start("words") and line.end("words") <= end]
    text = draft[kept[0].start("words") : kept[0].end("words")]
    for before, line in zip(kept, kept[1:], strict=False):
        text += draft[before.end() : line.start()] + draft[line.start("words") : line.end("words")]
    return Block(text, start, end, words=True)
