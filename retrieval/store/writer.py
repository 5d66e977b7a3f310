"""The only writer of an embedded index: prepares the next state and switches to it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from filelock import FileLock

from ..encoder import EncoderSpec, Vectors
from ..records import Skipped
from . import catalog, layout, schema
from .base import Content, StoredDocument, StoreInfo
from .derive import write_generation
from .faults import reported
from .snapshot import describe

HOLDER = "writer.json"
"""Says which process holds the lock."""


class EmbeddedWriter:
    """See :class:`retrieval.store.base.Writer`."""

    def __init__(self, index: Path, lock: FileLock) -> None:
        self._index = index
        self._lock = lock
        with reported(index):
            (index / HOLDER).write_text(
                json.dumps({"pid": os.getpid(), "since": time.time()}), "utf-8"
            )
            self._db = catalog.connect(index / catalog.FILE, write=True)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            schema.migrate(self._db)
            layout.remove_others(index, self._live())

    @property
    def info(self) -> StoreInfo | None:
        """See :class:`Writer`."""
        meta = catalog.read_meta(self._db)
        return describe(self._index, meta) if "generation" in meta else None

    def _live(self) -> set[int]:
        meta = catalog.read_meta(self._db)
        # The generation before stays too, for a reader that is opening it right now.
        last = int(meta.get("generation", 0))
        return {last, last - 1}

    def known(self) -> dict[str, StoredDocument]:
        """See :class:`Writer`."""
        with reported(self._index):
            return {document.path: document for document in catalog.stored_documents(self._db)}

    def skipped(self) -> list[Skipped]:
        """See :class:`Writer`."""
        return catalog.skipped_files(self._db)

    def find_content(self, sha256: str, cut: str) -> int | None:
        """See :class:`Writer`."""
        return catalog.find_content(self._db, sha256, cut)

    def add_content(self, content: Content) -> int:
        """See :class:`Writer`."""
        with self._transaction():
            return catalog.insert_content(self._db, content)

    def missing_vectors(self, encoder_id: str, contents: Iterable[int]) -> list[tuple[bytes, str]]:
        """See :class:`Writer`."""
        with reported(self._index):
            return catalog.missing_vectors(self._db, encoder_id, contents)

    def add_vectors(self, encoder_id: str, keys: Sequence[bytes], vectors: Vectors) -> None:
        """See :class:`Writer`."""
        with self._transaction():
            catalog.insert_vectors(self._db, encoder_id, keys, vectors)

    def commit(
        self, corpus: Path, encoder: EncoderSpec, documents: Sequence[StoredDocument],
        skipped: Sequence[Skipped], fingerprint: str,
    ) -> StoreInfo:  # fmt: skip
        """See :class:`Writer`."""
        before = self.info
        generation = before.generation + 1 if before else 1
        with self._transaction():
            catalog.replace_documents(self._db, documents, skipped)
            manifest, passages, sentences = write_generation(
                self._db, self._index, generation, encoder.id, encoder.dim
            )
            meta = {
                "corpus": str(corpus), "generation": str(generation), "manifest": manifest,
                "fingerprint": fingerprint, "encoder": json.dumps(asdict(encoder)),
                "documents": str(len(documents)), "passages": str(passages),
                "sentences": str(sentences), "skipped": str(len(skipped)),
                "indexed_at": repr(time.time()),
            }  # fmt: skip
            catalog.write_meta(self._db, meta)
        layout.remove_others(self._index, self._live())
        return describe(self._index, meta)

    def rebuild(self) -> None:
        """Derive the generation anew from the catalog, without the model."""
        info = self.info
        if info is None:
            return
        documents = list(self.known().values())
        self.commit(info.corpus, info.encoder, documents, self.skipped(), info.fingerprint)

    def close(self) -> None:
        """See :class:`Writer`."""
        self._db.close()
        (self._index / HOLDER).unlink(missing_ok=True)
        self._lock.release()

    def __enter__(self) -> EmbeddedWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with reported(self._index):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self._db.in_transaction:  # a full disk may have ended it already
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
