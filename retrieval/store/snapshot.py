"""One committed state of an embedded index, open for reading."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt

from ..encoder import EncoderSpec, Vectors
from ..errors import IndexDamagedError
from ..passages import SentenceSpan
from ..records import Document, Passage, Skipped
from . import catalog, layout, schema
from .base import Found, Level, Rows, StoredDocument, StoreInfo
from .derive import PASSAGE_ROW, SENTENCE_ROW
from .lexical import LexicalIndex, fold
from .vectors import VectorIndex

_KEPT_TEXTS = 64
_OVERFETCH = 8
"""Sentences asked for per passage wanted, since several may stand in one passage."""


class EmbeddedSnapshot:
    """See :class:`retrieval.store.base.Snapshot`. One thread uses it at a time."""

    def __init__(
        self, db: sqlite3.Connection, info: StoreInfo, folder: Path, manifest: str
    ) -> None:
        self._db = db
        self._info = info
        self._folder = folder
        self._manifest = manifest
        self._lock = threading.RLock()
        self._passages = _table(folder / layout.PASSAGE_TABLE, PASSAGE_ROW, info.passages)
        self._sentences = _table(folder / layout.SENTENCE_TABLE, SENTENCE_ROW, info.sentences)
        dim = info.encoder.dim
        self._dense: dict[Level, VectorIndex] = {
            "passage": VectorIndex(folder / layout.PASSAGE_VECTORS, dim, info.passages),
            "sentence": VectorIndex(folder / layout.SENTENCE_VECTORS, dim, info.sentences),
        }
        self._lexical = LexicalIndex(folder / layout.LEXICAL, info.passages)
        self._documents_of = lru_cache(maxsize=_KEPT_TEXTS)(self._load_documents)

    @property
    def info(self) -> StoreInfo:
        """What this state is."""
        return self._info

    def dense(self, query: Vectors, k: int, level: Level, allowed: Rows | None = None) -> Found:
        """See :class:`Snapshot`."""
        if level == "passage":
            return Found(*self._dense[level].search(query, k, allowed))
        among = None if allowed is None else self._sentence_numbers(allowed)
        numbers, scores = self._dense[level].search(query, k * _OVERFETCH, among)
        rows, first = np.unique(self._sentences["row"][numbers], return_index=True)
        best = scores[first]
        order = np.lexsort((rows, -best))[:k]
        return Found(rows[order], best[order])

    def lexical(self, text: str, k: int, allowed: Rows | None = None) -> Found:
        """See :class:`Snapshot`."""
        return Found(*self._lexical.search(text, k, allowed))

    def with_phrase(self, phrase: str) -> Rows:
        """See :class:`Snapshot`."""
        return self._lexical.with_phrase(phrase)

    def rows_of(self, paths: Iterable[str]) -> Rows:
        """See :class:`Snapshot`."""
        wanted = set(paths)
        with self._lock:
            found = [
                c for p, c in self._db.execute("SELECT path, content FROM documents") if p in wanted
            ]
        return np.flatnonzero(np.isin(self._passages["content"], found)).astype(np.int64)

    def passage_vectors(self, rows: Sequence[int]) -> Vectors:
        """See :class:`Snapshot`."""
        index = self._dense["passage"]
        return np.concatenate([index.rows(0, 0), *(index.rows(int(row), 1) for row in rows)])

    def spans(self, row: int) -> Sequence[SentenceSpan]:
        """See :class:`Snapshot`."""
        first, count = int(self._passages["first"][row]), int(self._passages["count"][row])
        return [
            SentenceSpan(*entry[1:]) for entry in self._sentences[first : first + count].tolist()
        ]

    def sentence_vectors(self, row: int) -> Vectors:
        """See :class:`Snapshot`."""
        first, count = int(self._passages["first"][row]), int(self._passages["count"][row])
        return self._dense["sentence"].rows(first, count)

    def passages(self, row: int) -> list[Passage]:
        """See :class:`Snapshot`."""
        entry = self._passages[row]
        documents = self._documents_of(int(entry["content"]))
        return [Passage(document, int(entry["start"]), int(entry["end"])) for document in documents]

    def term_count(self, word: str) -> int:
        """See :class:`Snapshot`."""
        pattern = re.compile(rf"(?<!\w){re.escape(fold(word).casefold())}(?!\w)")
        return sum(
            len(passages) * len(pattern.findall(fold(passages[0].text).casefold()))
            for passages in map(self.passages, self.with_phrase(word).tolist())
        )

    def stems(self, text: str) -> list[str]:
        """See :class:`Snapshot`."""
        return self._lexical.stems(text)

    def passage_count(self, stem: str) -> int:
        """See :class:`Snapshot`."""
        return self._lexical.document_frequency(stem)

    def document(self, path: str) -> Document | None:
        """Return the document at ``path``, or None."""
        with self._lock:
            row = self._db.execute(
                "SELECT content FROM documents WHERE path = ?", (path,)
            ).fetchone()
        if row is None:
            return None
        return next(d for d in self._documents_of(row[0]) if d.path == path)

    def documents(self) -> Iterator[Document]:
        """See :class:`Snapshot`."""
        for path in self.known():
            document = self.document(path)
            if document is not None:
                yield document

    def known(self) -> Mapping[str, StoredDocument]:
        """See :class:`Snapshot`."""
        with self._lock:
            return {document.path: document for document in catalog.stored_documents(self._db)}

    def skipped(self) -> list[Skipped]:
        """Return the files that were found and not read."""
        with self._lock:
            return catalog.skipped_files(self._db)

    def check(self) -> list[str]:
        """See :class:`Snapshot`."""
        found = []
        try:
            layout.check_generation(self._folder, self._manifest, full=True)
        except (IndexDamagedError, FileNotFoundError) as error:
            found.append(str(error))
        with self._lock:
            where = self._info.path / catalog.FILE
            try:
                for (line,) in self._db.execute("PRAGMA integrity_check"):
                    if line != "ok":
                        found.append(f"The catalog {where} is damaged: {line}.")
                numbers = [
                    row[0] for row in self._db.execute("SELECT DISTINCT content FROM documents")
                ]
                for number in numbers:
                    catalog.load_content(self._db, number, where)
            except sqlite3.DatabaseError as error:
                found.append(f"The catalog {where} is damaged: {error}.")
            except IndexDamagedError as error:
                found.append(error.message)
        return found

    def close(self) -> None:
        """Let go of the state; the snapshot cannot be used afterwards."""
        with self._lock:
            self._documents_of.cache_clear()
            self._lexical.close()
            self._db.close()

    def _load_documents(self, content: int) -> tuple[Document, ...]:
        with self._lock:
            where = self._info.path / catalog.FILE
            stored = catalog.load_content(self._db, content, where)
            places = self._db.execute(
                "SELECT path, modified_ns FROM documents WHERE content = ? ORDER BY path",
                (content,),
            ).fetchall()
        return tuple(
            Document(
                path=path, title=stored.title or PurePosixPath(path).name, sha256=stored.sha256,
                encoding=stored.encoding, modified=modified / 1e9, text=stored.text,
                size=stored.size, sections=stored.sections, pages=stored.pages,
            )
            for path, modified in places
        )  # fmt: skip

    def _sentence_numbers(self, rows: Rows) -> Rows:
        return np.flatnonzero(np.isin(self._sentences["row"], rows)).astype(np.int64)


def describe(index: Path, meta: dict[str, str]) -> StoreInfo:
    """Read what a committed state is from the catalog's facts.

    Raises:
        IndexDamagedError: a fact is missing or unreadable.
    """
    try:
        return StoreInfo(
            path=index,
            corpus=Path(meta["corpus"]),
            format=schema.FORMAT,
            generation=int(meta["generation"]),
            fingerprint=meta["fingerprint"],
            encoder=EncoderSpec.from_dict(json.loads(meta["encoder"])),
            documents=int(meta["documents"]),
            passages=int(meta["passages"]),
            sentences=int(meta["sentences"]),
            skipped=int(meta["skipped"]),
            indexed_at=float(meta["indexed_at"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise catalog.damaged_catalog(
            index / catalog.FILE, "its description cannot be read"
        ) from error


def _table(path: Path, dtype: np.dtype[np.void], count: int) -> npt.NDArray[np.void]:
    try:
        table: npt.NDArray[np.void] = np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        raise layout.damaged(path) from error
    if table.dtype != dtype or table.shape != (count,):
        raise layout.damaged(path)
    return table.view(np.ndarray)  # the same memory, without the cost of the subclass
