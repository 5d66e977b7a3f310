"""One committed state of an embedded index, open for reading."""

from __future__ import annotations

import json
import math
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath

import numpy as np

from ..encoder import EncoderSpec, Vectors
from ..errors import IndexDamagedError
from ..passages import SentenceSpan
from ..records import Document, Passage, Skipped
from . import catalog, layout, lexical, proofs, schema
from .base import Found, Level, Rows, Scores, StoredDocument, StoreInfo
from .faults import reported
from .generation import Generation
from .state import State
from .vectors import Mask

_KEPT_SPANS = 1_024
"""Passages whose sentences are kept."""
_KEPT_CHARACTERS = 4_000_000
"""Characters of documents that are kept, those looked at last: hundreds of short ones, or a
long one."""


class EmbeddedSnapshot:
    """See :class:`retrieval.store.base.Snapshot`. One thread uses it at a time."""

    def __init__(self, db: sqlite3.Connection, info: StoreInfo, generation: Generation) -> None:
        self._db = db
        self._info = info
        self._where = info.path / catalog.FILE
        self._generation = generation
        self._lock = threading.RLock()
        self._state = State(generation, info)
        self._kept: dict[int, tuple[Document, ...]] = {}
        self._kept_size = 0
        self._spans = lru_cache(maxsize=_KEPT_SPANS)(self._load_spans)

    @property
    def info(self) -> StoreInfo:
        """What this state is."""
        return self._info

    def dense(
        self, query: Vectors, k: int, level: Level, allowed: Rows | None = None, *,
        exact: bool = False,
    ) -> Found:  # fmt: skip
        """See :class:`Snapshot`."""
        masks = self._masks(allowed)
        return self._state.candidates.dense(query, k, level, masks, exact=exact)

    def lexical(self, text: str, k: int, allowed: Rows | None = None) -> Found:
        """See :class:`Snapshot`."""
        return self._state.candidates.lexical(text, k, self._masks(allowed))

    def _masks(self, allowed: Rows | None) -> list[Mask] | None:
        return None if allowed is None else self._state.masks(allowed)

    def with_phrase(self, phrase: str) -> Rows:
        """See :class:`Snapshot`."""
        return self._state.with_phrase(phrase)

    def with_similar(self, word: str, distance: int, limit: int) -> Rows:
        """See :class:`Snapshot`."""
        return self._state.with_similar(word, distance, limit)

    def rows_of(self, paths: Iterable[str]) -> Rows:
        """See :class:`Snapshot`."""
        wanted = set(paths)
        with self._reading():
            found = [
                c for p, c in self._db.execute("SELECT path, content FROM documents") if p in wanted
            ]
        return self._state.rows_of(found)

    def passage_vectors(self, rows: Sequence[int]) -> Vectors:
        """See :class:`Snapshot`."""
        return self._state.passage_vectors(np.asarray(rows, np.int64))

    def spans(self, row: int) -> Sequence[SentenceSpan]:
        """See :class:`Snapshot`."""
        return self._spans(row)

    def sentence_vectors(self, row: int) -> Vectors:
        """See :class:`Snapshot`."""
        segment, passage = self._state.passage(row)
        vectors: Vectors = segment.sentence_vectors.read(passage.sentence, passage.sentences)
        return vectors

    def best_sentences(self, rows: Rows, queries: Vectors) -> Scores:
        """See :class:`Snapshot`."""
        return self._state.best_sentences(rows, queries)

    def passages(self, row: int) -> list[Passage]:
        """See :class:`Snapshot`."""
        _, place = self._state.passage(row)
        documents = self._documents_of(place.content)
        if not place.start < place.end <= len(documents[0].text):
            raise layout.damaged(self._generation.folder)
        return [Passage(document, place.start, place.end) for document in documents]

    def term_count(self, word: str) -> int:
        """See :class:`Snapshot`."""
        folded = lexical.fold(word).casefold()
        counts: dict[int, int] = {}
        for row in self.with_phrase(word).tolist():
            _, place = self._state.passage(row)
            text = self._documents_of(place.content)[0].text[place.start : place.end]
            found = count_word(lexical.fold(text).casefold(), folded)
            counts[place.content] = counts.get(place.content, 0) + found
        return sum(n * len(self._documents_of(content)) for content, n in counts.items())

    def stems(self, text: str) -> list[str]:
        """See :class:`Snapshot`."""
        return lexical.stems(text)

    def passage_count(self, stem: str) -> int:
        """See :class:`Snapshot`."""
        return self._state.candidates.passage_count(stem)

    def document(self, path: str) -> Document | None:
        """Return the document at ``path``, or None."""
        with self._reading():
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
        with self._reading():
            return {document.path: document for document in catalog.stored_documents(self._db)}

    def skipped(self) -> list[Skipped]:
        """Return the files that were found and not read."""
        with self._reading():
            return catalog.skipped_files(self._db)

    def lists(self) -> dict[str, dict[str, float]]:
        """See :class:`Snapshot`."""
        return self._state.lists()

    def check(self) -> list[str]:
        """See :class:`Snapshot`."""
        found = []
        try:
            layout.check_folders(self._generation.folders(), budget=math.inf)
        except (IndexDamagedError, FileNotFoundError) as error:
            found.append(str(error))
        with self._lock:
            where = self._where
            try:
                for (line,) in self._db.execute("PRAGMA integrity_check"):
                    if line != "ok":
                        found.append(f"The catalog {where} is damaged: {line}.")
                numbers = [
                    row[0] for row in self._db.execute("SELECT DISTINCT content FROM documents")
                ]
                for number in numbers:
                    catalog.load_content(self._db, number, where)
                found += [f"The catalog {where} is damaged: {w}." for w in proofs.broken(self._db)]
            except sqlite3.DatabaseError as error:
                found.append(f"The catalog {where} is damaged: {error}.")
            except IndexDamagedError as error:
                found.append(error.message)
        return found

    def close(self) -> None:
        """Let go of the state; the snapshot cannot be used afterwards."""
        with self._lock:
            self._kept.clear()
            self._spans.cache_clear()
            self._state.close()
            self._db.close()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Keep other threads out, and name damage that SQLite comes upon."""
        with self._lock, reported(self._info.path):
            yield

    def _load_spans(self, row: int) -> tuple[SentenceSpan, ...]:
        segment, place = self._state.passage(row)
        entries = segment.sentences[place.sentence : place.sentence + place.sentences]
        return tuple(SentenceSpan(*entry[1:]) for entry in entries.tolist())

    def _documents_of(self, content: int) -> tuple[Document, ...]:
        """Return the documents that hold a content, by path; kept while there is room."""
        with self._lock:
            found = self._kept.pop(content, None)
            if found is None:
                found = self._load_documents(content)
                self._kept_size += len(found[0].text)
            self._kept[content] = found
            while self._kept_size > _KEPT_CHARACTERS and len(self._kept) > 1:
                oldest = self._kept.pop(next(iter(self._kept)))
                self._kept_size -= len(oldest[0].text)
            return found

    def _load_documents(self, content: int) -> tuple[Document, ...]:
        with self._reading():
            stored = catalog.load_content(self._db, content, self._where)
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


def count_word(text: str, word: str) -> int:
    """Return how often ``word`` stands whole in ``text``: no letter or digit at either side."""
    count, at = 0, text.find(word)
    while at >= 0:
        end = at + len(word)
        whole = not (at and _in_word(text[at - 1])) and not _in_word(text[end : end + 1])
        count += whole
        at = text.find(word, end if whole else at + 1)
    return count


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"


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
