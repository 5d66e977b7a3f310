"""Write a segment: everything derived from some contents of the catalog."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import numpy as np

from . import catalog, layout
from .lexical import LexicalWriter, stems
from .tables import CONTENT, PASSAGE, SENTENCE, VectorFile
from .terms import count_stems
from .vectors import write_lists

_TOGETHER = 512
"""Passages whose vectors are held in memory at a time."""
_RECALL = {"passages": 0.98, "sentences": 0.9}
"""Share of the ten nearest that an index of lists has to find; a passage can be found by
each of its sentences, and by its words besides."""
_FILES = (
    layout.CONTENTS, layout.PASSAGES, layout.SENTENCES, layout.STEMS,
    layout.PASSAGE_VECTORS, layout.SENTENCE_VECTORS,
)  # fmt: skip


def write_segment(
    db: sqlite3.Connection,
    folder: Path,
    contents: Sequence[int],
    encoder_id: str,
    dim: int,
    exact_up_to: int,
) -> str:
    """Derive a segment from ``contents``, in their order; return its manifest's sha256.

    Raises:
        IndexDamagedError: the catalog lacks a vector.
    """
    layout.new_folder(folder)
    with ExitStack() as stack:
        files = {name: stack.enter_context((folder / name).open("wb")) for name in _FILES}
        writer = _Writer(db, folder, files, encoder_id, dim)
        for content in contents:
            writer.add(content)
    writer.lexical.finish()
    facts: dict[str, Any] = {
        "encoder": encoder_id, "contents": len(contents), "passages": writer.passages,
        "sentences": writer.sentences, "stems": writer.stems,
    }  # fmt: skip
    for kind, vectors, lists in (
        ("passages", layout.PASSAGE_VECTORS, layout.PASSAGE_LISTS),
        ("sentences", layout.SENTENCE_VECTORS, layout.SENTENCE_LISTS),
    ):
        if facts[kind] > exact_up_to:
            file = VectorFile(folder / vectors, facts[kind], dim)
            facts[f"{kind}_lists"] = write_lists(folder / lists, file, _RECALL[kind])
            file.close()
    return layout.write_manifest(folder, facts)


class _Writer:
    """Appends contents to the files of a segment, holding little of them in memory."""

    def __init__(
        self,
        db: sqlite3.Connection,
        folder: Path,
        files: Mapping[str, IO[bytes]],
        encoder_id: str,
        dim: int,
    ) -> None:
        self._db = db
        self._where = folder.parent / catalog.FILE
        self._files = files
        self._encoder = encoder_id
        self._dim = dim
        self.lexical = LexicalWriter(folder / layout.LEXICAL)
        self.passages = self.sentences = self.stems = 0

    def add(self, content: int) -> None:
        """Append one content."""
        before = self.passages, self.sentences
        (text,) = self._db.execute("SELECT text FROM contents WHERE id = ?", (content,)).fetchone()
        passages = self._db.execute(
            "SELECT id, start, end, key FROM passages WHERE content = ? ORDER BY start, id",
            (content,),
        ).fetchall()
        words = 0
        for first in range(0, len(passages), _TOGETHER):
            words += self._add_passages(text, passages[first : first + _TOGETHER])
        record = (
            content, before[0], self.passages - before[0], self.sentences - before[1], words
        )  # fmt: skip
        self._append(layout.CONTENTS, np.array([record], CONTENT))

    def _add_passages(self, text: str, passages: Sequence[tuple[int, int, int, bytes]]) -> int:
        records, sentences, keys, total = [], [], [], 0
        for passage, start, end, _ in passages:
            own = list(self._sentences(passage))
            sentences += [(self.passages, *sentence[:3]) for sentence in own]
            keys += [sentence[3] for sentence in own]
            found = stems(text[start:end])
            table = count_stems(found)
            records.append(
                (start, end, self.sentences, len(own), self.stems, len(table), len(found))
            )
            self._append(layout.STEMS, table)
            self.lexical.add(text[start:end])
            self.passages += 1
            self.sentences += len(own)
            self.stems += len(table)
            total += len(found)
        self._append(layout.PASSAGES, np.array(records, PASSAGE))
        self._append(layout.SENTENCES, np.array(sentences, SENTENCE))
        self._append_vectors(layout.PASSAGE_VECTORS, [passage[3] for passage in passages])
        self._append_vectors(layout.SENTENCE_VECTORS, keys)
        return total

    def _sentences(self, passage: int) -> Iterator[tuple[int, int, float, bytes]]:
        return self._db.execute(
            """SELECT start, end, furniture, key FROM sentences
               WHERE passage = ? ORDER BY start, end, id""",
            (passage,),
        )

    def _append_vectors(self, name: str, keys: Sequence[bytes]) -> None:
        vectors = catalog.load_vectors(self._db, self._encoder, keys, self._dim, self._where)
        self._append(name, vectors)

    def _append(self, name: str, table: np.ndarray[Any, Any]) -> None:
        self._files[name].write(table.tobytes())
