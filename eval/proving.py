"""Prove each citation of an answer against the files themselves, by a second path."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from retrieval.reading import NotTextError, read_bytes, to_document
from retrieval.records import Document

from .records import Proof


class Prover:
    """Reads the corpus afresh and compares."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._read: dict[str, tuple[bytes, Document] | None] = {}

    def prove(self, answer: Mapping[str, Any] | None) -> Proof:
        """Count the citations of an answer's JSON, and those that hold."""
        given = [] if answer is None else list(quotes(answer))
        verbatim = [self._verbatim(quote, citation) for quote, citation in given]
        verified = [
            fine and self._verified(quote, citation)
            for fine, (quote, citation) in zip(verbatim, given, strict=True)
        ]
        return Proof(len(given), sum(verbatim), sum(verified))

    def _verbatim(self, quote: str, citation: Mapping[str, Any]) -> bool:
        file = self._file(citation["path"])
        return file is not None and file[1].text[citation["start"] : citation["end"]] == quote

    def _verified(self, quote: str, citation: Mapping[str, Any]) -> bool:
        file = self._file(citation["path"])
        if file is None or citation["state"] != "verified":
            return False
        data, document = file
        first, last = citation.get("byte_start"), citation.get("byte_end")
        # The byte range has to give the same words without going by way of the text.
        if first is not None and last is not None:
            if _decoded(data, first, last, document.encoding) != quote:
                return False
        return bool(hashlib.sha256(data).hexdigest() == citation["sha256"])

    def _file(self, path: str) -> tuple[bytes, Document] | None:
        if path not in self._read:
            try:
                data, info = read_bytes(self._root, path)
                self._read[path] = data, to_document(path, data, info)
            except (NotTextError, OSError):
                self._read[path] = None
        return self._read[path]


def quotes(answer: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every quote of an answer's JSON with each of its citations."""
    for evidence in answer["evidence"]:
        for shown in (evidence, *evidence["near"], *evidence["differs"]):
            for citation in shown["citations"]:
                yield shown["quote"], citation


def _decoded(data: bytes, first: int, last: int, encoding: str) -> str:
    codec = encoding
    if encoding in ("utf-16", "utf-32"):  # a slice has no mark to tell the order of bytes by
        little = data[:2] == codecs.BOM_UTF16_LE
        codec = f"{encoding}-{'le' if little else 'be'}"
    return data[first:last].decode(codec, errors="replace")
