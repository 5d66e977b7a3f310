"""Read saved answers (JSON, schema 1): one, an array of them, or one per line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from retrieval.errors import VerificationInputError
from retrieval.records import SCHEMA

Role = Literal["evidence", "near", "differs"]

_HINT = "Save an answer with: quoth ask QUESTION --json > answer.json"
_TYPES = {str: "text", int: "a whole number", list: "a list", dict: "an object"}


@dataclass(frozen=True, slots=True)
class SavedCitation:
    """One citation of a saved answer."""

    answer: int
    """1 for the first answer of the file."""
    evidence: int
    """1 for the answer's first evidence."""
    role: Role
    quote: str
    path: str
    start: int
    end: int
    sha256: str
    before: str = ""
    """The words before the quote that were saved with it."""
    after: str = ""
    drawn: bool = False
    """``quote`` is what a transcript shows: control characters became visible ones."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "answer": self.answer, "evidence": self.evidence, "role": self.role,
            "quote": self.quote, "path": self.path, "start": self.start, "end": self.end,
            "sha256": self.sha256,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Node:
    """A value in the JSON, and how to name the place where it stands."""

    value: Any
    where: str

    def get(self, key: str, kind: type) -> _Node:
        """Return the value under ``key``, which must be of ``kind``.

        Raises:
            VerificationInputError: there is none, or it is something else.
        """
        if not isinstance(self.value, dict):
            raise _wrong(f"{self.where} is not an object.")
        if key not in self.value:
            raise _wrong(f'{self.where} has no "{key}".')
        node = _Node(self.value[key], f'{self.where}, "{key}"')
        # True and False are whole numbers to Python.
        if not isinstance(node.value, kind) or (kind is int and isinstance(node.value, bool)):
            raise _wrong(f"{node.where} is not {_TYPES[kind]}.")
        return node

    def items(self, key: str, *, required: bool = True) -> Iterator[_Node]:
        """Yield the items of the list under ``key``."""
        if not required and (not isinstance(self.value, dict) or key not in self.value):
            return
        for number, item in enumerate(self.get(key, list).value, 1):
            yield _Node(item, f'{self.where}, "{key}" {number}')


def is_answers(name: str, text: str) -> bool:
    """Return whether a file holds saved answers rather than a draft."""
    if name.lower().endswith((".json", ".jsonl", ".ndjson")):
        return True
    start = text.lstrip("\ufeff \t\r\n")
    return bool(re.match(r"(?:\[\s*)?\{\s*\"", start)) and '"schema"' in start


def read_answers(text: str, name: str) -> tuple[SavedCitation, ...]:
    """Return every citation in the saved answers of ``text``, in order.

    Raises:
        VerificationInputError: it is no JSON, or not that of answers; the
            message names the file and the line or the key.
    """
    citations: list[SavedCitation] = []
    for number, node in enumerate(_answers(text.removeprefix("\ufeff"), name), 1):
        schema = node.get("schema", int).value
        if schema != SCHEMA:
            raise VerificationInputError(
                f"{node.where} has schema version {schema}; this quoth reads version {SCHEMA}.",
                "Ask the question again to save the answer in this version.",
            )
        for at, evidence in enumerate(node.items("evidence"), 1):
            citations.extend(_quoted(evidence, (number, at, "evidence")))
            for role in ("near", "differs"):
                for related in evidence.items(role, required=False):
                    citations.extend(_quoted(related, (number, at, role)))
    return tuple(citations)


def _answers(text: str, name: str) -> Iterator[_Node]:
    """Yield the objects of one JSON value, or of one JSON value per line."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) < 2 or not _is_json(lines[0]):
            raise _no_json(error, name) from None
        yield from _by_line(text, name)
        return
    if isinstance(value, dict) and "turns" in value:
        # A conversation, as ``quoth export --format json`` writes it.
        turns = enumerate(_Node(value, name).items("turns"), 1)
        yield from (_Node(t.get("answer", dict).value, f"{name}, turn {n}") for n, t in turns)
        return
    several = isinstance(value, list)
    for number, item in enumerate(value if several else [value], 1):
        yield _Node(item, f"{name}, answer {number}" if several else name)


def _by_line(text: str, name: str) -> Iterator[_Node]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield _Node(json.loads(line), f"{name}, line {number}")
            except (ValueError, RecursionError) as error:
                raise _no_json(error, name, number) from None


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _no_json(error: Exception, name: str, line: int | None = None) -> VerificationInputError:
    if isinstance(error, RecursionError):
        return _wrong(f"{name} is nested too deeply to be an answer.")
    if not isinstance(error, json.JSONDecodeError):
        return _wrong(f"{name} holds a number that is too large.")
    where = f"{name}, line {line or error.lineno}, column {error.colno}"
    if not error.doc[error.pos :].strip():
        return _wrong(f"{where}: the JSON ends too early; the file may have been cut off.")
    return _wrong(f"{where}: this is not JSON ({error.msg}).")


def _quoted(node: _Node, place: tuple[int, int, Role]) -> Iterator[SavedCitation]:
    """Yield the citations of one evidence or related quote."""
    quote = node.get("quote", str).value
    for citation in node.items("citations"):
        path = citation.get("path", str)
        if leaves(path.value):
            raise VerificationInputError(
                f"{path.where} leads out of the corpus: {path.value}",
                "Paths in an answer are relative to the corpus, with forward slashes.",
            )
        start, end = citation.get("start", int), citation.get("end", int)
        if not 0 <= start.value <= end.value:
            raise _wrong(f'{citation.where}: "start" and "end" are no range.')
        sha256 = citation.get("sha256", str).value
        before, after = _around(node, quote, start.value)
        yield SavedCitation(
            *place, quote, path.value, start.value, end.value, sha256, before, after
        )


def leaves(path: str) -> bool:
    """Return whether a path could lead out of the corpus, on any system."""
    parts = re.split(r"[/\\]", path)
    absolute = path.startswith(("/", "\\")) or re.match(r"[A-Za-z]:[/\\]", path)
    return bool(absolute) or ".." in parts or not path.strip("./") or "\0" in path


def _around(node: _Node, quote: str, start: int) -> tuple[str, str]:
    """Return the saved passage's words before and after the quote, as far as it has them."""
    passage = node.value.get("passage") if isinstance(node.value, dict) else None
    if not isinstance(passage, dict):
        return "", ""
    text, offset = passage.get("text"), passage.get("start")
    if not isinstance(text, str) or not isinstance(offset, int):
        return "", ""
    at = start - offset
    if at < 0 or text[at : at + len(quote)] != quote:
        return "", ""
    return text[:at], text[at + len(quote) :]


def _wrong(message: str) -> VerificationInputError:
    return VerificationInputError(message, _HINT)
