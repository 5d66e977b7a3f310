"""Cut a document into passages: slices aligned to sentences and paragraphs.

Passages do not overlap, together hold everything but white space, and are never
cut inside a word. Their size is measured in the encoder's own tokens.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .blocks import blocks
from .furniture import furniture_weights
from .records import Document
from .sentences import sentence_spans

VERSION = "passages-2"
"""Part of the catalog's key: changed whenever the same text would be cut differently."""
TARGET_TOKENS = 120
"""Paragraphs are joined up to about this size; measured in docs/experiments.md."""

TokenCounter = Callable[[Sequence[str]], Sequence[int]]
"""Texts to their numbers of tokens, without the special tokens around them."""

_RUN = re.compile(r"\S+\s*")
_PART = re.compile(r"(?:\w+|\W)\s*")


@dataclass(frozen=True, slots=True)
class SentenceSpan:
    """A sentence (or a part of one that is longer than the encoder's window)."""

    start: int
    end: int
    furniture: float
    """How likely it is page furniture, 0 to 1."""


@dataclass(frozen=True, slots=True)
class PassageSpan:
    """A passage before it has a place in the catalog."""

    start: int
    end: int
    sentences: tuple[SentenceSpan, ...]


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence on its way into a passage."""

    span: SentenceSpan
    tokens: int
    opens_block: bool
    opens_section: bool
    block_tokens: int


def cut_passages(
    document: Document, count: TokenCounter, window: int, target: int = TARGET_TOKENS
) -> list[PassageSpan]:
    """Return the passages of ``document`` in order.

    Args:
        document: whose text is cut.
        count: the encoder's token counter.
        window: the most tokens a passage may have; only a single word may exceed it.
        target: about how many tokens joined paragraphs should have.
    """
    passages: list[PassageSpan] = []
    current: list[_Unit] = []
    size = 0
    for unit in _units(document, count, window):
        if current and _breaks(unit, size, window, target):
            passages.append(_passage(current))
            current, size = [], 0
        current.append(unit)
        size += unit.tokens
    if current:
        passages.append(_passage(current))
    return passages


def _breaks(unit: _Unit, size: int, window: int, target: int) -> bool:
    """Say whether ``unit`` begins a new passage after one of ``size`` tokens."""
    if size + unit.tokens > window or unit.opens_section:
        return True
    if unit.opens_block:
        return size + unit.block_tokens > target and size >= target // 3
    if unit.block_tokens > window:  # a long paragraph falls into equal parts
        parts = -(-unit.block_tokens // window)
        return size >= unit.block_tokens / parts
    return False


def _passage(units: Sequence[_Unit]) -> PassageSpan:
    spans = tuple(unit.span for unit in units)
    return PassageSpan(spans[0].start, spans[-1].end, spans)


def _units(document: Document, count: TokenCounter, window: int) -> list[_Unit]:
    text = document.text
    found = blocks(text)
    section_starts = {section.start for section in document.sections}
    headings = [
        block.start in section_starts or text[block.start : block.end] == document.title
        for block in found
    ]
    weights = furniture_weights([text[b.start : b.end] for b in found], headings)
    spans = [sentence_spans(text, block.start, block.end) for block in found]
    flat = [text[start:end] for block_spans in spans for start, end in block_spans]
    counts = iter(count(flat))
    units: list[_Unit] = []
    for block, weight, block_spans in zip(found, weights, spans, strict=True):
        pieces = [
            piece
            for start, end in block_spans
            for piece in _pieces(text, start, end, next(counts), count, window)
        ]
        total = sum(tokens for _, _, tokens in pieces)
        for number, (start, end, tokens) in enumerate(pieces):
            units.append(
                _Unit(
                    SentenceSpan(start, end, weight), tokens, number == 0,
                    number == 0 and block.start in section_starts, total,
                )
            )  # fmt: skip
    return units


def _pieces(
    text: str, start: int, end: int, tokens: int, count: TokenCounter, window: int
) -> list[tuple[int, int, int]]:
    """Return (start, end, tokens) of a sentence, cut between words if it is too long."""
    if tokens <= window:
        return [(start, end, tokens)]
    runs = _sized(text, start, end, _RUN, count)
    parts = [
        part
        for run in runs
        for part in ([run] if run[2] <= window else _sized(text, run[0], run[1], _PART, count))
    ]
    pieces: list[tuple[int, int, int]] = []
    first, size = start, 0
    for part_start, _, part_tokens in parts:
        if size and size + part_tokens > window:
            pieces.append((first, part_start, size))
            first, size = part_start, 0
        size += part_tokens
    pieces.append((first, end, size))
    return [(a, a + len(text[a:b].rstrip()), n) for a, b, n in pieces]


def _sized(
    text: str, start: int, end: int, pattern: re.Pattern[str], count: TokenCounter
) -> list[tuple[int, int, int]]:
    spans = [match.span() for match in pattern.finditer(text, start, end)]
    counts = count([text[a:b] for a, b in spans])
    return [(a, b, n) for (a, b), n in zip(spans, counts, strict=True)]
